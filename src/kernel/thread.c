/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/internal.h"
#include "kernel/fifo.h"

#define GUARDED       8192 /* two mappings a stack, and Linux allows 65530 */
#define COLOURS       31   /* stack tops lie in different sets of the cache */
#define STACK_MINIMUM 16384

/* Lies at the top of its stack. */
struct sim_thread {
    struct fiber fiber;
    struct sim_process *process;
    struct sim_thread *next;       /* of all */
    struct sim_thread *next_spare; /* of those that can be used again */
    char *low;
    size_t size;
};

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Neighbours without a guard are one mapping to the operating system. */
static struct sim_thread *new_stack(struct sim *sim)
{
    size_t size = sim->stack_size, colour = sim->threads % COLOURS * 64;
    struct sim_thread *thread;
    char *low =
        mmap(NULL, size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (low == MAP_FAILED) {
        sim_report(sim, SIM_FATAL, SIM_E_NO_MEMORY,
                   "no memory for a stack of %zu bytes", size);
        abort();
    }
    if (sim->threads++ < GUARDED)
        mprotect(low, page_size(), PROT_NONE);
    thread = (struct sim_thread *)(low + size - colour -
                                   (sizeof *thread + 63) / 64 * 64);
    thread->low = low;
    thread->size = size;
    thread->next = sim->stacks;
    sim->stacks = thread;
    return thread;
}

static struct sim_thread *new_thread(struct sim *sim)
{
    struct sim_thread *thread = sim->spare_threads;

    if (thread == NULL || thread->size != sim->stack_size)
        return new_stack(sim);
    sim->spare_threads = thread->next_spare;
    fiber_drop(&thread->fiber);
    return thread;
}

/* Leaves the stack, for the next process if that is a thread. */
static inline __attribute__((always_inline)) void
leave(struct sim_thread *thread, struct sim *sim, bool ends)
{
    struct sim_process *next = kernel_next(sim);

    if (next != NULL && (next->state & PROCESS_THREAD)) {
        if (next->thread != thread)
            fiber_switch(&thread->fiber, &next->thread->fiber, ends);
    } else {
        sim->handed = next;
        fiber_switch(&thread->fiber, &sim->main, ends);
    }
}

static void thread_run(void *argument)
{
    struct sim_thread *thread = argument;
    struct sim_process *process = thread->process;

    fiber_arrive(&thread->fiber);
    process->function(process->module);
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    process_end(process);
    thread_drop(thread, true);
}

void thread_make(struct sim_process *process)
{
    struct sim_thread *thread = new_thread(process->sim);

    thread->process = process;
    process->thread = thread;
    process->state |= PROCESS_THREAD;
    fiber_make(&thread->fiber, thread->low,
               (size_t)((char *)thread - thread->low), thread_run, thread);
}

__attribute__((noinline)) void thread_enter(struct sim_process *process)
{
    fiber_switch(&process->sim->main, &process->thread->fiber, false);
}

void thread_drop(struct sim_thread *thread, bool running)
{
    struct sim *sim = thread->process->sim;

    thread->next_spare = sim->spare_threads;
    sim->spare_threads = thread;
    if (running) {
        leave(thread, sim, true);
        abort(); /* nobody comes back */
    }
}

void thread_wait(struct sim_process *process)
{
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    leave(process->thread, process->sim, false);
}

void thread_free_all(struct sim *sim)
{
    for (uint32_t id = 0; id < sim->objects_count; id++) {
        struct sim_process *process = sim->objects[id].object;

        if (sim->objects[id].kind == SIM_KIND_THREAD &&
            !sim_has_ended(process) && process->cleanup != NULL)
            process->cleanup(process->module);
    }
    for (struct sim_thread *thread = sim->stacks, *next; thread != NULL;
         thread = next) {
        next = thread->next;
        fiber_drop(&thread->fiber);
        munmap(thread->low, thread->size);
    }
}

void sim_thread_init(struct sim_process *process, struct sim *sim,
                     const char *name, sim_function function, void *module)
{
    process_init(process, sim, SIM_KIND_THREAD, name, function, module);
}

void sim_set_stack_size(struct sim *sim, size_t bytes)
{
    size_t page = page_size();

    assert(bytes < SIZE_MAX - page);
    if (bytes < STACK_MINIMUM)
        bytes = STACK_MINIMUM;
    sim->stack_size = (bytes + page - 1) / page * page;
}

/* The running thread, or NULL: reported. */
static inline struct sim_process *begin_wait(struct sim *sim)
{
    struct sim_process *process = sim->current;

    if (likely(process != NULL && (process->state & PROCESS_THREAD)))
        return process;
    sim_report(sim, SIM_ERROR, SIM_E_WAIT_IN_METHOD, "only a thread can wait");
    return NULL;
}

bool sim_wait(struct sim *sim)
{
    return sim_wait_count(sim, 1);
}

bool sim_wait_count(struct sim *sim, unsigned n)
{
    struct sim_process *process = begin_wait(sim);

    if (process == NULL)
        return false;
    assert(n > 0);
    process->state &= ~(uint32_t)PROCESS_TIMED_OUT;
    if (n > 1) {
        process->wait_left = n;
        process->state |= PROCESS_COUNTING;
    }
    thread_wait(process);
    return true;
}

/*
 * Inline, as are the functions down to the switch: a return to another function
 * than the last thread's is mispredicted, so there should be few of them.
 */
static inline __attribute__((always_inline)) bool
wait_event(struct sim *sim, struct sim_event *event)
{
    struct sim_process *process = begin_wait(sim);

    if (process == NULL)
        return false;
    process_wait_event(process, event);
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    leave(process->thread, sim, false);
    return true;
}

bool sim_wait_event(struct sim *sim, struct sim_event *event)
{
    return wait_event(sim, event);
}

bool sim_wait_for(struct sim *sim, sim_time delay)
{
    struct sim_process *process = begin_wait(sim);

    if (process == NULL)
        return false;
    process->state |= PROCESS_DYNAMIC;
    sim_notify_after(&process->timeout, delay);
    thread_wait(process);
    return true;
}

static bool wait_events(struct sim *sim, struct sim_event *const *events,
                        unsigned count, bool all, sim_time delay)
{
    struct sim_process *process = begin_wait(sim);

    if (process == NULL)
        return false;
    process_wait_events(process, events, count, all, delay);
    thread_wait(process);
    return (process->state & PROCESS_TIMED_OUT) == 0;
}

bool sim_wait_any(struct sim *sim, struct sim_event *const *events,
                  unsigned count, sim_time delay)
{
    return wait_events(sim, events, count, false, delay);
}

bool sim_wait_all(struct sim *sim, struct sim_event *const *events,
                  unsigned count, sim_time delay)
{
    return wait_events(sim, events, count, true, delay);
}

bool sim_fifo_wait_put(struct sim_fifo *fifo, const void *item)
{
    while (!sim_fifo_can_put(fifo)) {
        if (!wait_event(fifo->channel.sim, &fifo->data_read))
            return false;
    }
    sim_fifo_put(fifo, item);
    return true;
}

bool sim_fifo_wait_get(struct sim_fifo *fifo, void *item)
{
    while (!sim_fifo_can_get(fifo)) {
        if (!wait_event(fifo->channel.sim, &fifo->data_written))
            return false;
    }
    sim_fifo_get(fifo, item);
    return true;
}
