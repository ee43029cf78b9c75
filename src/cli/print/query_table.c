/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/query_table.h"

#include "cli/print/settings_rows.h"

struct query_rows {
    struct table table;
    size_t count;
};

static int begin_rows(void *context, size_t columns, const char *const *names,
                      struct error *err)
{
    struct query_rows *rows = context;
    struct table *table = &rows->table;

    (void)err;
    table_begin(table, table->format, columns, names);
    return 0;
}

static int query_table_add_row(void *context, const struct query_value *values,
                               struct error *err)
{
    struct query_rows *rows = context;
    struct table *table = &rows->table;

    (void)err;
    rows->count++;
    for (size_t i = 0; i < table->columns; i++) {
        switch (values[i].type) {
        case QUERY_NULL:
            table_none(table);
            break;
        case QUERY_INTEGER:
            table_integer(table, values[i].integer);
            break;
        case QUERY_REAL:
            table_real(table, values[i].real);
            break;
        case QUERY_TEXT:
            table_text(table, values[i].text);
            break;
        }
    }
    return 0;
}

static int print_rows(struct query_rows *rows, struct store *store,
                      const struct query_ask *ask, enum table_format format,
                      const struct query_mark *mark, struct error *err)
{
    const struct query_sink table = { begin_rows, query_table_add_row, rows };
    struct marked_rows marked = { .mark = mark, .to = &table };
    const struct query_sink sink = mark ? marked_rows_sink(&marked) : table;
    int status;

    *rows = (struct query_rows){ .table.format = format };
    status = ask->name != NULL ? settings_rows_run(store, ask, &sink, err)
                               : query_run(store, ask, &sink, err);
    if (rows->table.columns > 0)
        table_end(&rows->table);
    return status;
}

int query_table(struct store *store, const struct query_ask *ask,
                enum table_format format, struct error *err)
{
    struct query_rows rows;

    return print_rows(&rows, store, ask, format, NULL, err);
}

int query_table_marked(struct store *store, const struct query_ask *ask,
                       enum table_format format, const struct query_mark *mark,
                       struct error *err)
{
    struct query_rows rows;

    return print_rows(&rows, store, ask, format, mark, err);
}

int query_table_whole(struct store *store, const struct query_ask *ask,
                      enum table_format format, size_t wanted,
                      struct error *err)
{
    struct query_rows rows;

    if (print_rows(&rows, store, ask, format, NULL, err) < 0)
        return -1;
    if (rows.count == wanted)
        return 0;
    return error_set(err, ERROR_DATA,
                     "the table has %zu rows, and what was asked for has %zu: "
                     "did another program change the results file?",
                     rows.count, wanted);
}
