/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads: stacks of their own, switched in assembly on x86-64 and arm64, by
 * ucontext elsewhere (or with KERNEL_UCONTEXT).  The modes of the
 * floating-point unit and the signal mask are common to all.  The checkers are
 * told.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/internal.h"

#ifndef __has_feature /* clang's way */
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define KERNEL_ASAN 1
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#elif defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define KERNEL_TSAN 1
#include <sanitizer/tsan_interface.h>
#endif
#ifdef KERNEL_VALGRIND
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      (void)(id)
#endif
#if (!defined(__x86_64__) && !defined(__aarch64__)) && !defined(KERNEL_UCONTEXT)
#define KERNEL_UCONTEXT 1
#endif
#ifdef KERNEL_UCONTEXT
#include <ucontext.h>
#endif

#define GUARDED       8192 /* two mappings a stack, and Linux allows 65530 */
#define COLOURS       31   /* stack tops lie in different sets of the cache */
#define STACK_MINIMUM 16384

/* Lies at the top of its stack; one more is the stack of who runs the sim. */
struct sim_thread {
#ifdef KERNEL_UCONTEXT
    ucontext_t context;
#else
    void *stack_pointer; /* where it was left */
#endif
    struct sim_process *process;
    struct sim_thread *next;       /* of all */
    struct sim_thread *next_spare; /* of those that can be used again */
    char *low;                     /* its stack, [size] */
    size_t size;
    bool result;      /* of the switch that left it, where C carries it */
    void *checker;    /* its name in the sanitizer */
    unsigned checked; /* its name in valgrind */
};

static void thread_run(struct sim_thread *thread);
void thread_start(void) __attribute__((visibility("hidden")));
bool thread_switch(void **from, void *to, bool result)
    __attribute__((visibility("hidden")));

/*
 * thread_switch(from, to, result): leaves the stack that runs, saves where in
 * *from, and goes on at `to`, where the call of thread_switch() that left it is
 * `result`.  It goes on by a jump: a return is predicted to go to the caller of
 * the thread that left.  So it should be the last call of functions.
 */
#if defined(KERNEL_UCONTEXT)
/* makecontext() passes ints: the pointer goes in halves. */
static void enter(unsigned high, unsigned low)
{
    thread_run((void *)(uintptr_t)((uint64_t)high << 32 | low));
}
#elif defined(__x86_64__)
#define FRAME 7 /* words that thread_switch() takes off a stack */
#define START 6 /* which of them says where to go on */
__asm__(".text\n.globl thread_switch, thread_start\n"
        ".hidden thread_switch, thread_start\n"
        ".type thread_switch,@function\n"
        ".type thread_start,@function\n"
        "thread_switch:\n  pushq %rbp\n  pushq %rbx\n  pushq %r12\n"
        "  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n"
        "  popq %rbx\n  popq %rbp\n  popq %rcx\n"
        "  movl %edx, %eax\n  jmp *%rcx\n"
        ".size thread_switch,.-thread_switch\n"
        "thread_start:\n  popq %rdi\n  popq %rax\n  call *%rax\n  ud2\n"
        ".size thread_start,.-thread_start\n");
#elif defined(__aarch64__)
#define FRAME 20
#define START 1
__asm__(".text\n.globl thread_switch, thread_start\n"
        ".hidden thread_switch, thread_start\n"
        ".type thread_switch,%function\n"
        ".type thread_start,%function\n"
        "thread_switch:\n  stp x29, x30, [sp, #-160]!\n"
        "  stp x19, x20, [sp, #16]\n  stp x21, x22, [sp, #32]\n"
        "  stp x23, x24, [sp, #48]\n  stp x25, x26, [sp, #64]\n"
        "  stp x27, x28, [sp, #80]\n  stp d8, d9, [sp, #96]\n"
        "  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n"
        "  stp d14, d15, [sp, #144]\n  mov x9, sp\n  str x9, [x0]\n"
        "  mov sp, x1\n  ldp x19, x20, [sp, #16]\n"
        "  ldp x21, x22, [sp, #32]\n  ldp x23, x24, [sp, #48]\n"
        "  ldp x25, x26, [sp, #64]\n  ldp x27, x28, [sp, #80]\n"
        "  ldp d8, d9, [sp, #96]\n  ldp d10, d11, [sp, #112]\n"
        "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n"
        "  ldp x29, x9, [sp], #160\n  mov w0, w2\n  br x9\n"
        ".size thread_switch,.-thread_switch\n"
        "thread_start:\n  ldp x0, x1, [sp], #16\n  blr x1\n  brk #1\n"
        ".size thread_start,.-thread_start\n");
