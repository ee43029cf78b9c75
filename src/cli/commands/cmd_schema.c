/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/frame/command.h"
#include "store/query.h"

static int cmd_schema_run(const struct call *call, struct error *err)
{
    json_t *object;
    char *text;

    (void)err;
    if (!call->json) {
        fputs(query_schema(), stdout);
        return 0;
    }
    object = json_pack("{s:i, s:s}", "version", STORE_VERSION, "sql",
                       query_schema());
    text = json_dumps(object, JSON_INDENT(1));
    puts(text);
    free(text);
    json_decref(object);
    return 0;
}

const struct command cmd_schema = {
    .name = "schema",
    .summary = "show the tables and views of a results file",
    .description = "Every table and column is explained in comments.",
    .common = COMMAND_JSON,
    .run = cmd_schema_run,
};
