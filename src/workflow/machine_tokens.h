/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/prune/prune.h"
#include "llm/generation.h"
#include "replay/machine_products.h"

/*
 * Tokens that a machine makes: those of a model, dense or pruned, whose every
 * 8-bit linear output is what the machine's array computes (machine_products.h,
 * generation.h); and beside them those of the same forward pass without a
 * machine, whose products are plain loops over integers.  They are the same
 * unless the array computes something else.
 */
struct machine_tokens_asked {
    const struct model *model;
    const struct prune *prune; /* NULL: dense */
    const struct machine *machine;
    uint32_t prompt, made;     /* tokens of each sequence */
    bool slow;                 /* the event way */
    struct progress *progress; /* a unit a token, by the machine and without */
};

/* Units of `rows` sequences, and by what they are weighed. */
void machine_tokens_expect(struct progress *progress, size_t rows,
                           uint32_t prompt, uint32_t made);

struct machine_tokens;

/* Prunes the model and takes it to the machine.  -1 and `err`. */
int machine_tokens_open(struct machine_tokens **tokens,
                        const struct machine_tokens_asked *asked,
                        struct error *err);
void machine_tokens_close(struct machine_tokens *tokens); /* NULL: harmless */

/* One sequence. */
struct machine_tokens_row {
    const int32_t *prompt; /* [prompt], borrowed */
    int32_t *made;         /* [made], filled in; so is the rest */
    uint32_t agreed; /* of them before the first that the forward pass makes
                        otherwise */
    uint64_t linear_cycles; /* of all replays, each map alone */
};

int machine_tokens_run(struct machine_tokens *tokens,
                       struct machine_tokens_row *row, struct error *err);
