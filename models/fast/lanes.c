/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All columns of a row at once: what the select and metadata of each cell
 * choose of a vector's pairs, and the sums down the rows.  One loop is compiled
 * for several processors, another is written out in AVX2 where a byte shuffle
 * chooses for 32 columns; tests hold all of them, and the plain one, against
 * each other.
 */
#include "models/fast/lanes.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__) && !defined(LANES_PLAIN)
#define LANES_X86 1
#include <immintrin.h>
#else
#define LANES_X86 0
#endif

/* The choice at program start (ifunc) comes too early for sanitizers; and Clang
 * 14 gives a function with target clones a name that other files cannot link
 * to, so it compiles for the least processor alone. */
#if LANES_X86 && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&      \
    !defined(__SANITIZE_THREAD__)
#define FOR_EACH_CPU __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_CPU
#endif

static void pick(int8_t *low, int8_t *high, const struct lanes *lanes,
                 const struct lanes_choice *choice)
{
    const uint8_t *select = choice->select;

    for (uint32_t r = 0; r < lanes->rows; r++) {
        size_t at = (size_t)r * lanes->stride + lanes->first;
        const int8_t *group = choice->vector + choice->input[r];

        if (!choice->pairs[r]) {
            memset(low + at, 0, lanes->columns);
            memset(high + at, 0, lanes->columns);
            continue;
        }
        for (size_t c = at; c < at + lanes->columns; c++) {
            low[c] = group[2 * select[c]];
            high[c] = group[2 * select[c] + 1];
        }
    }
}

#if LANES_X86
/* A group has at most 16 inputs, so one byte shuffle picks for 32 columns. */
__attribute__((target("avx2"))) static void
pick_by_shuffle(int8_t *low, int8_t *high, const struct lanes *lanes,
                const struct lanes_choice *choice)
{
    for (uint32_t r = 0; r < lanes->rows; r++) {
        size_t at = (size_t)r * lanes->stride;
        __m256i group = _mm256_setzero_si256();

        if (choice->pairs[r])
            group = _mm256_broadcastsi128_si256(_mm_loadu_si128(
                (const __m128i *)(const void *)(choice->vector +
                                                choice->input[r])));
        for (uint32_t c = 0; c < lanes->stride; c += 32) {
            __m256i pair = _mm256_loadu_si256(
                (const __m256i *)(const void *)(choice->select + at + c));
            __m256i even = _mm256_add_epi8(pair, pair);
            __m256i odd = _mm256_add_epi8(even, _mm256_set1_epi8(1));

            _mm256_storeu_si256((__m256i *)(void *)(low + at + c),
                                _mm256_shuffle_epi8(group, even));
            _mm256_storeu_si256((__m256i *)(void *)(high + at + c),
                                _mm256_shuffle_epi8(group, odd));
        }
    }
}
#endif

void lanes_pick(int8_t *low, int8_t *high, const struct lanes *lanes,
                const struct lanes_choice *choice)
{
#if LANES_X86
    if (lanes->stride % 32 == 0 && lanes->columns * 4 > lanes->stride &&
        __builtin_cpu_supports("avx2")) {
        pick_by_shuffle(low, high, lanes, choice);
        return;
    }
#endif
    pick(low, high, lanes, choice);
}

/* Whole rows side by side are one long row. */
static struct lanes flattened(const struct lanes *lanes)
{
    if (lanes->columns != lanes->stride)
        return *lanes;
    return (struct lanes){ .rows = lanes->rows > 0,
                           .stride = lanes->rows * lanes->stride,
                           .columns = lanes->rows * lanes->stride };
}

static inline __attribute__((always_inline)) void
multiply_row(int16_t *restrict product, const struct lanes_cells *cells,
             size_t at, uint32_t columns)
{
    const int8_t *restrict word = cells->word + at,
                           *restrict low = cells->low + at,
                           *restrict high = cells->high + at;
    const uint8_t *restrict metadata = cells->metadata + at;

    for (uint32_t c = 0; c < columns; c++) {
        int8_t mask = (int8_t)-metadata[c]; /* all ones or zero */
        int8_t input = (int8_t)(low[c] ^ ((low[c] ^ high[c]) & mask));

        product[c] = (int16_t)(word[c] * input);
    }
}

FOR_EACH_CPU void lanes_multiply(int16_t *product, const struct lanes *lanes,
                                 const struct lanes_cells *cells)
{
    struct lanes flat = flattened(lanes);

    for (uint32_t r = 0; r < flat.rows; r++) {
        size_t at = (size_t)r * flat.stride + flat.first;

        multiply_row(product + at, cells, at, flat.columns);
    }
}

