/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/query_table.h"

static int begin_rows(void *context, size_t columns, const char *const *names,
                      struct error *err)
{
    struct table *table = context;

    (void)err;
    table_begin(table, table->format, columns, names);
    return 0;
}

static int add_row(void *context, const struct query_value *values,
                   struct error *err)
{
    struct table *table = context;

    (void)err;
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

int query_table(struct store *store, const struct query_ask *ask,
                enum table_format format, struct error *err)
{
    struct table table = { .format = format };
    const struct query_sink sink = { begin_rows, add_row, &table };
    int status = query_run(store, ask, &sink, err);

    if (table.columns > 0)
        table_end(&table);
    return status;
}
