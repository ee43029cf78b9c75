/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/words.h"
#include "flow/select/method.h"

/*
 * A method and how it is carried out, as one word: METHOD, or METHOD+WORD with
 * one or more of
 *
 *     released    by the rule of the method's public code
 *     mixed       blocks mix two patterns, so that the sparsity is that asked
 *     sequential  masks from inputs with all layers before pruned
 *     UPDATE      sparsegpt, refit, admm: kept weights updated, with the
 *                 update's own masks, by inputs behind what is pruned;
 *                 UPDATE-dense: by those of the dense model
 *     propagate   weights take over what their inputs lack before the update,
 *                 as much as is best on rows that are set aside
 *     aware       costs are those of refitted layers
 *     permute     channels are ordered so that groups keep more
 *     unstructured  as many weights are kept, wherever they stand in an output
 *     reconstruct kept weights trained, from ADMM's; +refit+reconstruct: from
 *                 refit's
 */
struct variant {
    const struct method *method;
    enum update update;
    enum update start; /* of reconstruct */
    bool released, sequential, propagate, aware, permute, mixed, unstructured;
};

/* -1 and `err` (ERROR_USAGE) with the nearest name if there is none. */
int variant_parse(struct variant *variant, const char *word, struct error *err);

/* Puts what the word says into a selection; the method is the caller's. */
void variant_ask(const struct variant *variant, struct selection *selection);

/* The word of the variant that made a plan; free() it. */
char *variant_of_plan(const struct plan *plan);
