/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operators of a model: picks the tables that its kind of block has, leaves out
 * the rows whose feature is not there, and multiplies sizes.  A product of
 * sizes is checked for overflow where it is made, because sizes are up to 2^24
 * and up to four of them are multiplied.
 */
#include "trace/operators.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/arithmetic.h"
#include "trace/operator_tables.h"

const char *const operator_kinds[OPERATOR_KINDS] = { "linear", "product",
                                                     "vector", "scan", "move" };

const char *const operator_functions[FUNCTIONS] = {
    "",          "softmax",  "norm",     "convolution", "activation",
    "positions", "residual", "softplus", "decay",
};

const char *const operator_classes[OPERATOR_CLASSES] = {
    "", "weights", "head", "embedding", "keys", "state",
};

/* Sum of f(q) over the chunks of a step, a chunk being `chunk` tokens. */
static uint64_t chunk_sum(uint64_t tokens, uint64_t chunk,
                          uint64_t (*f)(uint64_t))
{
    return tokens / chunk * f(chunk) + f(tokens % chunk);
}

static uint64_t operators_pairs_of(uint64_t tokens)
{
    return tokens * (tokens + 1) / 2;
}

static uint64_t square_of(uint64_t tokens)
{
    return tokens * tokens;
}

uint64_t operator_dim(const struct model_sizes *sizes,
                      const struct operator_step *step, enum dim dim)
{
    uint64_t batch = step->batch, tokens = step->tokens, past = step->cached;
    uint64_t chunk = sizes->size[DIM_CHUNK] ? sizes->size[DIM_CHUNK] : 1;
    uint64_t routed = batch * tokens * sizes->size[DIM_EXPERTS_USED];

    switch (dim) {
    case DIM_BATCH:
        return batch;
    case DIM_STEP:
        return tokens;
    case DIM_CONTEXT:
        return past + tokens;
    case DIM_TOKENS:
        return batch * tokens;
    case DIM_PAST:
        return batch * past;
    case DIM_BEGUN:
        return past > 0 ? batch : 0;
    case DIM_PAIRS:
        return batch * (tokens * past + operators_pairs_of(tokens));
    case DIM_ROUTED:
        return routed;
    case DIM_EXPERTS_HIT:
        return routed < sizes->size[DIM_EXPERTS] ? routed
                                                 : sizes->size[DIM_EXPERTS];
    case DIM_CHUNK:
        return tokens < chunk ? tokens : chunk;
    case DIM_CHUNKS:
        return batch * divide_up(tokens, chunk);
    case DIM_CHUNK_PAIRS:
        return batch * chunk_sum(tokens, chunk, operators_pairs_of);
    case DIM_CHUNK_SQUARES:
        return batch * chunk_sum(tokens, chunk, square_of);
    default:
        return sizes->size[dim];
    }
}

int operator_product_value(uint64_t *value, const enum dim *product,
                           const struct model_sizes *sizes,
                           const struct operator_step *step, struct error *err)
{
    *value = 1;
    for (; *product != DIM_END; product++) {
        uint64_t factor = operator_dim(sizes, step, *product);

        if (__builtin_mul_overflow(*value, factor, value) || *value > INT64_MAX)
            return error_set(err, ERROR_DATA,
                             "this model with %u sequences of %u tokens has "
                             "an operator of more than 2^63 parts",
                             step->batch, step->tokens + step->cached);
    }
    return 0;
}

static unsigned features(const struct model_sizes *sizes,
                         const struct operator_step *step)
{
    unsigned is = 0;

    is |= sizes->fused ? FEATURE_FUSED : 0;
    is |= sizes->head_norms ? FEATURE_HEAD_NORMS : 0;
    is |= sizes->positions == MODEL_ROTARY ? FEATURE_ROTARY : 0;
    is |= sizes->positions == MODEL_LEARNT ? FEATURE_LEARNT : 0;
    is |= sizes->soft_caps ? FEATURE_SOFT_CAPS : 0;
    is |= sizes->size[DIM_NORMS] == 4 ? FEATURE_FOUR_NORMS : 0;
    is |= sizes->gated ? FEATURE_GATED : 0;
    is |= step->cached == 0 ? FEATURE_PROMPT : 0;
    is |= sizes->size[DIM_SHARED_FEED] ? FEATURE_SHARED : 0;
    is |= sizes->shared_weighed ? FEATURE_SHARED_WEIGHED : 0;
    return is;
}

static size_t operators_add_table(const struct operator_row **rows,
                                  size_t count,
                                  const struct operator_table *table,
                                  unsigned is)
{
    for (size_t i = 0; i < table->rows; i++) {
        const struct operator_row *row = &table->row[i];

        if ((row->when & ~is) == 0 && (row->unless & is) == 0) {
            assert(count < OPERATOR_MAX_ROWS);
            rows[count++] = row;
        }
    }
    return count;
}

