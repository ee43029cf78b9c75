/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/internal.h"

#define BLOCK_LEAST ((size_t)64 << 10)
#define BLOCK_MOST  ((size_t)64 << 20)
#define HUGE_PAGE   ((size_t)2 << 20)
#define ALIGNMENT   64

/* A piece that was given back. */
struct spare {
    struct spare *next;
    size_t size;
};

static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* The list of spare pieces of a size: one for all of the larger ones. */
static struct spare **spares(struct sim *sim, size_t size)
{
    size_t class = size / ALIGNMENT;

    return &sim->spares[class < SPARE_SIZES ? class : 0];
}

/* A spare piece of this size, zeroed, or NULL. */
static void *take_spare(struct sim *sim, size_t size)
{
    struct spare **link = spares(sim, size), *found;

    while (*link != NULL && (*link)->size != size)
        link = &(*link)->next;
    found = *link;
    if (found == NULL)
        return NULL;
    *link = found->next;
    return memset(found, 0, size);
}

void kernel_give_back(struct sim *sim, void *piece, size_t size)
{
    struct spare *spare = piece, **list;

    if (piece == NULL || size == 0)
        return;
    size = rounded(size);
    list = spares(sim, size);
    *spare = (struct spare){ *list, size };
    *list = spare;
}

/*
 * Small pieces are cut from blocks, each as large as all before it: those of a
 * large model lie in few and huge pages.  A large piece is a block of its own.
 * A block begins with a pointer to the one before.
 */
static char *new_block(struct sim *sim, size_t size)
{
    size_t alignment = size < 2 * HUGE_PAGE ? ALIGNMENT : HUGE_PAGE;
    void **block = NULL;
    char *at;

    if (size < SIZE_MAX / 2)
        block = calloc(1, size + sizeof *block + alignment);
    if (block == NULL) {
        sim_report(sim, SIM_FATAL, SIM_E_NO_MEMORY, "no memory for %zu bytes",
                   size);
        abort();
    }
    at = (char *)(block + 1);
    at += -(uintptr_t)at & (alignment - 1);
    if (alignment == HUGE_PAGE)
        madvise(at, size, MADV_HUGEPAGE);
    *block = sim->blocks;
    sim->blocks = block;
    sim->blocks_size += size;
    return at;
}

void *sim_alloc(struct sim *sim, size_t size)
{
    size_t block = sim->blocks_size;
    void *spare;

    if (size < SIZE_MAX / 2) { /* else there is no memory */
        size = rounded(size);
        spare = take_spare(sim, size);
        if (spare != NULL)
            return spare;
    }
    block = block < BLOCK_LEAST ? BLOCK_LEAST : block;
    block = block > BLOCK_MOST ? BLOCK_MOST : block;
    if (size > block / 4)
        return new_block(sim, size);
    if (size > sim->block_left) {
        sim->block_at = new_block(sim, block);
        sim->block_left = block;
    }
    sim->block_left -= size;
    sim->block_at += size;
    return sim->block_at - size;
}

void *kernel_room(struct sim *sim, void *array, uint32_t count, uint32_t *size,
                  size_t item)
{
    size_t used = *size * item;
    void *grown;

    if (count < *size)
        return array;
    *size = 2 * count + 16;
    grown = sim_alloc(sim, *size * item);
    if (used > 0)
        memcpy(grown, array, used);
    return grown;
}

void kernel_free_all(struct sim *sim)
{
    for (void **block = sim->blocks, **next; block != NULL; block = next) {
        next = *block;
        free(block);
    }
}
