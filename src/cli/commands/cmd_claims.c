/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "cli/print/claim_lines.h"
#include "cli/print/known_value.h"
#include "cli/print/query_table.h"

struct claims_options {
    unsigned format;
};

/* The question's first columns. */
enum { CLAIM, SCOPE, VERDICT, NUMBER };

enum { REACHED, NOT_REACHED, NOT_DECIDED, VERDICTS };

/* How often each verdict was given on the claims of one kind and scope: the
 * rows come in their order. */
struct tally {
    struct table table;
    char claim[32], scope[32];
    int64_t given[VERDICTS];
};

static void tally_add_row(struct tally *tally)
{
    if (tally->claim[0] == '\0')
        return;
    table_text(&tally->table, tally->claim);
    table_text(&tally->table, tally->scope);
    for (int i = 0; i < VERDICTS; i++)
        table_integer(&tally->table, tally->given[i]);
    memset(tally->given, 0, sizeof tally->given);
}

static int tally_begin(void *context, size_t columns, const char *const *names,
                       struct error *err)
{
    static const char *const heads[] = { "claim", "scope", "reached",
                                         "not reached", "not decided" };
    struct tally *tally = context;

    (void)columns, (void)names, (void)err;
    table_begin(&tally->table, TABLE_ALIGNED, sizeof heads / sizeof *heads,
                heads);
    return 0;
}

static int tally_count(void *context, const struct query_value *values,
                       struct error *err)
{
    static const char *const words[] = { "reached", "not reached" };
    struct tally *tally = context;
    int verdict = 0;

    (void)err;
    if (strcmp(tally->claim, values[CLAIM].text) != 0 ||
        strcmp(tally->scope, values[SCOPE].text) != 0)
        tally_add_row(tally);
    snprintf(tally->claim, sizeof tally->claim, "%s", values[CLAIM].text);
    snprintf(tally->scope, sizeof tally->scope, "%s", values[SCOPE].text);
    while (verdict < NOT_DECIDED &&
           strcmp(words[verdict], values[VERDICT].text) != 0)
        verdict++;
    /* What is missing is no condition that was looked at. */
    tally->given[verdict] += values[NUMBER].type != QUERY_NULL;
    return 0;
}

static int print_tally(struct store *store, const struct query_ask *ask,
                       struct error *err)
{
    struct tally tally = { 0 };
    const struct query_sink sink = { tally_begin, tally_count, &tally };
    int status = query_run(store, ask, &sink, err);

    if (tally.table.columns > 0) {
        tally_add_row(&tally);
        table_end(&tally.table);
        puts("");
    }
    return status;
}

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
    status = known_value_check(store, &ask, err);
    if (status == 0 && format == TABLE_ALIGNED) {
        puts("The FlexCiM paper claims: perplexity up to 36 % better than that "
             "of uniform\npatterns, 1.75 times less time and 1.5 times less "
             "energy than rivals.  Under how\nmany conditions is it so?\n");
        status = print_tally(store, &ask, err);
        if (status == 0)
            status = claim_lines(store, &ask, err);
    } else if (status == 0) {
        status = query_table(store, &ask, format, err);
    }
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
        "A row is a claim under one condition: linear layers, the prompt or a "
        "token of a whole inference; a common plan or each machine's own best; "
        "free or agreeing masks; perplexity within 5 % of dense or any; equal "
        "multipliers or area; equal or own clock. What is missing for a row is "
        "said. `flexcim query claims --sql` shows how it is "
        "reckoned.",
    .common = COMMAND_DB | COMMAND_JSON,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct claims_options),
    .run = cmd_claims_run,
};
