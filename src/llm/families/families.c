/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/families/family.h"

#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

extern const struct family family_llama;
extern const struct family family_mistral;
extern const struct family family_qwen2;
extern const struct family family_qwen3;
extern const struct family family_opt;
extern const struct family family_gpt2;
extern const struct family family_mamba;
extern const struct family family_mamba2;

static const struct family *const families[] = {
    &family_llama, &family_mistral, &family_qwen2, &family_qwen3,
    &family_opt,   &family_gpt2,    &family_mamba, &family_mamba2,
};

enum { FAMILIES = sizeof families / sizeof families[0] };

size_t family_tensors(const struct family *family)
{
    return family->tensor_count + family->more_count;
}

const struct family_tensor *family_tensor(const struct family *family,
                                          size_t index)
{
    return index < family->tensor_count
               ? &family->tensors[index]
               : &family->more[index - family->tensor_count];
}

size_t family_count(void)
{
    return FAMILIES;
}

const struct family *family_at(size_t index)
{
    return families[index];
}

static void unknown(const char *type, const char *path, struct error *err)
{
    const char *names[FAMILIES], *near;
    struct text known;

    text_init(&known);
    for (size_t i = 0; i < FAMILIES; i++) {
        names[i] = families[i]->type;
        text_addf(&known, " %s", names[i]);
    }
    near = nearest_name(type, names, FAMILIES);
    error_set(err, ERROR_DATA,
              "%s: unknown model family `%.60s`%s%s%s; known are:%s", path,
              type, near ? " (did you mean `" : "", near ? near : "",
              near ? "`?)" : "", known.at);
    text_release(&known);
}

const struct family *family_find(const char *type, const char *path,
                                 struct error *err)
{
    if (!type) {
        error_set(err, ERROR_DATA, "%s: `model_type` is missing", path);
        return NULL;
    }
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(families[i]->type, type) == 0)
            return families[i];
    unknown(type, path, err);
    return NULL;
}
