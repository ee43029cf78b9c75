/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/command.h"
#include "cli/print/table.h"
#include "trace/pattern.h"

/* Bits that name one of `pairs` pairs. */
static unsigned cmd_patterns_select_bits(unsigned pairs)
{
    unsigned bits = 0;

    while (1u << bits < pairs)
        bits++;
    return bits;
}

static void cmd_patterns_add(struct table *table, struct pattern pattern)
{
    bool dense = pattern_is_dense(pattern);
    unsigned metadata = dense ? 0 : 1;
    unsigned select = dense ? 0 : cmd_patterns_select_bits(pattern.m / 2u);
    double density = (double)pattern.n / pattern.m;
    char text[PATTERN_TEXT];

    pattern_print(text, pattern);
    table_text(table, text);
    table_real(table, density);
    table_integer(table, metadata);
    table_integer(table, select);
    table_real(table, density * (8 + metadata + select) / 8);
}

static int cmd_patterns_run(const struct call *call, struct error *err)
{
    static const char *const names[] = { "pattern", "density", "metadata_bits",
                                         "select_bits", "bytes_of_dense" };
    struct table table;

    (void)err;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    cmd_patterns_add(&table, pattern_dense);
    for (uint16_t m = 2; m <= PATTERN_MAX_M; m = (uint16_t)(m + 2))
        for (uint16_t n = 1; n < m; n++)
            cmd_patterns_add(&table, (struct pattern){ n, m });
    table_end(&table);
    return 0;
}

const struct command cmd_patterns = {
    .name = "patterns",
    .summary = "every N:M pattern, its density and its size",
    .description = "N weights are kept of every M. A kept weight takes 8 bits, "
                   "its metadata bit (which of a pair), and the select of the "
                   "pair; the last column is all of that against dense 8-bit "
                   "weights.",
    .common = COMMAND_JSON,
    .run = cmd_patterns_run,
};
