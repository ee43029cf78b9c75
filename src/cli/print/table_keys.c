/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/table_keys.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

/* What is read aloud otherwise than _. */
static const struct {
    const char *sign, *read;
    bool is_word; /* and so stands apart */
} signs[] = {
    { "%", "percent", true }, { "µ", "u", false }, { "μ", "u", false },
    { "²", "2", false },      { "³", "3", false },
};

enum { SIGNS = sizeof signs / sizeof *signs };

static const char *add_sign(struct text *key, const char *at)
{
    bool apart = key->length > 0 && key->at[key->length - 1] == '_';

    for (size_t i = 0; i < SIGNS; i++) {
        if (strncmp(at, signs[i].sign, strlen(signs[i].sign)) != 0)
            continue;
        if (signs[i].is_word && !apart && key->length > 0)
            text_add(key, "_");
        text_add(key, signs[i].read);
        return at + strlen(signs[i].sign);
    }
    if (!apart)
        text_add(key, "_");
    return at + 1;
}

/* Of one name, whatever the others are. */
static char *key_of(const char *name)
{
    struct text key;
    char *found;

    text_init(&key);
    while (*name)
        if (isascii(*name) && isalnum((unsigned char)*name))
            text_add_bytes(&key, name++, 1);
        else
            name = add_sign(&key, name);
    while (key.length > 1 && key.at[key.length - 1] == '_')
        key.at[--key.length] = 0;
    found = memory_printf(
        "%s%s", key.length == 0 || isdigit((unsigned char)*key.at) ? "_" : "",
        key.at);
    text_release(&key);
    return found;
}

static bool keys_have(char *const *keys, size_t columns, const char *key)
{
    for (size_t i = 0; i < columns; i++)
        if (keys[i] && strcmp(keys[i], key) == 0)
            return true;
    return false;
}

/* The n-th of those that would be called so; a number that is another's is
 * passed over. */
static char *numbered_key(char *const *keys, size_t columns, const char *plain,
                          size_t n)
{
    char *key = memory_text(plain);

    while (keys_have(keys, columns, key)) {
        free(key);
        key = memory_printf("%s_%zu", plain, n++);
    }
    return key;
}

void table_keys(char **keys, const char *const *names, size_t columns)
{
    char **plain = memory_new(columns, sizeof *plain);

    for (size_t i = 0; i < columns; i++) {
        plain[i] = key_of(names[i]);
        keys[i] = NULL;
        if (strcmp(plain[i], names[i]) == 0 && !keys_have(keys, i, plain[i]))
            keys[i] = memory_text(plain[i]);
    }
    for (size_t i = 0; i < columns; i++) {
        size_t n = 1;

        for (size_t j = 0; j < i; j++)
            n += strcmp(plain[j], plain[i]) == 0;
        if (!keys[i])
            keys[i] = numbered_key(keys, columns, plain[i], n > 1 ? n : 2);
    }
    for (size_t i = 0; i < columns; i++)
        free(plain[i]);
    free(plain);
}
