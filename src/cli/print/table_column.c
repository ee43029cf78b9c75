/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/table_column.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/print/output.h"

size_t table_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

const char *table_shown(const struct table_cell *cell)
{
    return cell->text ? cell->text : "-";
}

static void print_padded(const char *text, int bytes,
                         const struct table_column *column, bool is_last)
{
    char *piece = memory_printf("%.*s", bytes, text);
    size_t width = table_width(piece);
    int blanks = width < column->width ? (int)(column->width - width) : 0;

    if (column->is_number)
        printf("%*s%s", blanks, "", piece);
    else
        printf("%s%*s", piece, is_last ? 0 : blanks, "");
    free(piece);
}

/* Bytes of a text's next line: up to the last blank or comma that fits, or as
 * much as fits. */
static size_t next_line(const char *text, const struct table_column *column)
{
    size_t width = 0, at = 0, end = 0;

    if (column->is_number || table_width(text) <= column->width)
        return strlen(text);
    for (; width <= column->width; width++) {
        if (text[at] == ' ' || (at > 0 && text[at - 1] == ','))
            end = at;
        if (width == column->width)
            break;
        do
            at++;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
    }
    return end > 0 ? end : at;
}

/* One row, of which each cell may take several lines. */
static void print_row(const struct table_cell *cells,
                      const struct table_column *columns, const size_t *which,
                      size_t count)
{
    const char **left = memory_new(count, sizeof *left);
    bool more = true;

    for (size_t i = 0; i < count; i++)
        left[i] = table_shown(&cells[which[i]]);
    while (more) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            const struct table_column *column = &columns[which[i]];
            size_t bytes = next_line(left[i], column);

            printf("%*s", i ? TABLE_GAP : 0, "");
            print_padded(left[i], (int)bytes, column, i + 1 == count);
            left[i] += bytes;
            left[i] += strspn(left[i], " ");
            more = more || *left[i];
        }
        putchar('\n');
    }
    free(left);
}

void table_columns_print(const struct table *table,
                         const struct table_column *columns,
                         const size_t *which, size_t count)
{
    bool colour = output_is_coloured();

    if (colour)
        fputs("\033[1m", stdout);
    for (size_t i = 0; i < count; i++) {
        const char *name = table->names[which[i]];

        printf("%*s", i ? TABLE_GAP : 0, "");
        print_padded(name, (int)strlen(name), &columns[which[i]],
                     i + 1 == count);
    }
    fputs(colour ? "\033[0m\n" : "\n", stdout);
    for (size_t row = 0; row < table->count; row += table->columns)
        print_row(&table->cells[row], columns, which, count);
}
