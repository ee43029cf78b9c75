/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/table.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/print/output.h"

const char *const table_formats[] = { "table", "csv", "json", "markdown",
                                      NULL };

enum table_format table_format_of(const struct call *call, unsigned format)
{
    return call->json ? TABLE_JSON : (enum table_format)format;
}

void table_begin(struct table *table, enum table_format format, size_t columns,
                 const char *const *names)
{
    *table = (struct table){ .format = format, .columns = columns };
    table->names = memory_new(columns, sizeof *table->names);
    for (size_t i = 0; i < columns; i++)
        table->names[i] = memory_text(names[i]);
}

static void print_csv_text(const char *text)
{
    if (text && text[strcspn(text, ",\"\r\n")] == 0) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; text && *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
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
        if (i)
            putchar(',');
        if (table->cells[i].text)
            print_csv_text(table->cells[i].text);
    }
    putchar('\n');
}

static void print_json_text(const char *text)
{
    json_t *string = json_string(text);
    char *quoted = json_dumps(string ? string : json_null(), JSON_ENCODE_ANY);

    fputs(quoted ? quoted : "null", stdout);
    free(quoted);
    json_decref(string);
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
static void print_row(struct table *table)
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
static void add(struct table *table, char *text, bool is_number)
{
    table->cells = memory_grow(table->cells, &table->capacity, table->count + 1,
                               sizeof *table->cells);
    table->cells[table->count++] = (struct table_cell){ text, is_number };
    if (table->count == table->columns &&
        (table->format == TABLE_CSV || table->format == TABLE_JSON))
        print_row(table);
}

void table_text(struct table *table, const char *text)
{
    add(table, text ? memory_text(text) : NULL, false);
}

void table_none(struct table *table)
{
    add(table, NULL, true);
}

void table_integer(struct table *table, int64_t value)
{
    add(table, memory_printf("%lld", (long long)value), true);
}

void table_real(struct table *table, double value)
{
    if (isnan(value))
        table_none(table);
    else if (table->format == TABLE_CSV || table->format == TABLE_JSON)
        add(table,
            isinf(value) ? memory_text(value < 0 ? "-1e999" : "1e999")
                         : number_text(value),
            true);
    else
        add(table, memory_printf("%.6g", value), true);
}

/* Columns on the screen: code points, as every character here is one wide. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* What would move the cursor or end the row. */
static void tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = ' ';
}

struct column {
    size_t width;
    bool is_number;
};

static void measure(struct column *columns, const struct table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        columns[i] = (struct column){ width_of(table->names[i]), true };
    for (size_t i = 0; i < table->count; i++) {
        struct column *column = &columns[i % table->columns];
        const struct table_cell *cell = &table->cells[i];
        size_t width = 1;

        if (cell->text) {
            tame(cell->text);
            width = width_of(cell->text);
            column->is_number = column->is_number && cell->is_number;
        }
        column->width = width > column->width ? width : column->width;
    }
}

static void print_padded(const char *text, const struct column *column,
                         bool is_last)
{
    size_t blanks = column->width - width_of(text);

    if (column->is_number)
        printf("%*s%s", (int)blanks, "", text);
    else
        printf("%s%*s", text, is_last ? 0 : (int)blanks, "");
}

static const char *shown(const struct table_cell *cell)
{
    return cell->text ? cell->text : "-";
}

static void print_aligned(const struct table *table,
                          const struct column *columns)
{
    bool colour = output_is_coloured();

    if (colour)
        fputs("\033[1m", stdout);
    for (size_t i = 0; i < table->columns; i++) {
        fputs(i ? "  " : "", stdout);
        print_padded(table->names[i], &columns[i], i + 1 == table->columns);
    }
    fputs(colour ? "\033[0m\n" : "\n", stdout);
    for (size_t i = 0; i < table->count; i++) {
        size_t at = i % table->columns;

        fputs(at ? "  " : "", stdout);
        print_padded(shown(&table->cells[i]), &columns[at],
                     at + 1 == table->columns);
        if (at + 1 == table->columns)
            putchar('\n');
    }
}

static void print_markdown_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static void print_markdown(const struct table *table,
                           const struct column *columns)
{
    for (size_t i = 0; i < table->columns; i++) {
        fputs("| ", stdout);
        print_markdown_text(table->names[i]);
        putchar(' ');
    }
    fputs("|\n", stdout);
    for (size_t i = 0; i < table->columns; i++)
        fputs(columns[i].is_number ? "|---:" : "|---", stdout);
    fputs("|\n", stdout);
    for (size_t i = 0; i < table->count; i++) {
        fputs("| ", stdout);
        print_markdown_text(shown(&table->cells[i]));
        fputs(i % table->columns + 1 == table->columns ? " |\n" : " ", stdout);
    }
}

static void print_all(const struct table *table)
{
    struct column *columns = memory_new(table->columns, sizeof *columns);

    measure(columns, table);
    if (table->format == TABLE_ALIGNED)
        print_aligned(table, columns);
    else
        print_markdown(table, columns);
    free(columns);
}

void table_end(struct table *table)
{
    assert(table->columns == 0 || table->count % table->columns == 0);
    if (table->format == TABLE_ALIGNED || table->format == TABLE_MARKDOWN)
        print_all(table);
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
