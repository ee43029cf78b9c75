/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/input_list.h"

#include <stdlib.h>

#include "base/hash.h"

void input_list_release(struct input_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        input_close(&list->at[i]);
    free(list->at);
    *list = (struct input_list){ 0 };
}

size_t input_list_distinct(const struct input_list *list)
{
    return hash_distinct(list->count > 0 ? list->at->hash : "",
                         sizeof *list->at, list->count);
}

char *input_list_hashes(const struct input_list *list)
{
    return hash_json_array(list->count > 0 ? list->at->hash : "",
                           sizeof *list->at, list->count);
}
