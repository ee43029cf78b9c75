/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/hint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* Words of Hugging Face, lm-evaluation-harness, SCALE-Sim, gem5 and make. */
static const struct {
    const char *theirs, *ours;
} others[] = {
    { "max-new-tokens", "generate" },
    { "output-length", "generate" },
    { "decode", "generate" },
    { "prefill", "prompt" },
    { "sequence-length", "prompt" },
    { "seq-len", "prompt" },
    { "context", "prompt" },
    { "threads", "workers" },
    { "jobs", "workers" },
    { "config", "machine" },
    { "sparsity", "pattern" },
    { "param", "set" },
    { "database", "db" },
};

enum { OTHERS = sizeof others / sizeof *others };

/* The same but for case, and for _ in place of -; of `length` bytes of `name`.
 */
static bool is_called(const char *name, size_t length, const char *other)
{
    for (size_t i = 0; i < length; i++) {
        int letter = name[i] == '_' ? '-' : tolower((unsigned char)name[i]);

        if (letter != tolower((unsigned char)other[i]))
            return false;
    }
    return other[length] == '\0';
}

static const char *find(const char *name, size_t length,
                        const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_called(name, length, names[i]))
            return names[i];
    return NULL;
}

const char *hint_option(const char *name, const char *const *names,
                        size_t count)
{
    size_t first = strcspn(name, "-_"), length = strlen(name);
    const char *last = name + length, *found = find(name, length, names, count);

    for (size_t i = 0; !found && i < OTHERS; i++)
        if (is_called(name, length, others[i].theirs))
            found = find(others[i].ours, strlen(others[i].ours), names, count);
    if (found || first == length)
        return found;
    found = find(name, first, names, count);
    while (last > name && last[-1] != '-' && last[-1] != '_')
        last--;
    return found ? found : find(last, strlen(last), names, count);
}

char *hint_argument(const char *name, const struct command *command)
{
    static const char between[] = "[]|. ";
    const char *at = command->arguments;

    while (at && *at) {
        size_t length = strcspn(at, between);
        char *word = memory_printf("%.*s", (int)length, at);
        bool is_model = strcmp(word, "CHECKPOINT") == 0 &&
                        is_called("model", strlen("model"), name);

        if (length > 0 && (is_model || is_called(name, strlen(name), word)))
            return word;
        free(word);
        at += length + strspn(at + length, between);
    }
    return NULL;
}

/* ORG/NAME, and there is no such thing here, nor a folder ORG. */
static bool is_of_hub(const char *word)
{
    const char *slash = strchr(word, '/');
    char *folder;
    bool is_there;

    if (!slash || slash == word || !slash[1] || strchr(slash + 1, '/') ||
        word[0] == '.' || word[0] == '~' || strpbrk(word, " *\\"))
        return false;
    folder = memory_printf("%.*s", (int)(slash - word), word);
    is_there = access(folder, F_OK) == 0;
    free(folder);
    return !is_there;
}

/* A folder of a model. */
static bool is_checkpoint(const char *word)
{
    char *config = memory_printf("%s/config.json", word);
    bool is_there = access(config, F_OK) == 0;

    free(config);
    return is_there;
}

void hint_model(const struct call *call, struct error *err)
{
    bool takes_folder = strstr(call->command->arguments, "CHECKPOINT") ||
                        strstr(call->command->arguments, "CONFIG");
    const char *word = call->count > 0 ? call->arguments[0] : "";
    size_t length = strlen(err->text);

    if (!*word || strncmp(err->text, word, strlen(word)) != 0)
        return;
    if (err->kind == ERROR_NO_INPUT && is_of_hub(word))
        snprintf(err->text + length, sizeof err->text - length,
                 "; `hf download %s --local-dir %s` makes a folder of a model "
                 "of Hugging Face",
                 word, strchr(word, '/') + 1);
    else if (!takes_folder && is_checkpoint(word))
        snprintf(err->text + length, sizeof err->text - length,
                 "; of this checkpoint `flexcim shapes %s` makes a list of "
                 "shapes, and `flexcim run` traces",
                 word);
}
