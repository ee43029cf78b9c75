/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/machine_list.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

int machine_list_read(struct machine_list *list, const struct words *names,
                      const struct texts *settings, struct error *err)
{
    *list = (struct machine_list){ 0 };
    list->at = memory_new(names->count, sizeof *list->at);
    for (size_t i = 0; i < names->count; i++) {
        if (machine_file_read(&list->at[i], names->at[i],
                              settings ? settings->at : NULL,
                              settings ? settings->count : 0, err) < 0) {
            machine_list_release(list);
            return -1;
        }
        list->count++;
    }
    return 0;
}

void machine_list_release(struct machine_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        machine_file_release(&list->at[i]);
    free(list->at);
    *list = (struct machine_list){ 0 };
}

size_t machine_list_distinct(const struct machine_list *list)
{
    size_t distinct = 0;

    for (size_t i = 0; i < list->count; i++) {
        bool is_new = true;

        for (size_t j = 0; j < i; j++)
            is_new &= strcmp(list->at[i].hash, list->at[j].hash) != 0;
        distinct += is_new;
    }
    return distinct;
}

char *machine_list_hashes(const struct machine_list *list)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < list->count; i++)
        text_addf(&text, "%s\"%s\"", i ? "," : "[", list->at[i].hash);
    text_add(&text, list->count ? "]" : "[]");
    return text_take(&text);
}
