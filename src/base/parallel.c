/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"

struct farm {
    parallel_work work;
    void *context;
    size_t items;
    atomic_size_t next;
};

struct hand {
    struct farm *farm;
    unsigned worker;
    pthread_t thread;
};

unsigned parallel_processors(void)
{
    cpu_set_t allowed;
    int count = 0;

    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        count = CPU_COUNT(&allowed);
    return count > 0 ? (unsigned)count : 1;
}

static void *work_on(void *argument)
{
    struct hand *hand = argument;
    struct farm *farm = hand->farm;
    size_t item;

    while ((item = atomic_fetch_add(&farm->next, 1)) < farm->items)
        farm->work(farm->context, item, hand->worker);
    return NULL;
}

void parallel_for(unsigned workers, size_t items, parallel_work work,
                  void *context)
{
    struct farm farm = { .work = work, .context = context, .items = items };
    struct hand *hands;
    unsigned started = 1;

    if (workers == 0)
        workers = parallel_processors();
    hands = memory_new(workers, sizeof *hands);
    for (unsigned i = 0; i < workers; i++)
        hands[i] = (struct hand){ .farm = &farm, .worker = i };
    while (started < workers && started < items &&
           pthread_create(&hands[started].thread, NULL, work_on,
                          &hands[started]) == 0)
        started++;
    work_on(&hands[0]); /* this thread is worker 0 */
    for (unsigned i = 1; i < started; i++)
        pthread_join(hands[i].thread, NULL);
    free(hands);
}
