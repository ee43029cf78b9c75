/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/command.h"
#include "cli/print/output.h"
#include "cli/frame/version.h"
#include "report/report.h"

struct report_options {
    const char *page, *figures;
};

static int cmd_report_run(const struct call *call, struct error *err)
{
    const struct report_options *asked = call->options;
    const struct report_request request = { asked->page, asked->figures,
                                            version_text() };
    struct report_count count;
    struct store *store;
    int status;

    if (store_open(&store, call->db, STORE_READ, err) < 0)
        return -1;
    status = report_write(&count, store, &request, err);
    store_close(store);
    if (status < 0)
        return -1;
    output_note(call, "%s: %zu figures, %zu tables", asked->page, count.figures,
                count.tables);
    if (asked->figures)
        output_note(call,
                    "%s: each figure as PDF and SVG, with its data, SQL "
                    "and gnuplot script",
                    asked->figures);
    return 0;
}

#define AT(member) offsetof(struct report_options, member)

static const struct command_option option_table[] = {
    { "output", 'o', OPTION_TEXT, AT(page), "FILE", NULL, "report.html",
      "the HTML page" },
    { "figures", 0, OPTION_TEXT, AT(figures), "DIR", NULL, NULL,
      "also write each figure there: PDF, SVG, data, SQL, script" },
    { 0 }
};

const struct command cmd_report = {
    .name = "report",
    .summary = "write the results as a page to look at",
    .description =
        "One HTML page that needs no other file and no network: what was run, "
        "the comparison, and figures, each with its numbers and SQL. Figures "
        "are drawn by gnuplot. The same results give the same page.",
    .example = "flexcim report -o report.html",
    .often = true,
    .common = COMMAND_DB,
    .options = option_table,
    .options_size = sizeof(struct report_options),
    .run = cmd_report_run,
};
