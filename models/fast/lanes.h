/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The arithmetic of many cells at once.  Arrays are [rows][stride], one row a
 * slot, and the columns first .. first + columns - 1 of each row are worked on.
 * On x86-64 gcc compiles each for AVX2 as well, chosen when the program starts;
 * the results are the same bits.
 */
struct lanes {
    uint32_t rows;
    uint32_t stride;
    uint32_t first;
    uint32_t columns;
};

/* Bytes that may be read past a group's last input. */
enum { LANES_PADDING = 32 };

/*
 * Row r's pairs: low and high are elements 0 and 1 of pair select[r][column] of
 * the inputs at vector + input[r]; a row of pairs[r] = 0 gets zeros.
 */
struct lanes_choice {
    const int8_t *vector;
    const uint32_t *input; /* [rows] */
    const uint8_t *pairs;  /* [rows] */
    const uint8_t *select; /* [rows][stride] */
};

void lanes_pick(int8_t *low, int8_t *high, const struct lanes *lanes,
                const struct lanes_choice *choice);

/* product = word * (metadata ? high : low) */
struct lanes_cells {
    const int8_t *word;
    const uint8_t *metadata;
    const int8_t *low, *high;
};

void lanes_multiply(int16_t *product, const struct lanes *lanes,
                    const struct lanes_cells *cells);

/* product = word * slice of the input that metadata chooses: `bits` bits of it
 * from bit beat * bits on, as a number of its own; the top bit of the last beat
 * is the sign. */
void lanes_multiply_slice(int16_t *product, const struct lanes *lanes,
                          const struct lanes_cells *cells, uint32_t beat,
                          uint32_t bits);

/* sum[p] = the sum of the rows p, p + ways, p + 2 ways, ...; sum is
 * [ways][stride] */
void lanes_sum(int32_t *sum, const struct lanes *lanes, uint32_t ways,
               const int16_t *product);

/* Tokens that lanes_add_products() takes at once. */
enum { LANES_STRIP = 32 };

/*
 * sum[t] += word[i] * inputs[input[i]][t] over i, for one strip of tokens.
 * `inputs` are int8 values as int16 [][LANES_STRIP], `word` those of int8
 * cells; `count` is even; `sum` and `inputs` are aligned to 32 bytes.
 */
void lanes_add_products(int32_t sum[LANES_STRIP], const int16_t *inputs,
                        const uint32_t *input, const int16_t *word,
                        uint32_t count);
