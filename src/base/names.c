/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

size_t names_count(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    return count;
}

int names_place(const char *const *names, const char *word)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], word) == 0)
            return i;
    }
    return -1;
}

char *names_list(const char *const *names)
{
    struct text list;

    text_init(&list);
    for (size_t i = 0; names[i]; i++)
        text_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    return list.at;
}

int names_parse(unsigned *value, const char *const *names, const char *word,
                struct error *err)
{
    int place = names_place(names, word);
    const char *near;
    char *list;

    if (place >= 0) {
        *value = (unsigned)place;
        return 0;
    }
    near = nearest_name(word, names, names_count(names));
    if (near)
        return error_set(err, ERROR_DATA, "no %.60s; did you mean %s?", word,
                         near);
    list = names_list(names);
    error_set(err, ERROR_DATA, "no %.60s; there is %s", word, list);
    free(list);
    return -1;
}
