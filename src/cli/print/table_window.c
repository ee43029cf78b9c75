/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A terminal folds lines that are too long into something nobody can read, and
 * what is left out is as a rule the answer, as names stand first.  So a row
 * alone is written downwards.  Of several rows, what all have alike goes above
 * the table, long texts take several lines, and what then does not fit beside
 * each other goes below, behind the columns that tell the rows apart:
 *
 *     model llama-7m; tokens 64
 *     machine  pattern  cycles
 *     dense    4:8       5,000
 *
 *     machine  energy_uj
 *     dense          1.5
 *
 * Of a long table, whose second part would be screens away from the first, it
 * is only said that there is more.
 */
#include "cli/print/table_window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_ROWS = 200 }; /* of a table that goes on below itself */

struct window {
    const struct table *table;
    struct table_column *columns; /* texts narrower than they would be */
    size_t width;
    size_t *left, count; /* columns that differ from row to row */
    size_t *key, keys;   /* those that tell rows apart */
};

static const char *cell(const struct window *window, size_t row, size_t column)
{
    const struct table *table = window->table;

    return table_shown(&table->cells[row * table->columns + column]);
}

static size_t rows_of(const struct window *window)
{
    return window->table->count / window->table->columns;
}

static bool is_same(const struct window *window, size_t column)
{
    for (size_t row = 1; row < rows_of(window); row++)
        if (strcmp(cell(window, row, column), cell(window, 0, column)) != 0)
            return false;
    return true;
}

/* Words in lines that fit; what goes on is moved to the right. */
struct flow {
    size_t window, used, indent;
};

static void flow_line(struct flow *flow)
{
    printf("\n%*s", (int)flow->indent, "");
    flow->used = flow->indent;
}

/* A word wider than a line is cut. */
static void flow_add(struct flow *flow, const char *word, size_t bytes)
{
    size_t width = 0;

    for (size_t i = 0; i < bytes; i++)
        width += ((unsigned char)word[i] & 0xc0) != 0x80;
    if (flow->used > flow->indent && flow->used + 1 + width > flow->window)
        flow_line(flow);
    else if (flow->used > flow->indent)
        flow->used += (size_t)printf(" ");
    for (size_t i = 0; i < bytes; i++) {
        bool begins = ((unsigned char)word[i] & 0xc0) != 0x80;

        if (begins && flow->used >= flow->window)
            flow_line(flow);
        flow->used += begins;
        putchar(word[i]);
    }
}

static void flow_words(struct flow *flow, const char *text)
{
    for (; *text; text += strspn(text, " ")) {
        size_t bytes = strcspn(text, " ");

        flow_add(flow, text, bytes);
        text += bytes;
    }
}

/* Of a table of one row; names to the left, as long as the longest of them. */
static void print_downwards(const struct window *window)
{
    const struct table *table = window->table;
    size_t widest = 0;

    for (size_t i = 0; i < table->columns; i++)
        if (table_width(table->names[i]) > widest)
            widest = table_width(table->names[i]);
    widest += TABLE_GAP;
    for (size_t i = 0; i < table->columns; i++) {
        struct flow flow = { window->width, widest, widest };

        printf("%s%*s", table->names[i],
               (int)(widest - table_width(table->names[i])), "");
        flow_words(&flow, cell(window, 0, i));
        putchar('\n');
    }
}

/* A table without rows: what they would have. */
static void print_names(const struct window *window)
{
    struct flow flow = { .window = window->width };

    for (size_t i = 0; i < window->table->columns; i++)
        flow_words(&flow, window->table->names[i]);
    putchar('\n');
}

/* Parts what all rows have alike from what differs. */
static void part_columns(struct window *window)
{
    const struct table *table = window->table;
    struct flow flow = { .window = window->width };
    size_t alike = 0, said = 0;

    for (size_t i = 0; i < table->columns; i++) {
        if (is_same(window, i))
            alike++;
        else
            window->left[window->count++] = i;
    }
    for (size_t i = 0; i < table->columns && said < alike; i++) {
        char *word;

        if (!is_same(window, i))
            continue;
        said++;
        word = memory_printf("%s %s%s", table->names[i], cell(window, 0, i),
                             said < alike ? ";" : "");
        if (table_width(word) > window->width)
            flow_words(&flow, word);
        else
            flow_add(&flow, word, strlen(word));
        free(word);
    }
    if (alike > 0)
        putchar('\n');
}

static bool same_keys(const struct window *window, size_t a, size_t b)
{
    for (size_t k = 0; k < window->keys; k++)
        if (strcmp(cell(window, a, window->key[k]),
                   cell(window, b, window->key[k])) != 0)
            return false;
    return true;
}

/* How many rows no earlier one is like, as far as their keys go. */
static size_t told_apart(const struct window *window)
{
    size_t count = 0;

    for (size_t a = 0; a < rows_of(window); a++) {
        size_t b = 0;

        while (b < a && !same_keys(window, a, b))
            b++;
        count += b == a;
    }
    return count;
}

static size_t width_of(const struct window *window, const size_t *which,
                       size_t count)
{
    size_t width = 0;

    for (size_t i = 0; i < count; i++)
        width += window->columns[which[i]].width + (i ? TABLE_GAP : 0);
    return width;
}

