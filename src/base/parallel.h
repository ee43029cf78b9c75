/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

/*
 * Calls work(context, item, worker) for every item 0 .. items-1, on `workers`
 * threads (0: one a processor).  Items are handed out in order, one at a time;
 * `worker` is 0 .. workers-1 and names a place for scratch memory.  A result
 * must depend on its item alone, so that any number of workers gives the same
 * bits: sums over items are made afterwards, in item order.
 */
typedef void (*parallel_work)(void *context, size_t item, unsigned worker);

void parallel_for(unsigned workers, size_t items, parallel_work work,
                  void *context);

unsigned parallel_processors(void); /* that this process may use, at least 1 */
