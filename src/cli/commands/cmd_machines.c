/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/print/table.h"
#include "replay/machine_file.h"

struct machines_options {
    struct texts settings;
};

static void list_one(struct table *table, const struct machine_file *file)
{
    const struct machine *machine = &file->machine;

    table_text(table, file->name);
    table_integer(table, (int64_t)machine_multipliers(machine));
    table_integer(table, (int64_t)machine->select.share);
    table_integer(table, (int64_t)machine->select.selects);
    table_text(table, machine->patterns);
    table_text(table, machine->title);
}

static int list_machines(const struct call *call, struct error *err)
{
    static const char *const columns[] = { "machine", "multipliers", "share",
                                           "selects", "patterns",    "title" };
    struct table table;
    char **names;
    size_t count = machine_names(&names);
    int status = 0;

    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < count; i++) {
        struct machine_file file;

        if (status == 0)
            status = machine_file_read(&file, names[i], NULL, 0, err);
        if (status == 0) {
            list_one(&table, &file);
            machine_file_release(&file);
        }
        free(names[i]);
    }
    free(names);
    table_end(&table);
    return status;
}

/* Every parameter of one machine, with what it means. */
static void tell_parameters(const struct call *call,
                            const struct machine_file *file)
{
    static const char *const columns[] = { "parameter", "value",    "unit",
                                           "range",     "standard", "meaning" };
    const struct parameter *const *rows;
    struct table table;
    struct text value, range;
    size_t count;

    rows = machine_parameters(&count);
    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof columns / sizeof *columns, columns);
    for (size_t i = 0; i < count; i++) {
        text_init(&value);
        text_init(&range);
        parameter_print(&value, &file->machine, rows[i]);
        parameter_print_range(&range, rows[i]);
        table_text(&table, rows[i]->path);
        table_text(&table, value.at);
        table_text(&table, rows[i]->unit);
        table_text(&table, range.at);
        table_text(&table, rows[i]->standard);
        table_text(&table, rows[i]->help);
        text_release(&value);
        text_release(&range);
    }
    table_end(&table);
}

static int cmd_machines_run(const struct call *call, struct error *err)
{
    const struct machines_options *asked = call->options;
    struct machine_file file;

    if (call->count == 0)
        return list_machines(call, err);
    if (machine_file_read(&file, call->arguments[0], asked->settings.at,
                          asked->settings.count, err) < 0)
        return -1;
    tell_parameters(call, &file);
    machine_file_release(&file);
    return 0;
}

#define AT(member) offsetof(struct machines_options, member)

static const struct command_option option_table[] = {
    { "set", 0, OPTION_TEXTS, AT(settings), "PARAMETER=VALUE", NULL, NULL,
      "change a parameter, e.g. macro.rows=64; may be given several times" },
    { 0 }
};

const struct command cmd_machines = {
    .name = "machines",
    .arguments = "[NAME]",
    .summary = "the accelerators, or every parameter of one",
    .description = "A NAME with a / or an ending is a path. Others are sought "
                   "in $FLEXCIM_PATH, then among the machines that come with "
                   "the program.",
    .common = COMMAND_JSON,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct machines_options),
    .run = cmd_machines_run,
};
