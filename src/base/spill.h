/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory that may lie in a file: large arrays that are gone through from one
 * end to the other (hidden states of many rows), which the system can write out
 * where memory is short.  The file has no name, lies in TMPDIR (/tmp), and is
 * gone with the last process that has it mapped; forked ones share it.
 */
struct spill {
    void *at; /* not cleared, aligned to 64 bytes at least */
    size_t bytes;
    bool mapped; /* else it is memory like any other */
};

/* From so many bytes on spill_take() takes a file. */
enum { SPILL_FROM = 1 << 28 };

/* A file if there are many bytes and there is room for one; else memory. */
void spill_take(struct spill *spill, size_t bytes);

/* A file of any size; `at` is NULL if there is no room for one. */
void spill_take_file(struct spill *spill, size_t bytes);

/* It is not needed for now: its pages need not stay in memory. */
void spill_rest(const struct spill *spill);

void spill_release(struct spill *spill); /* harmless on a zeroed one */
