/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threads: flows of control with a stack of their own, switched by hand: in
 * assembly on x86-64 and arm64, by ucontext elsewhere (or with KERNEL_UCONTEXT
 * defined).  The modes of the floating-point unit and the signal mask are
 * common to all.  AddressSanitizer, ThreadSanitizer and valgrind are told.
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
#include <sanitizer/common_interface_defs.h>
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
    void *checker;    /* its name in the sanitizer */
    unsigned checked; /* its name in valgrind */
};

static void thread_run(struct sim_thread *thread);
void thread_start(void) __attribute__((visibility("hidden")));

/*
 * Switching is inline assembly that tells the compiler that every register is
 * lost, so that it saves just those it needs.  On the stack stay the frame
 * pointer and the address at which to go on.  No call, no return: the
 * processor's own stack of return addresses stays in step between threads that
 * wait in the same way.
 */
#if defined(KERNEL_UCONTEXT)
/* makecontext() passes ints: the pointer goes in halves. */
static void enter(unsigned high, unsigned low)
{
    thread_run((void *)(uintptr_t)((uint64_t)high << 32 | low));
}
#elif defined(__x86_64__)
__asm__(".text\n.globl thread_start\n.hidden thread_start\n"
        ".type thread_start,@function\n"
        "thread_start:\n  popq %rdi\n  popq %rax\n  call *%rax\n  ud2\n"
        ".size thread_start,.-thread_start\n");

static inline void jump(void **from, void *to)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t" /* the red zone */
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "pushq %%rbp\n\t"
                     "movq %%rsp, (%%rdi)\n\t"
                     "movq %%rsi, %%rsp\n\t"
                     "popq %%rbp\n\t"
                     "popq %%rax\n\t"
                     "jmp *%%rax\n"
                     "1:\tleaq 128(%%rsp), %%rsp"
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
                       "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                       "cc", "memory");
}
#elif defined(__aarch64__)
__asm__(".text\n.globl thread_start\n.hidden thread_start\n"
        ".type thread_start,%function\n"
        "thread_start:\n  ldp x0, x1, [sp], #16\n  blr x1\n  brk #1\n"
        ".size thread_start,.-thread_start\n");

static inline void jump(void **from, void *to)
{
    register void **x0 __asm__("x0") = from;
    register void *x1 __asm__("x1") = to;

    __asm__ volatile("adr x9, 1f\n\t"
                     "stp x29, x9, [sp, #-16]!\n\t"
                     "mov x10, sp\n\t"
                     "str x10, [x0]\n\t"
                     "mov sp, x1\n\t"
                     "ldp x29, x9, [sp], #16\n\t"
                     "br x9\n"
                     "1:"
                     : "+r"(x0), "+r"(x1)
                     :
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
                       "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x19",
                       "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
                       "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6",
                       "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
                       "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",
                       "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31", "cc", "memory");
}
#endif

/* Leaves one that runs for another; `ends`: it is never come back to. */
static ALWAYS_INLINE void change(struct sim_thread *from, struct sim_thread *to,
                                 bool ends)
{
#ifdef KERNEL_ASAN
    __sanitizer_start_switch_fiber(ends ? NULL : &from->checker, to->low,
                                   to->size);
#endif
#ifdef KERNEL_TSAN
    __tsan_switch_to_fiber(to->checker, 0);
#endif
    (void)ends;
#ifdef KERNEL_UCONTEXT
    swapcontext(&from->context, &to->context);
#else
    jump(&from->stack_pointer, to->stack_pointer);
#endif
#ifdef KERNEL_ASAN
    __sanitizer_finish_switch_fiber(from->checker, NULL, NULL);
#endif
}

/* It will call thread_run(thread) when first switched to. */
static void prepare(struct sim_thread *thread)
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
    void *first[] = { NULL, (void *)thread_start, thread, (void *)thread_run };

    /* The stack is empty, and aligned for a call, once these are taken off. */
    thread->stack_pointer = (char *)thread - 16 - sizeof first;
    memcpy(thread->stack_pointer, first, sizeof first);
#endif
    thread->checker = NULL;
    thread->checked = VALGRIND_STACK_REGISTER(thread->low, thread);
#ifdef KERNEL_TSAN
    thread->checker = __tsan_create_fiber(0);
#endif
}

/* Gives up what the checkers know of it; its stack can then be used again. */
static void forget(struct sim_thread *thread)
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
        mprotect(low, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
    thread = (struct sim_thread *)(low + size - colour -
                                   (sizeof *thread + 63) / 64 * 64);
    thread->low = low;
    thread->size = size;
    thread->next = sim->stacks;
    sim->stacks = thread;
    return thread;
}

/* Leaves the stack, for the next process if that is a thread. */
static ALWAYS_INLINE void leave(struct sim_thread *thread, struct sim *sim,
                                bool ends)
{
    struct sim_process *next = kernel_next(sim);

    if (next != NULL && next->thread != NULL) {
        if (next->thread != thread)
            change(thread, next->thread, ends);
    } else {
        sim->handed = next;
        change(thread, sim->main, ends);
    }
}

static void thread_run(struct sim_thread *thread)
{
    struct sim_process *process = thread->process;

#ifdef KERNEL_ASAN
    __sanitizer_finish_switch_fiber(thread->checker, NULL, NULL);
#endif
    process->function(process->module);
    process->state &= ~(uint32_t)PROCESS_RUNNABLE;
    process_end(process);
    thread_drop(thread, true);
}

void thread_make(struct sim_process *process)
{
    struct sim *sim = process->sim;
    struct sim_thread *thread = sim->spare_threads;

    if (thread == NULL || thread->size != sim->stack_size) {
        thread = new_stack(sim);
    } else {
        sim->spare_threads = thread->next_spare;
        forget(thread);
    }
    thread->process = process;
    process->thread = thread;
    process->state |= PROCESS_THREAD;
    prepare(thread);
}

NOINLINE void thread_enter(struct sim_process *process)
{
    change(process->sim->main, process->thread, false);
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

ALWAYS_INLINE void thread_wait(struct sim_process *process)
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
    while (sim->stacks != NULL) {
        struct sim_thread *thread = sim->stacks;

        sim->stacks = thread->next;
        forget(thread);
        munmap(thread->low, thread->size);
    }
}

void sim_set_stack_size(struct sim *sim, size_t bytes)
{
    assert(bytes < SIZE_MAX / 2);
    bytes = (bytes + 63) / 64 * 64;
    sim->stack_size = bytes < STACK_MINIMUM ? STACK_MINIMUM : bytes;
}
