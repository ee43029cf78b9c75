/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/query_mark.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* -1 and `err` if it is not there. */
static int marked_rows_find(size_t *at, const char *name, size_t columns,
                            const char *const *names, struct error *err)
{
    for (*at = 0; *at < columns; ++*at)
        if (strcmp(names[*at], name) == 0)
            return 0;
    return error_set(err, ERROR_DATA, "the question has no column %s", name);
}

static int marked_rows_names(void *context, size_t columns,
                             const char *const *names, struct error *err)
{
    struct marked_rows *rows = context;
    const struct query_mark *mark = rows->mark;
    const char **more = memory_new(columns + 1, sizeof *more);
    int status = marked_rows_find(&rows->by, mark->by, columns, names, err);

    rows->columns = columns;
    if (status == 0 && mark->only)
        status = marked_rows_find(&rows->only, mark->only, columns, names, err);
    memcpy(more, names, columns * sizeof *more);
    more[columns] = mark->name;
    if (status == 0)
        status = rows->to->names(rows->to->context, columns + 1, more, err);
    free(more);
    return status;
}

static bool marked_rows_has_word(const struct marked_rows *rows,
                                 const struct query_value *values)
{
    const struct query_value *only = &values[rows->only];

    return values[rows->by].type == QUERY_INTEGER &&
           (!rows->mark->only ||
            (only->type == QUERY_TEXT && strcmp(only->text, "yes") == 0));
}

static int marked_rows_row(void *context, const struct query_value *values,
                           struct error *err)
{
    struct marked_rows *rows = context;
    struct query_value *more = memory_new(rows->columns + 1, sizeof *more);
    const char *word = NULL;
    int status;

    if (marked_rows_has_word(rows, values))
        word = rows->mark->word(rows->mark->context, values[rows->by].integer);
    memcpy(more, values, rows->columns * sizeof *more);
    if (word)
        more[rows->columns] =
            (struct query_value){ .type = QUERY_TEXT, .text = word };
    status = rows->to->row(rows->to->context, more, err);
    free(more);
    return status;
}

struct query_sink marked_rows_sink(struct marked_rows *rows)
{
    return (struct query_sink){ marked_rows_names, marked_rows_row, rows };
}
