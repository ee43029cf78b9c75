/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/internal.h"

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

    if (next != NULL && next->thread != NULL) {
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

inline __attribute__((always_inline)) void
thread_wait(struct sim_process *process)
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

void sim_set_stack_size(struct sim *sim, size_t bytes)
{
    size_t page = page_size();

    assert(bytes < SIZE_MAX - page);
    if (bytes < STACK_MINIMUM)
        bytes = STACK_MINIMUM;
    sim->stack_size = (bytes + page - 1) / page * page;
}