static const struct operator_table *table_of(const struct model_sizes *sizes,
                                             enum model_part part)
{
    switch (part) {
    case MODEL_ATTENTION:
        return &operators_attention;
    case MODEL_STATE:
        return sizes->kind == MODEL_MAMBA ? &operators_mamba
                                          : &operators_mamba2;
    case MODEL_FEED:
        return &operators_feed;
    case MODEL_EXPERTS:
    case MODEL_PARTS:
        break;
    }
    return &operators_experts;
}

size_t operator_rows(const struct operator_row *rows[OPERATOR_MAX_ROWS],
                     const struct model_sizes *sizes, enum operator_place place,
                     uint32_t block, const struct operator_step *step)
{
    unsigned is = features(sizes, step);
    size_t count = 0;

    if (place == PLACE_START)
        return operators_add_table(rows, 0, &operators_start, is);
    if (place == PLACE_FINISH)
        return operators_add_table(rows, 0, &operators_finish, is);
    for (unsigned part = 0; part < MODEL_PARTS; part++)
        if (model_block_has(sizes, block, (enum model_part)part))
            count = operators_add_table(
                rows, count, table_of(sizes, (enum model_part)part), is);
    return count;
}

/* The first of the alternatives "a|b|c" that is among the rows, the last of
 * that name; -1 if it is the block's input, -2 if none is there. */
static int maker_of(const char *word, size_t length,
                    const struct operator_row *const *rows, size_t count)
{
    while (length > 0) {
        const char *bar = memchr(word, '|', length);
        size_t one = bar ? (size_t)(bar - word) : length;

        if (one == 1 && *word == '<')
            return -1;
        for (size_t i = count; i-- > 0;)
            if (strlen(rows[i]->name) == one &&
                memcmp(rows[i]->name, word, one) == 0)
                return (int)i;
        length -= one + (bar != NULL);
        word += one + (bar != NULL);
    }
    return -2;
}

size_t operator_makers(int maker[OPERATOR_MAX_MAKERS],
                       const struct operator_row *const *rows, size_t number)
{
    const char *from = rows[number]->from ? rows[number]->from : "";
    size_t makers = 0;

    while (*(from += strspn(from, " "))) {
        size_t length = strcspn(from, " ");
        int one = maker_of(from, length, rows, number);
        bool known = one < -1;

        for (size_t i = 0; i < makers; i++)
            known |= maker[i] == one;
        if (!known && makers < OPERATOR_MAX_MAKERS)
            maker[makers++] = one;
        from += length;
    }
    return makers;
}

static int count_linear(struct operator_count *counts,
                        const struct operator_row *row,
                        const struct model_sizes *sizes,
                        const struct operator_step *step, struct error *err)
{
    operator_product all = { row->rows[0], row->inputs[0], row->outputs[0] };
    operator_product made = { row->rows[0], row->outputs[0] };
    operator_product weights = { row->inputs[0], row->outputs[0],
                                 row->count[0] };

    if (operator_product_value(&counts->macs, all, sizes, step, err) < 0 ||
        operator_product_value(&counts->elements, made, sizes, step, err) < 0)
        return -1;
    return operator_product_value(&counts->bytes, weights, sizes, step, err);
}

int operator_counts(struct operator_count *counts,
                    const struct operator_row *row,
                    const struct model_sizes *sizes,
                    const struct operator_step *step, struct error *err)
{
    const enum dim *elements =
        row->kind == OPERATOR_PRODUCT ? row->elements : row->work;
    uint64_t read = 0, written = 0, bits = OPERATOR_STORE_BITS;

    *counts = (struct operator_count){ 0 };
    if (row->kind == OPERATOR_LINEAR)
        return count_linear(counts, row, sizes, step, err);
    if (row->kind == OPERATOR_PRODUCT &&
        operator_product_value(&counts->macs, row->work, sizes, step, err) < 0)
        return -1;
    if (row->kind != OPERATOR_MOVE &&
        operator_product_value(&counts->elements, elements, sizes, step, err) <
            0)
        return -1;
    if ((row->read[0] != DIM_END &&
         operator_product_value(&read, row->read, sizes, step, err) < 0) ||
        (row->written[0] != DIM_END &&
         operator_product_value(&written, row->written, sizes, step, err) < 0))
        return -1;
    if (row->class == CLASS_STATE)
        bits = OPERATOR_STATE_BITS;
    counts->bytes = (read + written) * bits / 8;
    return 0;
}

