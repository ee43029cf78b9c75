/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "cli/frame/command.h"
#include "cli/print/table.h"
#include "llm/families/family.h"

static int cmd_families_run(const struct call *call, struct error *err)
{
    static const char *const names[] = { "family", "layers_of_a_block",
                                         "what_it_is" };
    struct table table;
    struct text text;

    (void)err;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED), 3, names);
    for (size_t i = 0; i < family_count(); i++) {
        const struct family *family = family_at(i);

        text_init(&text);
        for (size_t t = 0; t < family_tensors(family); t++) {
            const struct family_tensor *tensor = family_tensor(family, t);

            if (tensor->pruned)
                text_addf(&text, "%s%s%s%s", text.length ? " " : "",
                          tensor->name, tensor->label ? ":" : "",
                          tensor->label ? tensor->label : "");
        }
        table_text(&table, family->type);
        table_text(&table, text.at);
        table_text(&table, family->about);
        text_release(&text);
    }
    table_end(&table);
    return 0;
}

const struct command cmd_families = {
    .name = "families",
    .summary = "the model families that can be read",
    .description = "By `model_type` in config.json, with the layers of a "
                   "decoder block that are pruned.",
    .common = COMMAND_JSON,
    .run = cmd_families_run,
};
