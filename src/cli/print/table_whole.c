/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables that are printed when all of them is known: columns in line, Markdown
 * and LaTeX.
 *
 * On a terminal, people read: numbers from 10,000 on have separators, and a
 * table that is wider than the window is laid out for it.  Into a file or a
 * pipe nothing of this is done: there programs read too.
 */
#include "cli/print/table_whole.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "cli/print/table_window.h"

bool table_is_whole(enum table_format format)
{
    return format != TABLE_CSV && format != TABLE_JSON;
}

static bool table_whole_is_integer(const char *text)
{
    text += *text == '-';
    return *text && text[strspn(text, "0123456789")] == 0;
}

/* 1234567 as 1,234,567; four digits are read as they are. */
static char *separated(const char *number)
{
    size_t digits = strlen(number) - (*number == '-');
    struct text text;

    text_init(&text);
    for (; *number; number++) {
        text_add_bytes(&text, number, 1);
        if (*number != '-' && --digits > 0 && digits % 3 == 0)
            text_add(&text, ",");
    }
    return text_take(&text);
}

static void make_shown(struct table_cell *cell, bool for_people)
{
    char *text = cell->text;

    if (!cell->is_number) {
        printable_make(text);
    } else if (for_people && table_whole_is_integer(text) &&
               strlen(text) - (*text == '-') > 4) {
        cell->text = separated(text);
        free(text);
    }
}

static void table_whole_measure(struct table_column *columns,
                                struct table *table, bool for_people)
{
    for (size_t i = 0; i < table->columns; i++)
        columns[i] =
            (struct table_column){ table_width(table->names[i]), true };
    for (size_t i = 0; i < table->count; i++) {
        struct table_column *column = &columns[i % table->columns];
        struct table_cell *cell = &table->cells[i];
        size_t width = 1;

        if (cell->text) {
            make_shown(cell, for_people);
            width = table_width(cell->text);
            column->is_number = column->is_number && cell->is_number;
        }
        column->width = width > column->width ? width : column->width;
    }
}

/* Columns of the window; 0: standard output is none. */
static size_t window_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

static void print_aligned(const struct table *table,
                          const struct table_column *columns)
{
    size_t window = window_width(), used = 0;
    size_t *which = memory_new(table->columns, sizeof *which);

    for (size_t i = 0; i < table->columns; i++) {
        which[i] = i;
        used += columns[i].width + (i ? TABLE_GAP : 0);
    }
    if (window > 0 && used > window)
        table_window_print(table, columns, window);
    else
        table_columns_print(table, columns, which, table->columns);
    free(which);
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
                           const struct table_column *columns)
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
        print_markdown_text(table_shown(&table->cells[i]));
        fputs(i % table->columns + 1 == table->columns ? " |\n" : " ", stdout);
    }
}

static void print_latex_text(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\~^", *text))
            printf("\\text%s{}", *text == '\\'  ? "backslash"
                                 : *text == '~' ? "asciitilde"
                                                : "asciicircum");
        else
            printf("%s%c", strchr("{}$&#_%", *text) ? "\\" : "", *text);
    }
}

/* A tabular of the package booktabs. */
static void print_latex(const struct table *table,
                        const struct table_column *columns)
{
    fputs("\\begin{tabular}{", stdout);
    for (size_t i = 0; i < table->columns; i++)
        putchar(columns[i].is_number ? 'r' : 'l');
    fputs("}\n\\toprule\n", stdout);
    for (size_t i = 0; i < table->columns; i++) {
        fputs(i ? " & " : "", stdout);
        print_latex_text(table->names[i]);
    }
    fputs(" \\\\\n\\midrule\n", stdout);
    for (size_t i = 0; i < table->count; i++) {
        fputs(i % table->columns ? " & " : "", stdout);
        print_latex_text(table->cells[i].text ? table->cells[i].text : "--");
        if (i % table->columns + 1 == table->columns)
            fputs(" \\\\\n", stdout);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", stdout);
}

void table_print_whole(struct table *table)
{
    struct table_column *columns = memory_new(table->columns, sizeof *columns);
    bool for_people = table->format == TABLE_ALIGNED && isatty(STDOUT_FILENO);

    table_whole_measure(columns, table, for_people);
    if (table->format == TABLE_ALIGNED)
        print_aligned(table, columns);
    else if (table->format == TABLE_MARKDOWN)
        print_markdown(table, columns);
    else
        print_latex(table, columns);
    free(columns);
}
