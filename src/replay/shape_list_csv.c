/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of SCALE-Sim: comma-separated values, one layer a line, under a line of
 * headings that tells matrix products from convolutions.  Such files were often
 * through a spreadsheet: a byte order mark, lines ended by CR, empty rows
 * before the headings and commas at the end of lines are taken.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/memory.h"
#include "replay/shape_convolution.h"
#include "replay/shape_list.h"

enum { MAX_BYTES = 16 << 20, MAX_FIELDS = 12 };

/* One line's fields, without the blanks around them; empty ones at the end are
 * left out. */
struct fields {
    char *at[MAX_FIELDS];
    size_t count;
};

struct csv_reader {
    struct shape_list *list;
    bool has_heading, convolutions;
    struct convolution_columns columns;
};

static char *trimmed(char *text)
{
    char *end;

    while (isspace((unsigned char)*text))
        text++;
    end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    return text;
}

static int shape_list_csv_split(struct fields *fields, char *line,
                                struct error *err)
{
    size_t number = 0;
    char *word;

    fields->count = 0;
    while ((word = strsep(&line, ","))) {
        word = trimmed(word);
        if (number == MAX_FIELDS && *word)
            return error_set(err, ERROR_DATA, "more than %d columns",
                             MAX_FIELDS);
        if (number < MAX_FIELDS)
            fields->at[number++] = word;
        if (*word)
            fields->count = number;
    }
    return 0;
}

static int read_heading(struct csv_reader *reader, const struct fields *fields,
                        struct error *err)
{
    static const char *const names[] = { "M", "N", "K" };

    reader->has_heading = true;
    for (size_t i = 1; i < fields->count; i++)
        reader->convolutions |= convolution_is_heading(fields->at[i]);
    if (reader->convolutions)
        return convolution_columns_read(&reader->columns, fields->at,
                                        fields->count, err);
    if (fields->count < 4)
        return error_set(err, ERROR_DATA,
                         "the first line must be `Layer, M, N, K`");
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(fields->at[i + 1], names[i]) != 0)
            return error_set(err, ERROR_DATA,
                             "column %zu is %s; the first line must be `Layer, "
                             "M, N, K`",
                             i + 2, fields->at[i + 1]);
    }
    return 0;
}

static bool is_taken(const struct shape_list *list, const char *name)
{
    for (size_t i = 0; i < list->layers; i++) {
        if (strcmp(list->layer[i].shape.name, name) == 0)
            return true;
    }
    return false;
}

/* Layers of that name, with or without a number behind it. */
static unsigned namesakes(const struct shape_list *list, const char *name)
{
    size_t length = strlen(name);
    unsigned count = 0;

    for (size_t i = 0; i < list->layers; i++) {
        const char *other = list->layer[i].shape.name, *rest = other + length;

        if (strncmp(other, name, length) != 0)
            continue;
        count += *rest == '\0' ||
                 (*rest == '_' &&
                  strspn(rest + 1, "0123456789") == strlen(rest + 1));
    }
    return count;
}

static char *free_name(const struct shape_list *list, const char *name)
{
    char *free_one = memory_text(name);

    if (!is_taken(list, name))
        return free_one;
    for (unsigned i = namesakes(list, name) + 1; is_taken(list, free_one);
         i++) {
        free(free_one);
        free_one = memory_printf("%s_%u", name, i);
    }
    return free_one;
}

int shape_pattern(struct pattern *pattern, const char *text, struct error *err)
{
    if (strcmp(text, "1:1") == 0) {
        *pattern = pattern_dense;
        return 0;
    }
    return pattern_parse(pattern, text, err);
}

static int shape_list_csv_add_product(struct shape_list *list,
                                      const struct fields *fields,
                                      struct error *err)
{
    struct listed_layer *layer;

    if (fields->count < 4 || fields->count > 5 || !*fields->at[0])
        return error_set(err, ERROR_DATA,
                         "%zu columns; a line is `name, M, N, K` and perhaps "
                         "N:M",
                         fields->count);
    layer = shape_list_add(list, free_name(list, fields->at[0]));
    if (shape_number(&layer->tokens, "M", fields->at[1], SHAPE_MAX_TOKENS,
                     err) < 0 ||
        shape_number(&layer->shape.outputs, "N", fields->at[2],
                     SHAPE_MAX_OUTPUTS, err) < 0 ||
        shape_number(&layer->shape.inputs, "K", fields->at[3],
                     LAYER_MAX_INPUTS - 1, err) < 0)
        return -1;
    if (fields->count == 5)
        return shape_pattern(&layer->pattern, fields->at[4], err);
    return 0;
}

static int shape_list_csv_add_row(struct csv_reader *reader,
                                  const struct fields *fields,
                                  struct error *err)
{
    if (reader->list->layers >= SHAPE_MAX_LAYERS)
        return error_set(err, ERROR_DATA, "more than %d layers",
                         SHAPE_MAX_LAYERS);
    if (!reader->convolutions)
        return shape_list_csv_add_product(reader->list, fields, err);
    if (!*fields->at[0])
        return error_set(err, ERROR_DATA, "the layer has no name");
    return convolution_add(reader->list, free_name(reader->list, fields->at[0]),
                           &reader->columns, fields->at, fields->count, err);
}

/* Lines end in LF, CR LF or CR. */
static void end_lines_alike(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        if (from[0] == '\r' && from[1] == '\n')
            continue;
        *to++ = *from == '\r' ? '\n' : *from;
    }
    *to = '\0';
}

static int read_line(struct csv_reader *reader, char *line, struct error *err)
{
    struct fields fields;

    if (shape_list_csv_split(&fields, line, err) < 0)
        return -1;
    if (fields.count == 0)
        return 0;
    if (!reader->has_heading)
        return read_heading(reader, &fields, err);
    return shape_list_csv_add_row(reader, &fields, err);
}

int shape_list_read_csv(struct shape_list *list, const char *path,
                        struct error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of byte order, in UTF-8 */
    char *text = file_read_text(path, MAX_BYTES, err), *rest = text, *line;
    struct csv_reader reader = { .list = list };
    unsigned number = 0;
    int status = 0;

    *list = (struct shape_list){ 0 };
    if (!text)
        return -1;
    end_lines_alike(text);
    if (strncmp(text, mark, sizeof mark - 1) == 0)
        rest += sizeof mark - 1;
    while (status == 0 && (line = strsep(&rest, "\n"))) {
        number++;
        status = read_line(&reader, line, err);
        if (status < 0)
            error_prefix(err, "%s:%u: ", path, number);
    }
    free(text);
    return status;
}
