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

/* A million processes are far apart: each page more is a miss more. */
static void use_huge_pages(char *block, size_t size)
{
#ifdef MADV_HUGEPAGE
    char *first = align(block, HUGE_PAGE);

    if (size >= 2 * HUGE_PAGE)
        madvise(first, (size_t)(block + size - first), MADV_HUGEPAGE);
#else
    (void)block;
    (void)size;
#endif
}

static void *new_block(struct sim *sim, size_t size)
{
    struct block *block = NULL;

    if (size < SIZE_MAX / 2)
        block = calloc(1, size);
    if (block == NULL) {
        sim_report(sim, SIM_FATAL, SIM_E_NO_MEMORY, "no memory for %zu bytes",
                   size);
        abort();
    }
    use_huge_pages((char *)block, size);
    block->next = sim->blocks;
    sim->blocks = block;
    return block;
}

void *kernel_alloc(struct sim *sim, size_t size, size_t alignment)
{
    size_t room = sizeof(struct block) + alignment;
    char *at;

    if (size > SIZE_MAX / 4 || size > BLOCK_SIZE / 4)
        return align((char *)new_block(sim, size + room) + sizeof(struct block),
                     alignment);
    if (sim->block_at != NULL) {
        at = align(sim->block_at, alignment);
        if (at <= sim->block_end && (size_t)(sim->block_end - at) >= size) {
            sim->block_at = at + size;
            return at;
        }
    }
    at = new_block(sim, BLOCK_SIZE);
    sim->block_end = at + BLOCK_SIZE;
    at = align(at + sizeof(struct block), alignment);
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
    void *grown = kernel_alloc(sim, size, 64);

    if (old_size > 0)
        memcpy(grown, old, old_size);
    return grown;
}

void kernel_free_all(struct sim *sim)
{
    struct block *block = sim->blocks, *next;

    for (; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
}