/* Without those that the others make needless, the later ones first. */
static void drop_needless_keys(struct window *window, size_t apart)
{
    for (size_t k = window->keys; k-- > 0;) {
        size_t column = window->key[k], after = window->keys - k - 1;

        memmove(&window->key[k], &window->key[k + 1],
                after * sizeof *window->key);
        window->keys--;
        if (told_apart(window) == apart)
            continue;
        memmove(&window->key[k + 1], &window->key[k],
                after * sizeof *window->key);
        window->key[k] = column;
        window->keys++;
    }
}

/* The first columns that together tell rows apart, as far as they leave a third
 * of the window, and room for each column. */
static void find_keys(struct window *window)
{
    size_t apart = 1, room = window->width / 3;

    for (size_t i = 0; i < window->count && apart < rows_of(window); i++) {
        size_t more;

        window->key[window->keys++] = window->left[i];
        more = told_apart(window);
        if (more == apart)
            window->keys--;
        apart = more;
    }
    drop_needless_keys(window, apart);
    for (size_t i = 0; i < window->count; i++)
        if (window->columns[window->left[i]].width > room)
            room = window->columns[window->left[i]].width;
    while (window->keys > 0 &&
           width_of(window, window->key, window->keys) + TABLE_GAP + room >
               window->width)
        window->keys--;
}

/* Keys stand first in every part. */
static void put_keys_first(struct window *window)
{
    size_t *rest = memory_new(window->count, sizeof *rest);
    size_t count = 0;

    for (size_t i = 0, k = 0; i < window->count; i++)
        if (k < window->keys && window->left[i] == window->key[k])
            k++;
        else
            rest[count++] = window->left[i];
    memcpy(window->left, window->key, window->keys * sizeof *rest);
    memcpy(window->left + window->keys, rest, count * sizeof *rest);
    free(rest);
}

/* Texts go on below themselves rather than take more than a third. */
static void make_narrow(struct window *window)
{
    size_t most = window->width / 3 > 12 ? window->width / 3 : 12;

    for (size_t i = 0; i < window->table->columns; i++) {
        struct table_column *column = &window->columns[i];
        size_t name = table_width(window->table->names[i]);

        if (!column->is_number && column->width > most)
            column->width = name > most ? name : most;
    }
}

/* The part's last column has the room that is left, if it wants it. */
static void widen_last(struct window *window, const size_t *which, size_t count,
                       const struct table_column *wanted)
{
    struct table_column *last = &window->columns[which[count - 1]];
    size_t used = width_of(window, which, count);
    size_t wants = wanted[which[count - 1]].width - last->width;

    if (used < window->width)
        last->width +=
            wants < window->width - used ? wants : window->width - used;
}

/* Columns beside each other from `from` on, behind the keys; returns where the
 * next part begins. */
static size_t print_part(struct window *window, size_t from, size_t *which,
                         const struct table_column *wanted)
{
    size_t count = 0, at = from;

    if (from > 0) {
        memcpy(which, window->key, window->keys * sizeof *which);
        count = window->keys;
        putchar('\n');
    }
    do
        which[count++] = window->left[at++];
    while (at < window->count &&
           width_of(window, which, count) + TABLE_GAP +
                   window->columns[window->left[at]].width <=
               window->width);
    widen_last(window, which, count, wanted);
    table_columns_print(window->table, window->columns, which, count);
    return at;
}

/* Names the columns that were not printed. */
static void leave_out(const struct window *window, size_t from)
{
    struct flow flow = { .window = window->width };
    size_t said = 0;

    for (size_t i = from; i < window->count; i++) {
        char *word =
            memory_printf("%s%s", window->table->names[window->left[i]],
                          i + 1 < window->count ? "," : "");

        if (said++ == 0) {
            flow_words(&flow, "not shown, for want of room (--json has all):");
        }
        flow_add(&flow, word, strlen(word));
        free(word);
    }
    if (said > 0)
        putchar('\n');
}

static void print_parts(struct window *window,
                        const struct table_column *wanted, size_t *which)
{
    bool is_long = rows_of(window) > MOST_ROWS;
    size_t at = 0;

    part_columns(window);
    make_narrow(window);
    if (!is_long &&
        width_of(window, window->left, window->count) > window->width) {
        find_keys(window);
        put_keys_first(window);
    }
    while (at < window->count && (at == 0 || !is_long))
        at = print_part(window, at, which, wanted);
    leave_out(window, at);
}

void table_window_print(const struct table *table,
                        const struct table_column *columns, size_t width)
{
    size_t count = table->columns;
    size_t *which = memory_new(3 * count, sizeof *which);
    struct window window = { .table = table,
                             .columns = memory_new(count, sizeof *columns),
                             .width = width,
                             .left = which + count,
                             .key = which + 2 * count };

    memcpy(window.columns, columns, count * sizeof *columns);
    if (table->count == 0)
        print_names(&window);
    else if (table->count == count)
        print_downwards(&window);
    else
        print_parts(&window, columns, which);
    free(window.columns);
    free(which);
}
