/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/deque.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void deque_init(struct deque *deque, size_t item_size)
{
    *deque = (struct deque){ .item_size = item_size };
}

void deque_release(struct deque *deque)
{
    free(deque->items);
}

static unsigned char *deque_place(const struct deque *deque, size_t number)
{
    return deque->items + (number & (deque->capacity - 1)) * deque->item_size;
}

/* Items lie elsewhere in a larger ring, so they are moved one by one. */
static void deque_grow(struct deque *deque)
{
    struct deque larger = *deque;

    larger.capacity = deque->capacity ? 2 * deque->capacity : 16;
    larger.items = memory_new(larger.capacity, deque->item_size);
    for (size_t n = deque->first; n < deque->end; n++)
        memcpy(deque_place(&larger, n), deque_place(deque, n),
               deque->item_size);
    free(deque->items);
    *deque = larger;
}

void *deque_add(struct deque *deque)
{
    if (deque->end - deque->first == deque->capacity)
        deque_grow(deque);
    return memset(deque_place(deque, deque->end++), 0, deque->item_size);
}

void *deque_at(const struct deque *deque, size_t number)
{
    assert(number >= deque->first && number < deque->end);
    return deque_place(deque, number);
}

void deque_drop(struct deque *deque, size_t number)
{
    assert(number <= deque->end);
    if (number > deque->first)
        deque->first = number;
}
