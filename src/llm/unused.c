/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/unused.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int word_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct word_list {
    char **word;
    size_t count, capacity;
};

static void take_word(struct word_list *list, char *word)
{
    list->word = memory_grow(list->word, &list->capacity, list->count + 1,
                             sizeof *list->word);
    list->word[list->count++] = word;
}

/* Every name that the model reads, sorted. */
static struct word_list used_names(const struct model *model)
{
    const struct family *family = model->family;
    struct word_list used = { 0 };

    take_word(&used, memory_text(model->embedding));
    take_word(&used, memory_text(model->head));
    take_word(&used, model_tensor_name(model, family->norm));
    if (family->norm_bias)
        take_word(&used, model_tensor_name(model, family->norm_bias));
    if (family->positions)
        take_word(&used, model_tensor_name(model, family->positions));
    if (model->shape.tied)
        take_word(&used, memory_text(family->head));
    for (uint32_t block = 0; block < model->shape.blocks; block++) {
        const struct block_table *table = model_table(model, block);

        for (size_t i = 0; i < table->places; i++)
            take_word(&used,
                      model_block_tensor_name(model, block, &table->place[i]));
    }
    qsort(used.word, used.count, sizeof *used.word, word_order);
    return used;
}

static bool ends_with(const char *name, const char *tail)
{
    size_t length = strlen(name), own = strlen(tail);

    return length >= own && strcmp(name + length - own, tail) == 0;
}

static bool is_known_ballast(const char *name)
{
    return ends_with(name, "rotary_emb.inv_freq") ||
           ends_with(name, ".attn.bias") || ends_with(name, ".masked_bias");
}

/* The number of the block that a name belongs to; -1 if to none. */
static long block_of(const struct model *model, const char *name)
{
    char *begin = memory_printf("%s%s.", model->prefix, model->family->blocks);
    size_t length = strlen(begin);
    long block = -1;
    char *end;

    if (strncmp(name, begin, length) == 0 && name[length] >= '0' &&
        name[length] <= '9') {
        block = strtol(name + length, &end, 10);
        block = *end == '.' ? block : -1;
    }
    free(begin);
    return block;
}

void unused_remark(struct model *model)
{
    struct word_list used = used_names(model);
    long last = -1, blocks = (long)model->shape.blocks;
    const char *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < checkpoint_tensors(model->checkpoint); i++) {
        const char *name = checkpoint_tensor(model->checkpoint, i)->name;
        long block = block_of(model, name);

        if (bsearch(&name, used.word, used.count, sizeof *used.word,
                    word_order) ||
            is_known_ballast(name))
            continue;
        if (block >= blocks)
            last = block > last ? block : last;
        else if (count++ == 0)
            first = name;
    }
    if (last >= 0)
        remarks_add(&model->remarks,
                    "%s: config.json asks for %ld blocks, and %ld are stored; "
                    "the others are not used",
                    model_folder(model), blocks, last + 1);
    if (count > 0)
        remarks_add(&model->remarks,
                    "%s: %zu tensors are not used, the first `%s`",
                    model_folder(model), count, first);
    for (size_t i = 0; i < used.count; i++)
        free(used.word[i]);
    free(used.word);
}
