/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/input_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void input_list_release(struct input_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        input_close(&list->at[i]);
    free(list->at);
    *list = (struct input_list){ 0 };
}

size_t input_list_distinct(const struct input_list *list)
{
    size_t distinct = 0;

    for (size_t i = 0; i < list->count; i++) {
        size_t first = 0;

        while (strcmp(list->at[first].hash, list->at[i].hash) != 0)
            first++;
        distinct += first == i;
    }
    return distinct;
}

char *input_list_hashes(const struct input_list *list)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < list->count; i++)
        text_addf(&text, "%s\"%s\"", i ? "," : "[", list->at[i].hash);
    text_add(&text, list->count ? "]" : "[]");
    return text_take(&text);
}
