/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/internal.h"

#define BLOCK_SIZE 65536
#define HUGE_PAGE  ((size_t)2 << 20)
#define ALIGNMENT  64

/* Small pieces are cut from blocks; a large one is a block of its own. */
struct block {
    struct block *next;
};

static char *align(char *at, size_t alignment)
{
    return at + (-(uintptr_t)at & (alignment - 1));
}

static char *new_block(struct sim *sim, size_t size)
{
    struct block *block = NULL;

    if (size < SIZE_MAX / 2)
        block = calloc(1, size + sizeof *block + ALIGNMENT);
    if (block == NULL) {
        sim_report(sim, SIM_FATAL, SIM_E_NO_MEMORY, "no memory for %zu bytes",
                   size);
        abort();
    }
#ifdef MADV_HUGEPAGE
    /* A million processes are far apart: each page more is a miss more. */
    if (size >= 2 * HUGE_PAGE)
        madvise(align((char *)block, HUGE_PAGE), size - HUGE_PAGE,
                MADV_HUGEPAGE);
#endif
    block->next = sim->blocks;
    sim->blocks = block;
    return align((char *)(block + 1), ALIGNMENT);
}

void *sim_alloc(struct sim *sim, size_t size)
{
    char *at = sim->block_at;

    if (size > BLOCK_SIZE / 4)
        return new_block(sim, size);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > sim->block_left) {
        at = new_block(sim, BLOCK_SIZE);
        sim->block_left = BLOCK_SIZE;
    }
    sim->block_at = at + size;
    sim->block_left -= size;
    return at;
}

void *kernel_room(struct sim *sim, void *array, uint32_t count, uint32_t *size,
                  size_t item)
{
    void *grown = array;

    if (count == *size) {
        *size = 2 * count + 16;
        grown = sim_alloc(sim, *size * item);
        if (count > 0)
            memcpy(grown, array, count * item);
    }
    return grown;
}

void kernel_free_all(struct sim *sim)
{
    for (struct block *block = sim->blocks, *next; block != NULL;
         block = next) {
        next = block->next;
        free(block);
    }
}