#endif

/* Leaves one that runs for another, to which this comes back with `result`;
 * `ends`: it is never come back to. */
static ALWAYS_INLINE bool change(struct sim_thread *from, struct sim_thread *to,
                                 bool result, bool ends)
{
#ifdef KERNEL_ASAN
    __sanitizer_start_switch_fiber(ends ? NULL : &from->checker, to->low,
                                   to->size);
#endif
#ifdef KERNEL_TSAN
    __tsan_switch_to_fiber(to->checker, 0);
#endif
    (void)ends;
#if !defined(KERNEL_UCONTEXT) && !defined(KERNEL_ASAN)
    return thread_switch(&from->stack_pointer, to->stack_pointer, result);
#else
    to->result = result;
#ifdef KERNEL_UCONTEXT
    swapcontext(&from->context, &to->context);
#else
    thread_switch(&from->stack_pointer, to->stack_pointer, result);
#endif
#ifdef KERNEL_ASAN
    __sanitizer_finish_switch_fiber(from->checker, NULL, NULL);
#endif
    return from->result;
#endif
}

/* It will call thread_run(thread) when first switched to. */
static void thread_prepare(struct sim_thread *thread)
{
#ifdef KERNEL_UCONTEXT
    uint64_t self = (uintptr_t)thread;

    getcontext(&thread->context);
    thread->context.uc_stack.ss_sp = thread->low;
    thread->context.uc_stack.ss_size = (size_t)((char *)thread - thread->low);
    thread->context.uc_link = NULL;
    makecontext(&thread->context, (void (*)(void))enter, 2,
                (unsigned)(self >> 32), (unsigned)self);
#else
    void *first[FRAME + 2] = {
        [START] = (void *)thread_start, [FRAME] = thread, (void *)thread_run
    };

    /* The stack is empty, and aligned for a call, once these are taken off. */
    thread->stack_pointer = (char *)thread - 16 - sizeof first;
    memcpy(thread->stack_pointer, first, sizeof first);
#endif
#ifdef KERNEL_ASAN /* frames that were dropped have left their marks */
    __asan_unpoison_memory_region(thread->low,
                                  (size_t)((char *)thread - thread->low));
#endif
    thread->checker = NULL;
    thread->checked = VALGRIND_STACK_REGISTER(thread->low, thread);
#ifdef KERNEL_TSAN
    thread->checker = __tsan_create_fiber(0);
#endif
}

/* Gives up what the checkers know of it; its stack can then be used again. */
static void thread_forget(struct sim_thread *thread)
{
    VALGRIND_STACK_DEREGISTER(thread->checked);
#ifdef KERNEL_TSAN
    __tsan_destroy_fiber(thread->checker);
#endif
}

void thread_here(struct sim *sim)
{
    if (sim->main == NULL)
        sim->main = sim_alloc(sim, sizeof *sim->main);
#ifdef KERNEL_ASAN
    pthread_attr_t attributes;
    void *low;

    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &sim->main->size);
    pthread_attr_destroy(&attributes);
    sim->main->low = low;
#endif
#ifdef KERNEL_TSAN
    sim->main->checker = __tsan_get_current_fiber();
#endif
}

