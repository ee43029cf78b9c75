/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "cli/print/query_table.h"

struct claims_options {
    unsigned format;
};

static int cmd_claims_run(const struct call *call, struct error *err)
{
    const struct claims_options *asked = call->options;
    const enum table_format format = table_format_of(call, asked->format);
    struct query_parameter machine = { "machine", call->count > 0
                                                      ? call->arguments[0]
                                                      : NULL };
    struct query_ask ask = { .name = "claims",
                             .parameters = &machine,
                             .count = call->count > 0 ? 1 : 0 };
    struct store *store;
    int status;

    if (store_open(&store, call->db, STORE_READ, err) < 0)
        return -1;
    if (format == TABLE_ALIGNED)
        puts("The FlexCiM paper claims: perplexity up to 36 % better than that "
             "of uniform\npatterns, 1.75 times less time and 1.5 times less "
             "energy than rivals.  A row is\nsuch a claim under one "
             "condition.\n");
    status = query_table(store, &ask, format, err);
    store_close(store);
    return status;
}

#define AT(member) offsetof(struct claims_options, member)

static const struct command_option option_table[] = {
    { "format", 0, OPTION_CHOICE, AT(format), "FORMAT", table_formats, "table",
      "table, csv, json, markdown or latex" },
    { 0 }
};

const struct command cmd_claims = {
    .name = "claims",
    .arguments = "[MACHINE]",
    .summary = "put the paper's claims to the results: reached or not, and why",
    .description =
        "A row is a claim under one condition: a common plan or each machine's "
        "own best, free or agreeing masks, perplexity within 5 % of dense or "
        "any, equal multipliers or area, equal or own clock. What is missing "
        "for a row is said. `flexcim query claims --sql` shows how it is "
        "reckoned.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct claims_options),
    .run = cmd_claims_run,
};