static int slice(int input, uint32_t beat, uint32_t bits)
{
    int shifted = input >> (beat * bits);

    if ((beat + 1) * bits >= 8)
        return shifted;
    return shifted & ((1 << bits) - 1);
}

FOR_EACH_CPU void lanes_multiply_slice(int16_t *product,
                                       const struct lanes *lanes,
                                       const struct lanes_cells *cells,
                                       uint32_t beat, uint32_t bits)
{
    for (uint32_t r = 0; r < lanes->rows; r++) {
        size_t at = (size_t)r * lanes->stride + lanes->first;

        for (size_t c = at; c < at + lanes->columns; c++)
            product[c] = (int16_t)(cells->word[c] * slice(cells->metadata[c]
                                                              ? cells->high[c]
                                                              : cells->low[c],
                                                          beat, bits));
    }
}

/* Columns whose sums fit in registers while the rows go by. */
enum { BLOCK = 32 };

static inline __attribute__((always_inline)) void
sum_block(int32_t *restrict sum, const int16_t *restrict product, uint32_t rows,
          size_t step, uint32_t columns)
{
    int32_t held[BLOCK] = { 0 };

    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < columns; c++)
            held[c] += product[r * step + c];
    }
    memcpy(sum, held, columns * sizeof *sum);
}

FOR_EACH_CPU void lanes_sum(int32_t *sum, const struct lanes *lanes,
                            uint32_t ways, const int16_t *product)
{
    size_t step = (size_t)ways * lanes->stride;

    for (uint32_t p = 0; p < ways; p++) {
        size_t at = (size_t)p * lanes->stride + lanes->first;
        uint32_t rows = p < lanes->rows ? (lanes->rows - p - 1) / ways + 1 : 0;

        for (uint32_t c = 0; c < lanes->columns; c += BLOCK) {
            uint32_t left = lanes->columns - c;

            if (left >= BLOCK)
                sum_block(sum + at + c, product + at + c, rows, step, BLOCK);
            else
                sum_block(sum + at + c, product + at + c, rows, step, left);
        }
    }
}

#if LANES_X86
static inline __attribute__((always_inline, target("avx2"))) __m256i
row_of(const int16_t *inputs, uint32_t input, uint32_t part)
{
    return _mm256_load_si256(
        (const __m256i *)(const void *)(inputs + (size_t)input * LANES_STRIP +
                                        16 * part));
}

/* Two weights at a time: inputs of both side by side, so that one instruction
 * multiplies and adds them.  Unpacking works in halves of 128 bits, so the sums
 * of 16 tokens stand as 0-3 8-11 and 4-7 12-15 until the end. */
__attribute__((target("avx2"))) static void
add_pairs(int32_t sum[LANES_STRIP], const int16_t *inputs,
          const uint32_t *input, const int16_t *word, uint32_t count)
{
    __m256i held[4] = { _mm256_setzero_si256(), _mm256_setzero_si256(),
                        _mm256_setzero_si256(), _mm256_setzero_si256() };

    for (uint32_t i = 0; i < count; i += 2) {
        __m256i by =
            _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)word[i] |
                                        (uint32_t)(uint16_t)word[i + 1] << 16));

        for (uint32_t part = 0; part < 2; part++) {
            __m256i a = row_of(inputs, input[i], part),
                    b = row_of(inputs, input[i + 1], part);

            held[2 * part] = _mm256_add_epi32(
                held[2 * part],
                _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), by));
            held[2 * part + 1] = _mm256_add_epi32(
                held[2 * part + 1],
                _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), by));
        }
    }
    for (uint32_t part = 0; part < 4; part++) {
        __m256i low = held[part & 2u], high = held[(part & 2u) + 1],
                whole = part & 1u ? _mm256_permute2x128_si256(low, high, 0x31)
                                  : _mm256_permute2x128_si256(low, high, 0x20);
        __m256i *to = (__m256i *)(void *)(sum + 8 * part);

        _mm256_store_si256(to, _mm256_add_epi32(_mm256_load_si256(to), whole));
    }
}
#endif

static void add_singly(int32_t sum[LANES_STRIP], const int16_t *inputs,
                       const uint32_t *input, const int16_t *word,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const int16_t *from = inputs + (size_t)input[i] * LANES_STRIP;

        for (uint32_t t = 0; t < LANES_STRIP; t++)
            sum[t] += word[i] * from[t];
    }
}

void lanes_add_products(int32_t sum[LANES_STRIP], const int16_t *inputs,
                        const uint32_t *input, const int16_t *word,
                        uint32_t count)
{
#if LANES_X86
    if (__builtin_cpu_supports("avx2")) {
        add_pairs(sum, inputs, input, word, count);
        return;
    }
#endif
    add_singly(sum, inputs, input, word, count);
}
