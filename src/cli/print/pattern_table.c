/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/pattern_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workflow/variant.h"

static uint32_t block_count(const struct plan *plan)
{
    uint32_t last = 0;

    for (size_t i = 0; i < plan->layers; i++) {
        if (plan->layer[i].shape.block > last)
            last = plan->layer[i].shape.block;
    }
    return last + 1;
}

/* What a layer is called within its block: all after ".BLOCK.". */
static const char *name_in_block(const struct plan_layer *layer)
{
    char mark[16];
    const char *found;

    snprintf(mark, sizeof mark, ".%u.", layer->shape.block);
    found = strstr(layer->shape.name, mark);
    return found ? found + strlen(mark) : layer->shape.name;
}

static bool has_block_patterns(const struct plan *plan)
{
    for (size_t i = 1; i < plan->layers; i++) {
        if (plan->layer[i].shape.block == plan->layer[i - 1].shape.block &&
            !pattern_equal(plan->layer[i].pattern, plan->layer[i - 1].pattern))
            return false;
    }
    return true;
}

/* One row: of every block the layer of that name, or (NULL) the first. */
static void pattern_table_add_row(struct table *table, const struct plan *plan,
                                  const char *name)
{
    uint32_t block = 0, blocks = block_count(plan);
    char *variant = variant_of_plan(plan);

    table_real(table, plan->asked);
    table_text(table, variant);
    free(variant);
    table_text(table, name ? name : "all layers");
    for (size_t i = 0; i < plan->layers && block < blocks; i++) {
        const struct plan_layer *layer = &plan->layer[i];
        char text[PATTERN_TEXT];

        if (layer->shape.block < block ||
            (name && strcmp(name_in_block(layer), name) != 0))
            continue;
        for (; block < layer->shape.block; block++)
            table_none(table);
        pattern_print(text, layer->pattern);
        table_text(table, text);
        block++;
    }
    for (; block < blocks; block++)
        table_none(table);
}

static void add_plan(struct table *table, const struct plan *plan)
{
    if (has_block_patterns(plan)) {
        pattern_table_add_row(table, plan, NULL);
        return;
    }
    for (size_t i = 0; i < plan->layers; i++) {
        const char *name = name_in_block(&plan->layer[i]);
        bool first = true;

        for (size_t j = 0; first && j < i; j++)
            first = strcmp(name_in_block(&plan->layer[j]), name) != 0;
        if (first)
            pattern_table_add_row(table, plan, name);
    }
}

void pattern_table(enum table_format format, const struct plan *plans,
                   size_t count)
{
    uint32_t blocks = block_count(&plans[0]);
    char **numbers = memory_new(blocks, sizeof *numbers);
    const char **names = memory_new(blocks + 3, sizeof *names);
    struct table table;

    names[0] = "asked";
    names[1] = "method";
    names[2] = "layer";
    for (uint32_t b = 0; b < blocks; b++)
        names[3 + b] = numbers[b] = memory_printf("%u", b);
    table_begin(&table, format, blocks + 3, names);
    for (size_t i = 0; i < count; i++)
        add_plan(&table, &plans[i]);
    table_end(&table);
    for (uint32_t b = 0; b < blocks; b++)
        free(numbers[b]);
    free(numbers);
    free(names);
}
