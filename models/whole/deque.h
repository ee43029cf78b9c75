/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Items of one size that are added at one end and dropped at the other.  Each
 * has a number, which it keeps: the first is 0.  What is added may move the
 * others, so pointers to items are good until the next deque_add().
 */
struct deque {
    unsigned char *items; /* item n lies at n % capacity */
    size_t item_size;
    size_t first, end; /* numbers: what is there is first .. end - 1 */
    size_t capacity;   /* a power of two, or 0 */
};

void deque_init(struct deque *deque, size_t item_size);
void deque_release(struct deque *deque);

/* A new item of zeros, number `end` before the call. */
void *deque_add(struct deque *deque);

/* Item `number`, which must be there. */
void *deque_at(const struct deque *deque, size_t number);

/* Drops all items before `number`. */
void deque_drop(struct deque *deque, size_t number);
