/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"

struct loop {
    parallel_work work;
    void *context;
    size_t items;
    atomic_size_t next;
};

struct thread {
    struct loop *loop;
    unsigned worker;
    pthread_t id;
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
    struct thread *thread = argument;
    struct loop *loop = thread->loop;
    size_t item;

    while ((item = atomic_fetch_add(&loop->next, 1)) < loop->items)
        loop->work(loop->context, item, thread->worker);
    return NULL;
}

void parallel_for(unsigned workers, size_t items, parallel_work work,
                  void *context)
{
    struct loop loop = { .work = work, .context = context, .items = items };
    struct thread *threads;
    unsigned started = 1;

    if (workers == 0)
        workers = parallel_processors();
    threads = memory_new(workers, sizeof *threads);
    for (unsigned i = 0; i < workers; i++)
        threads[i] = (struct thread){ .loop = &loop, .worker = i };
    while (started < workers && started < items &&
           pthread_create(&threads[started].id, NULL, work_on,
                          &threads[started]) == 0)
        started++;
    work_on(&threads[0]); /* this thread is worker 0 */
    for (unsigned i = 1; i < started; i++)
        pthread_join(threads[i].id, NULL);
    free(threads);
}
