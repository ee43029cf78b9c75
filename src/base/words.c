/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

static int words_add(struct words *words, const char *word, size_t length,
                     const char *option, struct error *err)
{
    char *copy = memory_printf("%.*s", (int)length, word);

    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(words->at[i], copy) == 0)
            length = 0;
    }
    if (length == 0) {
        error_set(err, ERROR_USAGE, "%s: %s%s", option,
                  *copy ? copy : "an empty word in the list",
                  *copy ? " is listed twice" : "");
        free(copy);
        return -1;
    }
    words->at = memory_grow(words->at, &words->capacity, words->count + 1,
                            sizeof *words->at);
    words->at[words->count++] = copy;
    return 0;
}

int words_split(struct words *words, const char *list, const char *option,
                struct error *err)
{
    *words = (struct words){ 0 };
    for (;;) {
        size_t length = strcspn(list, ",");

        if (words_add(words, list, length, option, err) < 0) {
            words_release(words);
            return -1;
        }
        if (list[length] == '\0')
            return 0;
        list += length + 1;
    }
}

void words_release(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->at[i]);
    free(words->at);
    *words = (struct words){ 0 };
}

const char *const *words_of(size_t (*names)(char ***names))
{
    char **found, **ended;
    size_t count = names(&found);

    ended = memory_new(count + 1, sizeof *ended);
    for (size_t i = 0; i < count; i++)
        ended[i] = found[i];
    free(found);
    return (const char *const *)ended;
}

int words_part(uint64_t *part, uint64_t *parts, const char *text,
               const char *option, struct error *err)
{
    const char *slash = strchr(text, '/');
    char *first = memory_printf("%.*s", slash ? (int)(slash - text) : 0, text);
    bool good = slash && number_u64(part, first) &&
                number_u64(parts, slash + 1) && *part >= 1 && *part <= *parts;

    free(first);
    return good ? 0
                : error_set(err, ERROR_USAGE,
                            "%s: %s is not I/N with I in 1..N, such as 2/8",
                            option, text);
}