/* Neighbours without a guard are one mapping to the operating system. */
static struct sim_thread *new_stack(struct sim *sim, size_t size)
{
    size_t colour = sim->threads % COLOURS * 64;
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
        mprotect(low, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    thread = (struct sim_thread *)(low + size - colour -
                                   (sizeof *thread + 63) / 64 * 64);
    thread->low = low;
    thread->size = size;
    thread->next = sim->stacks;
    sim->stacks = thread;
    return thread;
}

/* Leaves the stack for a thread that is told to leave, or has lost its own. */
static RARE bool tell(struct sim_thread *thread, struct sim_process *next,
                      bool ends)
{
    process_leave(next);
    return next->thread != thread && change(thread, next->thread, false, ends);
}

/* Leaves the stack, for the next process if that is a thread. */
static ALWAYS_INLINE bool leave(struct sim_thread *thread, struct sim *sim,
                                bool ends)
{
    struct sim_process *next = kernel_next(sim);
    struct sim_thread *to;

    if (likely(next != NULL && next->thread != NULL)) {
        if (unlikely(next->state & PROCESS_TELL))
            return tell(thread, next, ends);
        to = next->thread;
        if (to == thread)
            return true;
    } else {
        sim->handed = next;
        to = unlikely(sim->nesting != NULL) ? sim->nesting->stack : sim->main;
    }
    return change(thread, to, true, ends);
}

static void thread_run(struct sim_thread *thread)
{
    struct sim_process *process = thread->process;

#ifdef KERNEL_ASAN
    __sanitizer_finish_switch_fiber(thread->checker, NULL, NULL);
#endif
    if (process->thread != thread) { /* a method, to which it is lent */
        process_run_method(process);
        process->state &= ~(uint32_t)PROCESS_NESTED;
        thread_drop(thread, THREAD_ENDS);
    }
    do {
        process_begin(process);
        process->function(process->module);
    } while (process->state & PROCESS_RESET);
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    process_end(process);
    thread_drop(thread, THREAD_ENDS);
}

/* A stack that was used before, or a new one. */
static struct sim_thread *thread_take(struct sim_process *process, size_t size)
{
    struct sim *sim = process->sim;
    struct sim_thread **link = &sim->spare_threads, *thread;

    while (*link != NULL && (*link)->size != size)
        link = &(*link)->next_spare;
    thread = *link;
    if (thread == NULL) {
        thread = new_stack(sim, size);
    } else {
        *link = thread->next_spare;
        thread_forget(thread);
    }
    thread->process = process;
    thread_prepare(thread);
    return thread;
}

void thread_make(struct sim_process *process)
{
    struct sim_thread *before = process->thread;

    process->thread = thread_take(
        process, before == NULL ? process->sim->stack_size : before->size);
    process->state |= PROCESS_THREAD;
}

RARE bool thread_lend(struct sim_thread *from, struct sim_process *method)
{
    struct sim *sim = method->sim;

    sim->method_stack = thread_take(method, sim->stack_size);
    return change(from, sim->method_stack, true, false);
}

NOINLINE bool thread_enter(struct sim_thread *from, struct sim_process *process)
{
    if (unlikely(process->state & PROCESS_TELL))
        return tell(from, process, false);
    return change(from, process->thread, true, false);
}

void thread_drop(struct sim_thread *thread, enum thread_drop drop)
{
    struct sim *sim = thread->process->sim;

    if (sim->left != NULL) {
        sim->left->next_spare = sim->spare_threads;
        sim->spare_threads = sim->left;
    }
    sim->left = thread;
    if (drop == THREAD_WAITED)
        return;
    if (drop == THREAD_RESTARTS)
        change(thread, thread->process->thread, true, true);
    else
        leave(thread, sim, true);
    abort(); /* nobody comes back */
}

ALWAYS_INLINE bool thread_wait(struct sim_process *process)
{
    if (unlikely(process->state & PROCESS_LEAVES))
        return process_stays(process);
    process->state &= ~(uint32_t)(PROCESS_RUNNABLE | PROCESS_THROWN);
    return leave(process->thread, process->sim, false);
}

void thread_free_all(struct sim *sim)
{
    if (sim->main != NULL)
        thread_here(sim);
    for (uint32_t id = 0; id < sim->objects_count; id++) {
        struct sim_process *process = sim->objects[id].object;

        if (sim->objects[id].kind != SIM_KIND_THREAD || sim_has_ended(process))
            continue;
        if (process->cleanup != NULL)
            process->cleanup(process->module);
        else if (process->state & PROCESS_STARTED)
            process_kill(process);
    }
    while (sim->stacks != NULL) {
        struct sim_thread *thread = sim->stacks;

        sim->stacks = thread->next;
        thread_forget(thread);
        munmap(thread->low, thread->size);
    }
}

void sim_set_stack_size(struct sim *sim, size_t bytes)
{
    assert(bytes < SIZE_MAX / 2);
    bytes = (bytes + 63) / 64 * 64;
    sim->stack_size = bytes < STACK_MINIMUM ? STACK_MINIMUM : bytes;
}

void sim_thread_set_stack_size(struct sim_process *process, size_t bytes)
{
    struct sim *sim = process->sim;
    struct sim_thread *unused = process->thread;
    size_t usual = sim->stack_size;

    assert(unused != NULL && (process->state & PROCESS_STARTED) == 0);
    sim_set_stack_size(sim, bytes);
    process->thread = NULL;
    thread_make(process);
    sim->stack_size = usual;
    thread_drop(unused, THREAD_WAITED);
}
