/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "report/utf8.h"

static int rows_begin(void *context, size_t columns, const char *const *names,
                      struct error *err)
{
    struct rows *rows = context;

    (void)err;
    rows->columns = columns;
    rows->names = memory_new(columns, sizeof *rows->names);
    for (size_t i = 0; i < columns; i++)
        rows->names[i] = utf8_clean(names[i]);
    return 0;
}

static int rows_add(void *context, const struct query_value *values,
                    struct error *err)
{
    struct rows *rows = context;
    size_t used = rows->count * rows->columns;

    (void)err;
    rows->cells = memory_grow(rows->cells, &rows->capacity,
                              used + rows->columns, sizeof *rows->cells);
    for (size_t i = 0; i < rows->columns; i++) {
        rows->cells[used + i] = (struct row_cell){
            .type = values[i].type,
            .integer = values[i].integer,
            .real = values[i].real,
        };
        if (values[i].type == QUERY_TEXT)
            rows->cells[used + i].text = utf8_clean(values[i].text);
    }
    rows->count++;
    return 0;
}

int rows_ask(struct rows *rows, struct store *store, const char *sql,
             struct error *err)
{
    const struct query_sink sink = { rows_begin, rows_add, rows };
    const struct query_ask ask = { .sql = sql, .author = QUERY_OF_OURS };

    *rows = (struct rows){ 0 };
    if (query_run(store, &ask, &sink, err) == 0)
        return 0;
    rows_release(rows);
    return -1;
}

void rows_release(struct rows *rows)
{
    for (size_t i = 0; i < rows->count * rows->columns; i++)
        free(rows->cells[i].text);
    for (size_t i = 0; i < rows->columns; i++)
        free(rows->names[i]);
    free(rows->cells);
    free(rows->names);
    *rows = (struct rows){ 0 };
}

const struct row_cell *rows_at(const struct rows *rows, size_t row,
                               size_t column)
{
    return &rows->cells[row * rows->columns + column];
}

bool rows_find(const struct rows *rows, const char *name, size_t *column)
{
    for (size_t i = 0; i < rows->columns; i++) {
        if (strcmp(rows->names[i], name) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

static bool holds(const char **texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return true;
    return false;
}

const char **rows_distinct(const struct rows *rows, size_t column,
                           size_t *count)
{
    const char **texts = NULL;
    size_t capacity = 0;

    *count = 0;
    for (size_t row = 0; row < rows->count; row++) {
        const char *text = rows_at(rows, row, column)->text;

        if (!text || holds(texts, *count, text))
            continue;
        texts = memory_grow(texts, &capacity, *count + 1, sizeof *texts);
        texts[(*count)++] = text;
    }
    return texts;
}

char *row_cell_shown(const struct row_cell *cell)
{
    if (cell->type == QUERY_REAL)
        return memory_printf("%.6g", cell->real);
    return row_cell_exact(cell);
}

char *row_cell_exact(const struct row_cell *cell)
{
    switch (cell->type) {
    case QUERY_INTEGER:
        return memory_printf("%lld", (long long)cell->integer);
    case QUERY_REAL:
        return number_text(cell->real);
    case QUERY_TEXT:
        return memory_text(cell->text);
    case QUERY_NULL:
        break;
    }
    return memory_text("");
}
