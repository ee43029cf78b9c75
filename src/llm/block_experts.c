/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Experts of a block, of which one is in memory at a time.  When a block is
 * loaded, each expert is read once to see that its numbers are good, and is not
 * kept.  A run reads an expert again for the tokens of a row that it sees: next
 * to their product that is little, unless rows are very short.
 *
 * What was edited cannot be read again.  It lies in a file without a name,
 * which is mapped, and its pages are let go as soon as the next expert is
 * edited or a run is through with it; the system writes them out if it needs
 * the memory.  Where there is no room for such a file, edited experts stay in
 * memory.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"
#include "llm/model_parts.h"
#include "tensor/quantize.h"

static size_t part_count(const struct block_part *part)
{
    return (size_t)part->inputs * part->outputs;
}

/* What was good when the block was loaded; if it no longer is, the file was
 * written meanwhile, as one that shrinks (mapping.h), and nothing can be done
 * about it. */
static float *read_again(const struct model_block *block,
                         const struct block_part *part)
{
    struct error err;
    float *numbers =
        model_read_part(block->model, block->number, part->place, &err);

    if (numbers)
        return numbers;
    fprintf(stderr, "flexcim: %s; it was written meanwhile\n", err.text);
    leftover_take_away_all();
    _exit(ERROR_DISK);
}

/* Room for an edited part in a file; false if there is none. */
static bool part_spill(struct model_block *block, struct block_part *part,
                       size_t bytes)
{
    if (!block->full)
        spill_take_file(&part->spill, bytes);
    block->full = !part->spill.at;
    return !block->full;
}

float *block_expert_edit(struct model_block *block, unsigned number)
{
    struct block_part *part = &block->part[number];
    size_t bytes = part_count(part) * sizeof(float);

    if (block->edited && block->edited != part)
        spill_rest(&block->edited->spill);
    block->edited = part;
    if (!part->numbers) {
        float *numbers = read_again(block, part);

        if (part_spill(block, part, bytes)) {
            part->numbers = part->spill.at;
            memcpy(part->numbers, numbers, bytes);
            free(numbers);
        } else {
            part->numbers = numbers;
        }
    }
    return part->numbers;
}

void block_experts_release(struct model_block *block)
{
    for (unsigned i = PARTS; i < block->parts; i++) {
        struct block_part *part = &block->part[i];

        if (!part->spill.at)
            continue;
        spill_release(&part->spill);
        part->numbers = NULL;
    }
}

void model_block_hold(struct model_block *block)
{
    for (unsigned i = PARTS; i < block->parts; i++)
        if (block->part[i].place)
            block_expert_edit(block, i);
}

void block_part_round(const struct block_part *part)
{
    for (size_t o = 0; o < part->outputs; o++) {
        float *row = part->numbers + o * part->inputs;

        quantize_round(row, row, part->inputs, part->scale[o]);
    }
    spill_rest(&part->spill);
}

void block_part_find_scale(const struct model_block *block,
                           struct block_part *part)
{
    float *own = part->numbers ? NULL : read_again(block, part);
    const float *numbers = own ? own : part->numbers;

    part->scale = memory_new(part->outputs, sizeof *part->scale);
    for (size_t o = 0; o < part->outputs; o++)
        part->scale[o] =
            quantize_scale(numbers + o * part->inputs, part->inputs);
    free(own);
    spill_rest(&part->spill);
}

void expert_hand_take(struct expert_hand *hand, const struct block_run *run,
                      uint32_t expert)
{
    const struct model_block *block = run->block;

    hand->first = block_expert_part(expert, PART_GATE);
    for (unsigned i = 0; i < EXPERT_PARTS; i++) {
        struct block_part *part = &hand->part[i];

        *part = block->part[hand->first + i];
        hand->own[i] = part->place && !part->numbers;
        if (!hand->own[i])
            continue;
        part->numbers = read_again(block, part);
        if (part->scale && block->rounded)
            block_part_round(part);
    }
}

void expert_hand_leave(struct expert_hand *hand)
{
    for (unsigned i = 0; i < EXPERT_PARTS; i++) {
        if (hand->own[i])
            free(hand->part[i].numbers);
        else
            spill_rest(&hand->part[i].spill);
    }
}

const struct block_part *block_run_part(const struct block_run *run,
                                        unsigned part)
{
    const struct expert_hand *hand = run->hand;

    if (hand && part >= hand->first && part < hand->first + EXPERT_PARTS)
        return &hand->part[part - hand->first];
    return &run->block->part[part];
}
