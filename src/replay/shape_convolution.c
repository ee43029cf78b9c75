/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Convolutions of the topology files of SCALE-Sim and others as matrix
 * products: each place of the filter is a token, K is what lies under the
 * filter.  Column headings differ between programs and versions, so that they
 * are understood by the words in them; what cannot be understood is refused
 * rather than guessed.
 */
#include "replay/shape_convolution.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/arithmetic.h"

/* What a heading has in it, whatever else: "IFMAP Height", "ifmap_h".  The
 * first of the list that fits counts. */
static const struct {
    const char *word, *other; /* both; `other` may be NULL */
    enum convolution_column column;
} headings_known[] = {
    { "ifmap", "h", CONVOLUTION_HEIGHT },
    { "ifmap", "w", CONVOLUTION_WIDTH },
    { "num", "filt", CONVOLUTION_FILTERS },
    { "filt", "h", CONVOLUTION_FILTER_HEIGHT },
    { "filt", "w", CONVOLUTION_FILTER_WIDTH },
    { "channel", NULL, CONVOLUTION_CHANNELS },
    { "stride", "w", CONVOLUTION_STRIDE_WIDTH },
    { "stride", NULL, CONVOLUTION_STRIDE },
    { "sparsity", NULL, CONVOLUTION_PATTERN },
};

static const char *const names[CONVOLUTION_COLUMNS] = {
    [CONVOLUTION_HEIGHT] = "IFMAP Height",
    [CONVOLUTION_WIDTH] = "IFMAP Width",
    [CONVOLUTION_FILTER_HEIGHT] = "Filter Height",
    [CONVOLUTION_FILTER_WIDTH] = "Filter Width",
    [CONVOLUTION_CHANNELS] = "Channels",
    [CONVOLUTION_FILTERS] = "Num Filter",
    [CONVOLUTION_STRIDE] = "Strides",
    [CONVOLUTION_STRIDE_WIDTH] = "Stride Width",
    [CONVOLUTION_PATTERN] = "Sparsity",
};

enum { MOST = 1 << 20 };

bool convolution_is_heading(const char *heading)
{
    return strcasestr(heading, "ifmap") || strcasestr(heading, "filter");
}

/* A letter that begins a word after the first: the H of "Filter Height" and of
 * "filt_h", not that of "channel". */
static bool shape_convolution_has_word(const char *heading, const char *letter)
{
    for (const char *at = heading + 1; at[-1] && *at; at++)
        if (strncasecmp(at, letter, strlen(letter)) == 0 &&
            !isalnum((unsigned char)at[-1]))
            return true;
    return false;
}

static bool fits(const char *heading, const char *word, const char *other)
{
    if (!strcasestr(heading, word))
        return false;
    return !other ||
           (strlen(other) > 1 ? strcasestr(heading, other) != NULL
                              : shape_convolution_has_word(heading, other));
}

static int shape_convolution_column_of(enum convolution_column *column,
                                       const char *heading, struct error *err)
{
    for (size_t i = 0; i < sizeof headings_known / sizeof *headings_known; i++)
        if (fits(heading, headings_known[i].word, headings_known[i].other)) {
            *column = headings_known[i].column;
            return 0;
        }
    return error_set(err, ERROR_DATA,
                     "column %s is not known; a list of convolutions has IFMAP "
                     "Height, IFMAP Width, Filter Height, Filter Width, "
                     "Channels, Num Filter, Strides and perhaps Sparsity",
                     heading);
}

int convolution_columns_read(struct convolution_columns *columns,
                             char *const *headings, size_t count,
                             struct error *err)
{
    *columns = (struct convolution_columns){ 0 };
    for (size_t i = 1; i < count; i++) {
        enum convolution_column column = CONVOLUTION_COLUMNS;

        if (shape_convolution_column_of(&column, headings[i], err) < 0)
            return -1;
        if (columns->at[column] > 0)
            return error_set(err, ERROR_DATA, "column %s is there twice",
                             names[column]);
        columns->at[column] = i;
    }
    for (int i = 0; i <= CONVOLUTION_STRIDE; i++)
        if (columns->at[i] == 0)
            return error_set(err, ERROR_DATA,
                             "column %s of a list of convolutions is missing",
                             names[i]);
    return 0;
}

