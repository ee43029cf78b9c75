/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The traces and lists of shapes that an experiment names.  A trace is one
 * input; a list of shapes is one for each of the tokens, patterns and
 * agreements that it is crossed with.  Paths are looked up from the
 * experiment's folder; a name without slash and dot is one of the shipped.  All
 * are opened before anything runs, so that an input that is wrong is told with
 * its line.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "sweep/experiment_reader.h"

char *reader_resolve(const struct reader *reader, const char *name)
{
    bool is_path = strchr(name, '/') || strchr(name, '.');

    if (!is_path || name[0] == '/')
        return memory_text(name);
    return memory_printf("%s%s", reader->folder, name);
}

static int open_traces(struct reader *reader, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    const struct list *list = &reader->list[LIST_TRACES];

    for (size_t i = 0; i < list->count; i++) {
        const char *value = list->entry[i]->value;
        char *path = value[0] == '/'
                         ? memory_text(value)
                         : memory_printf("%s%s", reader->folder, value);
        int status =
            input_open_trace(&experiment->input[experiment->inputs], path, err);

        free(path);
        if (status < 0)
            return yaml_error(&reader->file, list->entry[i], err);
        experiment->inputs++;
    }
    return 0;
}

/* One value of each of the lists that shapes are crossed with; NULL where the
 * list is empty. */
struct variant {
    const struct yaml_entry *shapes, *tokens, *pattern, *agreement;
};

static int experiment_inputs_read_number(uint32_t *number,
                                         const struct reader *reader,
                                         const struct yaml_entry *entry,
                                         uint64_t most, struct error *err)
{
    uint64_t value;

    if (!entry)
        return 0;
    if (!number_u64(&value, entry->value) || value < 1 || value > most) {
        error_set(err, ERROR_DATA,
                  "%s: %s is not a whole number in 1..%" PRIu64, entry->path,
                  entry->value, most);
        return yaml_error(&reader->file, entry, err);
    }
    *number = (uint32_t)value;
    return 0;
}

static int open_variant(struct reader *reader, const struct variant *variant,
                        struct error *err)
{
    struct experiment *experiment = reader->experiment;
    struct input *input = &experiment->input[experiment->inputs];
    struct shape_options options = { .seed = experiment->seed };
    struct pattern pattern;
    char *path;
    int status;

    if (experiment_inputs_read_number(&options.tokens, reader, variant->tokens,
                                      SHAPE_MAX_TOKENS, err) < 0 ||
        experiment_inputs_read_number(&options.agreement, reader,
                                      variant->agreement, SHAPE_MAX_OUTPUTS,
                                      err) < 0)
        return -1;
    if (variant->pattern) {
        if (pattern_parse(&pattern, variant->pattern->value, err) < 0)
            return yaml_error(&reader->file, variant->pattern, err);
        options.pattern = &pattern;
    }
    path = reader_resolve(reader, variant->shapes->value);
    status = input_open_shapes(input, path, &options, err);
    free(path);
    if (status < 0)
        return yaml_error(&reader->file, variant->shapes, err);
    experiment->inputs++;
    return 0;
}

static size_t at_least_one(const struct list *list)
{
    return list->count > 0 ? list->count : 1;
}

static const struct yaml_entry *item(const struct list *list, size_t number)
{
    return list->count > 0 ? list->entry[number % list->count] : NULL;
}

static int experiment_inputs_open_shapes(struct reader *reader,
                                         struct error *err)
{
    const struct list *list = reader->list;
    size_t tokens = at_least_one(&list[LIST_TOKENS]);
    size_t patterns = at_least_one(&list[LIST_PATTERNS]);
    size_t agreements = at_least_one(&list[LIST_AGREEMENTS]);
    size_t count = list[LIST_SHAPES].count * tokens * patterns * agreements;

    for (size_t i = 0; i < count; i++) {
        size_t rest = i / agreements;
        struct variant variant = {
            .agreement = item(&list[LIST_AGREEMENTS], i % agreements),
            .pattern = item(&list[LIST_PATTERNS], rest % patterns),
            .tokens = item(&list[LIST_TOKENS], rest / patterns % tokens),
            .shapes = item(&list[LIST_SHAPES], rest / patterns / tokens),
        };

        if (open_variant(reader, &variant, err) < 0)
            return -1;
    }
    return 0;
}

int reader_open_inputs(struct reader *reader, struct error *err)
{
    const struct list *list = reader->list;
    double count = (double)at_least_one(&list[LIST_TOKENS]) *
                   (double)at_least_one(&list[LIST_PATTERNS]) *
                   (double)at_least_one(&list[LIST_AGREEMENTS]) *
                   (double)list[LIST_SHAPES].count;

    for (enum list_key key = LIST_TOKENS; key <= LIST_AGREEMENTS; key++) {
        if (list[key].count > 0 && list[LIST_SHAPES].count == 0) {
            error_set(err, ERROR_DATA,
                      "%s belongs to lists of shapes, and there is no `shapes`",
                      list[key].entry[0]->path);
            return yaml_error(&reader->file, list[key].entry[0], err);
        }
    }
    count += (double)list[LIST_TRACES].count;
    if (count < 1 || count > EXPERIMENT_MAX_POINTS)
        return error_set(err, ERROR_DATA, "%s: %s", reader->file.name,
                         count < 1 ? "neither `traces` nor `shapes` names any"
                                   : "more than 2^30 traces");
    reader->experiment->input =
        memory_new((size_t)count, sizeof *reader->experiment->input);
    if (open_traces(reader, err) < 0)
        return -1;
    return experiment_inputs_open_shapes(reader, err);
}
