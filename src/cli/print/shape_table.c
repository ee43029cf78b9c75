/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/shape_table.h"

#include <stdlib.h>

#include "base/words.h"
#include "cli/print/table.h"
#include "replay/input.h"

static int shape_table_add_row(struct table *table, const char *name,
                               struct error *err)
{
    static const struct shape_options options = { 0 };
    char pattern[INPUT_TEXT], tokens[INPUT_TEXT];
    struct input input;
    uint64_t weights = 0;

    if (input_open_shapes(&input, name, &options, err) < 0)
        return -1;
    for (size_t i = 0; i < input.layers; i++)
        weights += (uint64_t)input.layer[i].shape.inputs *
                   input.layer[i].shape.outputs;
    input_pattern(pattern, &input);
    input_tokens(tokens, &input);
    table_text(table, name);
    table_text(table, input.name);
    table_integer(table, (int64_t)input.layers);
    table_real(table, (double)weights / 1e6);
    table_text(table, tokens);
    table_text(table, pattern);
    input_close(&input);
    return 0;
}

int shape_table(const struct call *call, struct error *err)
{
    static const char *const columns[] = { "shapes", "model",
                                           "layers", "million_weights",
                                           "tokens", "pattern" };
    const char *const *names = shape_words();
    struct table table;
    int status = 0;

    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; status == 0 && names[i]; i++)
        status = shape_table_add_row(&table, names[i], err);
    table_end(&table);
    return status;
}

const char *const *shape_words(void)
{
    static const char *const *names;

    if (!names)
        names = words_of(shape_names);
    return names;
}
