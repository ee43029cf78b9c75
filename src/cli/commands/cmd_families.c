/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "cli/frame/command.h"
#include "cli/print/table.h"
#include "llm/families/family.h"

static int cmd_families_run(const struct call *call, struct error *err)
{
    static const char *const names[] = { "family", "layers_of_a_block",
                                         "only_with", "what_it_is" };
    struct table table;
    struct text text;

    (void)err;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED), 4, names);
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
        text_release(&text);
        text_init(&text);
        for (size_t d = 0; d < family->demand_count; d++)
            text_addf(&text, "%s%s: %s", d ? ", " : "", family->demands[d].key,
                      family->demands[d].is);
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
                   "decoder block that are pruned, and the values of keys "
                   "there that are computed: any other is refused by name. "
                   "Absent keys are as said.",
    .common = COMMAND_JSON,
    .run = cmd_families_run,
};
