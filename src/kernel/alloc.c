/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/internal.h"

#define BLOCK_SIZE 65536
#define HUGE_PAGE  ((size_t)2 << 20)

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
    struct block *block = size < SIZE_MAX / 2 ? calloc(1, size) : NULL;

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
    return (char *)(block + 1);
}

void *kernel_alloc(struct sim *sim, size_t size, size_t alignment)
{
    size_t room = sizeof(struct block) + alignment;
    char *at;

    if (size > BLOCK_SIZE / 4)
        return align(new_block(sim, size < SIZE_MAX / 2 ? size + room : size),
                     alignment);
    at = sim->block_at == NULL ? NULL : align(sim->block_at, alignment);
    if (at == NULL || at > sim->block_end ||
        (size_t)(sim->block_end - at) < size) {
        sim->block_at = new_block(sim, BLOCK_SIZE);
        sim->block_end = sim->block_at + BLOCK_SIZE - sizeof(struct block);
        at = align(sim->block_at, alignment);
    }
    sim->block_at = at + size;
    return at;
}

void *sim_alloc(struct sim *sim, size_t size)
{
    return kernel_alloc(sim, size, 64);
}

void *kernel_grow(struct sim *sim, const void *old, size_t old_size,
                  size_t size)
{
    void *grown = sim_alloc(sim, size);

    if (old_size > 0)
        memcpy(grown, old, old_size);
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