static bool is_depthwise(const char *name)
{
    return strstr(name, "DP") || strcasestr(name, "depthwise") ||
           strcasestr(name, "depth-wise");
}

/* Places of a filter along an axis. */
static int shape_convolution_places(uint64_t *count, uint32_t size,
                                    uint32_t filter, uint32_t stride,
                                    const char *axis, struct error *err)
{
    if (filter > size)
        return error_set(err, ERROR_DATA,
                         "a filter of %s %u is larger than its input of %u",
                         axis, filter, size);
    *count = divide_up((uint64_t)size - filter + stride, stride);
    return 0;
}

static int shape_convolution_check(const char *what, uint64_t number,
                                   uint64_t most, struct error *err)
{
    if (number <= most)
        return 0;
    return error_set(err, ERROR_DATA,
                     "%s %" PRIu64 "; at most %" PRIu64 " are replayed", what,
                     number, most);
}

static int shape_convolution_set_shape(struct listed_layer *layer,
                                       const uint32_t n[CONVOLUTION_COLUMNS],
                                       struct error *err)
{
    uint64_t high = 0, wide = 0, inputs;

    if (shape_convolution_places(&high, n[CONVOLUTION_HEIGHT],
                                 n[CONVOLUTION_FILTER_HEIGHT],
                                 n[CONVOLUTION_STRIDE], "height", err) < 0 ||
        shape_convolution_places(&wide, n[CONVOLUTION_WIDTH],
                                 n[CONVOLUTION_FILTER_WIDTH],
                                 n[CONVOLUTION_STRIDE_WIDTH], "width", err) < 0)
        return -1;
    inputs =
        (uint64_t)n[CONVOLUTION_FILTER_HEIGHT] * n[CONVOLUTION_FILTER_WIDTH];
    /* Three numbers of 20 bits fit. */
    inputs *= n[CONVOLUTION_CHANNELS];
    if (shape_convolution_check("output pixels (T):", high * wide,
                                SHAPE_MAX_TOKENS, err) < 0 ||
        shape_convolution_check("weights of a filter (K):", inputs,
                                LAYER_MAX_INPUTS - 1, err) < 0 ||
        shape_convolution_check("filters (O):", n[CONVOLUTION_FILTERS],
                                SHAPE_MAX_OUTPUTS, err) < 0)
        return -1;
    layer->tokens = (uint32_t)(high * wide);
    layer->shape.inputs = (uint32_t)inputs;
    layer->shape.outputs = n[CONVOLUTION_FILTERS];
    return 0;
}

int convolution_add(struct shape_list *list, char *name,
                    const struct convolution_columns *columns,
                    char *const *fields, size_t count, struct error *err)
{
    struct listed_layer *layer = shape_list_add(list, name);
    uint32_t numbers[CONVOLUTION_COLUMNS];

    if (is_depthwise(name))
        return error_set(err, ERROR_DATA,
                         "layer %s is a depthwise convolution, which is no "
                         "single matrix product; write its channels as layers "
                         "of one channel, or leave it out",
                         name);
    for (int i = 0; i < CONVOLUTION_PATTERN; i++) {
        size_t at = columns->at[i];

        if (i == CONVOLUTION_STRIDE_WIDTH && (at == 0 || at >= count)) {
            numbers[i] = numbers[CONVOLUTION_STRIDE];
            continue;
        }
        if (at >= count)
            return error_set(err, ERROR_DATA, "layer %s: no %s", name,
                             names[i]);
        if (shape_number(&numbers[i], names[i], fields[at], MOST, err) < 0)
            return -1;
    }
    if (shape_convolution_set_shape(layer, numbers, err) < 0)
        return error_prefix(err, "layer %s: ", name);
    if (columns->at[CONVOLUTION_PATTERN] > 0 &&
        columns->at[CONVOLUTION_PATTERN] < count)
        return shape_pattern(&layer->pattern,
                             fields[columns->at[CONVOLUTION_PATTERN]], err);
    return 0;
}
