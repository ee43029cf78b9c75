/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/command.h"
#include "cli/print/table.h"
#include "flow/select/method.h"

static const char *scope_text(const struct method *method)
{
    return method->scope == SCOPE_STANDARD ? NULL : scope_names[method->scope];
}

static int cmd_methods_run(const struct call *call, struct error *err)
{
    static const char *const names[] = { "method", "scope", "patterns",
                                         "samples", "summary" };
    struct table table;

    if (call->count > 0 && !method_find(call->arguments[0], err))
        return -1;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    for (size_t i = 0; methods[i]; i++) {
        if (call->count > 0 &&
            method_find(call->arguments[0], err) != methods[i])
            continue;
        table_text(&table, methods[i]->name);
        table_text(&table, scope_text(methods[i]));
        table_text(&table, methods[i]->patterns);
        table_integer(&table, (int64_t)methods[i]->samples);
        table_text(&table, methods[i]->summary);
    }
    table_end(&table);
    return 0;
}

const struct command cmd_methods = {
    .name = "methods",
    .arguments = "[NAME]",
    .summary = "the ways to choose patterns",
    .description = "Scope: what gets one pattern. Patterns: what is offered "
                   "unless --patterns says otherwise. Samples: calibration "
                   "rows that are run through the model.",
    .common = COMMAND_JSON,
    .maximum = 1,
    .run = cmd_methods_run,
};
