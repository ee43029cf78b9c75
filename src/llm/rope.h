/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "llm/config.h"

/*
 * Rotary positions: the first `dims` numbers of each head of queries and keys
 * are turned, in pairs (i, i + dims / 2), by position * frequency i.  Frequency
 * i is theta^(-2i / dims), then changed as `scaling` says; dynamic and longrope
 * ask for the length of the sequence.  Sources: transformers 5.17,
 * modeling_rope_utils.py; YaRN, arXiv 2309.00071; LongRoPE, arXiv 2402.13753.
 */
enum rope_scaling {
    ROPE_PLAIN,
    ROPE_LINEAR,
    ROPE_LLAMA3,
    ROPE_DYNAMIC,
    ROPE_YARN,
    ROPE_LONG
};

enum { ROPE_MOST_PAIRS = 256 };

struct rope {
    bool used;
    enum rope_scaling scaling;
    uint32_t dims; /* even */
    double theta;
    double factor;
    double low, high; /* llama3: factors of the two ends of the band; yarn:
                         turns (beta_slow, beta_fast) */
    double original;  /* positions the model was first trained with; dynamic:
                         max_position_embeddings */
    double loudness;  /* of sines and cosines: yarn's and longrope's
                         attention_factor; else 1 */
    bool truncate;    /* yarn: whole pairs at the ends of the ramp */
    double stretch[2][ROPE_MOST_PAIRS]; /* longrope: up to `original` tokens,
                                           and beyond */
};

/* Where a config.json keeps it. */
struct rope_place {
    const char *section; /* NULL: `rope_parameters`, or `rope_scaling` */
    const char *theta;   /* the key of the base outside the section */
    double standard;     /* base, if no key has one */
    uint32_t head;       /* size of a head */
    double part;         /* of a head that is turned, if no key says it; 0: all
                            of it */
};

/* A type that is not one of those above is refused by name, as is a key of the
 * section that is not known. */
int rope_read(struct rope *rope, const struct config *config,
              const struct rope_place *place, struct error *err);

/* Whether frequencies ask for the length of the sequence. */
bool rope_follows_length(const struct rope *rope);

/* Whether they are the same for all lengths of `from` to `to` tokens. */
bool rope_turns_alike(const struct rope *rope, uint32_t from, uint32_t to);

/* frequencies [dims / 2], radians a position, in a sequence of `tokens`. */
void rope_frequencies(double *frequencies, const struct rope *rope,
                      uint32_t tokens);
