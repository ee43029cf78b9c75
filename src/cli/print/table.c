/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table goes out row by row as CSV or JSON; only aligned text has to know all
 * rows before the first is printed (table_whole.c).  CSV follows RFC 4180 and
 * puts a quote before what a spreadsheet would take for a formula.
 */
#include "cli/print/table.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/printable.h"
#include "cli/print/table_keys.h"
#include "cli/print/table_whole.h"

const char *const table_formats[] = { "table",    "csv",   "json",
                                      "markdown", "latex", NULL };

enum table_format table_format_of(const struct call *call, unsigned format)
{
    return call->json ? TABLE_JSON : (enum table_format)format;
}

void table_begin(struct table *table, enum table_format format, size_t columns,
                 const char *const *names)
{
    *table = (struct table){ .format = format, .columns = columns };
    table->names = memory_new(columns, sizeof *table->names);
    if (format == TABLE_JSON) {
        table_keys(table->names, names, columns);
        return;
    }
    for (size_t i = 0; i < columns; i++) {
        table->names[i] = memory_text(names[i]);
        printable_make(table->names[i]);
    }
}

/* A spreadsheet takes what begins so for a formula, and obeys it. */
static bool is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text);
}

/* Ends of lines stay, in quotes; on a terminal nothing does that moves. */
static void print_csv_text(const char *words)
{
    char *text = memory_printf("%s%s", is_formula(words) ? "'" : "", words);

    if (isatty(STDOUT_FILENO))
        printable_make(text);
    else
        printable_make_lines(text);
    if (*text && text[strcspn(text, ",\"\r\n")] == 0) {
        fputs(text, stdout);
    } else {
        putchar('"');
        for (const char *at = text; *at; at++) {
            if (*at == '"')
                putchar('"');
            putchar(*at);
        }
        putchar('"');
    }
    free(text);
}

static void print_csv_head(const struct table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        if (i)
            putchar(',');
        print_csv_text(table->names[i]);
    }
    putchar('\n');
}

static void print_csv_row(const struct table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        const struct table_cell *cell = &table->cells[i];

        if (i)
            putchar(',');
        if (cell->text && cell->is_number)
            fputs(cell->text, stdout);
        else if (cell->text)
            print_csv_text(cell->text);
    }
    putchar('\n');
}

static void print_json_text(const char *text)
{
    char *utf8 = printable_utf8(text);
    json_t *string = json_string(utf8);
    char *quoted = json_dumps(string, JSON_ENCODE_ANY);

    if (!quoted)
        memory_exhausted(0);
    quoted = printable_json(quoted);
    fputs(quoted, stdout);
    free(quoted);
    json_decref(string);
    free(utf8);
}

static void print_json_row(const struct table *table)
{
    fputs(table->printed ? ",\n {" : "[\n {", stdout);
    for (size_t i = 0; i < table->columns; i++) {
        const struct table_cell *cell = &table->cells[i];

        if (i)
            fputs(", ", stdout);
        print_json_text(table->names[i]);
        fputs(": ", stdout);
        if (cell->text && cell->is_number)
            fputs(cell->text, stdout);
        else if (cell->text)
            print_json_text(cell->text);
        else
            fputs("null", stdout);
    }
    putchar('}');
}

/* A row that is printed as it comes. */
static void table_print_row(struct table *table)
{
    if (table->format == TABLE_CSV) {
        if (table->printed == 0)
            print_csv_head(table);
        print_csv_row(table);
    } else {
        print_json_row(table);
    }
    table->printed++;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    table->count = 0;
}

/* Takes `text` over. */
static void table_add(struct table *table, char *text, bool is_number)
{
    table->cells = memory_grow(table->cells, &table->capacity, table->count + 1,
                               sizeof *table->cells);
    table->cells[table->count++] = (struct table_cell){ text, is_number };
    if (table->count == table->columns && !table_is_whole(table->format))
        table_print_row(table);
}

void table_text(struct table *table, const char *text)
{
    table_add(table, text ? memory_text(text) : NULL, false);
}

void table_none(struct table *table)
{
    table_add(table, NULL, true);
}

void table_integer(struct table *table, int64_t value)
{
    table_add(table, memory_printf("%lld", (long long)value), true);
}

void table_real(struct table *table, double value)
{
    if (isnan(value))
        table_none(table);
    else if (!table_is_whole(table->format))
        table_add(table,
                  isinf(value) ? memory_text(value < 0 ? "-1e999" : "1e999")
                               : number_text(value),
                  true);
    else
        table_add(table, memory_printf("%.6g", value), true);
}

void table_end(struct table *table)
{
    assert(table->columns == 0 || table->count % table->columns == 0);
    if (table_is_whole(table->format))
        table_print_whole(table);
    else if (table->format == TABLE_JSON)
        fputs(table->printed ? "\n]\n" : "[]\n", stdout);
    else if (table->printed == 0)
        print_csv_head(table);
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    for (size_t i = 0; i < table->columns; i++)
        free(table->names[i]);
    free(table->cells);
    free(table->names);
}
