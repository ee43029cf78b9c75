/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/machine_list.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/hash.h"

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
    return hash_distinct(list->count > 0 ? list->at->hash : "",
                         sizeof *list->at, list->count);
}

char *machine_list_hashes(const struct machine_list *list)
{
    return hash_json_array(list->count > 0 ? list->at->hash : "",
                           sizeof *list->at, list->count);
}