/* Does the name end so, at a dot?  A * stands for digits. */
static bool ends_so(const char *name, const char *tail, size_t length)
{
    size_t at = strlen(name);

    while (length > 0) {
        char letter = tail[--length];

        if (letter == '*') {
            size_t digits = at;

            while (digits > 0 && isdigit((unsigned char)name[digits - 1]))
                digits--;
            if (digits == at)
                return false;
            at = digits;
        } else if (at == 0 || name[--at] != letter) {
            return false;
        }
    }
    return at == 0 || name[at - 1] == '.';
}

static bool is_called(const struct operator_row *row, const char *name)
{
    const char *tails = row->layers ? row->layers : "";

    while (*(tails += strspn(tails, " "))) {
        size_t length = strcspn(tails, " ");

        if (ends_so(name, tails, length))
            return true;
        tails += length;
    }
    return false;
}

static const struct operator_step one_token = { 1, 1, 0 };

const struct operator_row *operator_of_layer(const struct model_sizes *sizes,
                                             uint32_t block, const char *name,
                                             uint32_t inputs, uint32_t outputs,
                                             struct error *err)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count = operator_rows(rows, sizes, PLACE_BLOCK, block, &one_token);

    for (size_t i = 0; i < count; i++) {
        uint64_t k, o;

        if (rows[i]->kind != OPERATOR_LINEAR || !is_called(rows[i], name))
            continue;
        k = operator_dim(sizes, &one_token, rows[i]->inputs[0]);
        o = operator_dim(sizes, &one_token, rows[i]->outputs[0]);
        if (k == inputs && o == outputs)
            return rows[i];
        error_set(err, ERROR_DATA,
                  "layer %s has %u inputs and %u outputs; its model says %s, "
                  "%u, and %s, %u",
                  name, inputs, outputs, dim_names[rows[i]->inputs[0]],
                  (unsigned)k, dim_names[rows[i]->outputs[0]], (unsigned)o);
        return NULL;
    }
    error_set(err, ERROR_DATA,
              "layer %s is no linear operator of block %u of its model", name,
              block);
    return NULL;
}

enum model_part operator_part(const struct operator_row *row)
{
    static const struct {
        enum model_part part;
        const struct operator_table *table;
    } tables[] = {
        { MODEL_ATTENTION, &operators_attention },
        { MODEL_STATE, &operators_mamba },
        { MODEL_STATE, &operators_mamba2 },
        { MODEL_FEED, &operators_feed },
        { MODEL_EXPERTS, &operators_experts },
    };

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const struct operator_table *table = tables[i].table;

        for (size_t r = 0; r < table->rows; r++)
            if (&table->row[r] == row)
                return tables[i].part;
    }
    return MODEL_PARTS;
}

/* How many of the layers a linear operator must have in its block. */
static uint32_t layers_of(const struct operator_row *row,
                          const struct model_sizes *sizes)
{
    return row->count[0] == DIM_EXPERTS_HIT ? sizes->size[DIM_EXPERTS] : 1;
}

static int check_block(const struct model_sizes *sizes, uint32_t block,
                       const uint32_t *seen, struct error *err)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count = operator_rows(rows, sizes, PLACE_BLOCK, block, &one_token);

    for (size_t i = 0; i < count; i++) {
        uint32_t needed = layers_of(rows[i], sizes);

        if (rows[i]->layers && seen[i] != needed)
            return error_set(err, ERROR_DATA,
                             "block %u has %u layers for operator %s of its "
                             "model; %u called %s%s expected",
                             block, seen[i], rows[i]->name, needed,
                             rows[i]->layers, needed == 1 ? " was" : " were");
    }
    return 0;
}

static int see_layer(const struct model_sizes *sizes,
                     const struct layer_shape *layer,
                     uint32_t seen[OPERATOR_MAX_ROWS], struct error *err)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count =
        operator_rows(rows, sizes, PLACE_BLOCK, layer->block, &one_token);
    const struct operator_row *row = operator_of_layer(
        sizes, layer->block, layer->name, layer->inputs, layer->outputs, err);

    if (!row)
        return -1;
    for (size_t i = 0; i < count; i++)
        seen[i] += rows[i] == row;
    return 0;
}

int operators_check(const struct model_sizes *sizes,
                    const struct layer_shape *layers, size_t count,
                    struct error *err)
{
    size_t next = 0;

    for (uint32_t block = 0; block < sizes->blocks; block++) {
        uint32_t seen[OPERATOR_MAX_ROWS] = { 0 };

        for (; next < count && layers[next].block == block; next++)
            if (see_layer(sizes, &layers[next], seen, err) < 0)
                return -1;
        if (check_block(sizes, block, seen, err) < 0)
            return -1;
    }
    if (next < count)
        return error_set(err, ERROR_DATA,
                         "layer %s is in block %u; its model has %u blocks",
                         layers[next].name, layers[next].block, sizes->blocks);
    return 0;
}
