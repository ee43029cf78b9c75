/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/fiber.h"

#include <stdint.h>
#include <string.h>

#ifdef FIBER_ASAN
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if defined(KERNEL_VALGRIND)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      (void)(id)
#endif

/*
 * Switching is inline assembly that tells the compiler that every register is
 * lost, so that it saves just those it needs.  On the stack stay the frame
 * pointer and the address at which to go on.  No call, no return: the
 * processor's own stack of return addresses stays in step between threads that
 * wait in the same way.
 */
#if defined(FIBER_UCONTEXT)
#elif defined(__x86_64__)
void fiber_start(void) __attribute__((visibility("hidden")));
__asm__(".text\n.globl fiber_start\n.hidden fiber_start\n"
        ".type fiber_start,@function\n"
        "fiber_start:\n  popq %rdi\n  popq %rax\n  call *%rax\n  ud2\n"
        ".size fiber_start,.-fiber_start\n");

#define FIRST_FRAME(entry, argument)                                           \
    {                                                                          \
        (void *)fiber_start, argument, (void *)entry                           \
    }

static inline void jump(void **from, void *to)
{
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\t" /* the red zone */
                     "pushq %%rbp\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "movq %%rsp, (%%rdi)\n\t"
                     "movq %%rsi, %%rsp\n\t"
                     "popq %%rax\n\t"
                     "jmp *%%rax\n"
                     "1:\tpopq %%rbp\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
                       "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                       "cc", "memory");
}
#elif defined(__aarch64__)
void fiber_start(void) __attribute__((visibility("hidden")));
__asm__(".text\n.globl fiber_start\n.hidden fiber_start\n"
        ".type fiber_start,%function\n"
        "fiber_start:\n  ldp x0, x1, [sp], #16\n  blr x1\n  brk #1\n"
        ".size fiber_start,.-fiber_start\n");

#define FIRST_FRAME(entry, argument)                                           \
    {                                                                          \
        NULL, (void *)fiber_start, argument, (void *)entry                     \
    }

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

#ifdef FIBER_UCONTEXT
/* makecontext() passes ints: the pointer goes in halves. */
static void enter(unsigned high, unsigned low)
{
    struct fiber *fiber = (void *)(uintptr_t)((uint64_t)high << 32 | low);

    fiber->entry(fiber->argument);
}

static void first_context(struct fiber *fiber, void (*entry)(void *argument),
                          void *argument)
{
    uint64_t self = (uintptr_t)fiber;

    fiber->entry = entry;
    fiber->argument = argument;
    getcontext(&fiber->context);
    fiber->context.uc_stack.ss_sp = fiber->low;
    fiber->context.uc_stack.ss_size = fiber->size;
    fiber->context.uc_link = NULL;
    makecontext(&fiber->context, (void (*)(void))enter, 2,
                (unsigned)(self >> 32), (unsigned)self);
}
#endif

void fiber_make(struct fiber *fiber, char *low, size_t size,
                void (*entry)(void *argument), void *argument)
{
#ifndef FIBER_UCONTEXT
    void *first[] = FIRST_FRAME(entry, argument);
    char *top = (char *)((uintptr_t)(low + size) & ~(uintptr_t)15);

    /* The stack is empty, and aligned for a call, once these are taken off. */
    memcpy(top - 16 - sizeof first, first, sizeof first);
    fiber->stack_pointer = top - 16 - sizeof first;
#endif
    fiber->low = low;
    fiber->size = size;
#ifdef FIBER_UCONTEXT
    first_context(fiber, entry, argument);
#endif
    fiber->checker = NULL;
    fiber->checked = VALGRIND_STACK_REGISTER(low, low + size);
#ifdef FIBER_TSAN
    fiber->checker = __tsan_create_fiber(0);
#endif
}

void fiber_drop(struct fiber *fiber)
{
    VALGRIND_STACK_DEREGISTER(fiber->checked);
#ifdef FIBER_TSAN
    __tsan_destroy_fiber(fiber->checker);
#endif
}

void fiber_here(struct fiber *fiber)
{
#ifdef FIBER_ASAN
    pthread_attr_t attributes;
    void *low;

    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &fiber->size);
    pthread_attr_destroy(&attributes);
    fiber->low = low;
#endif
#ifdef FIBER_TSAN
    fiber->checker = __tsan_get_current_fiber();
#endif
    (void)fiber;
}

void fiber_arrive(struct fiber *fiber)
{
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(fiber->checker, NULL, NULL);
#endif
    (void)fiber;
}

void fiber_switch(struct fiber *from, struct fiber *to, int ends)
{
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(ends ? NULL : &from->checker, to->low,
                                   to->size);
#endif
#ifdef FIBER_TSAN
    __tsan_switch_to_fiber(to->checker, 0);
#endif
    (void)ends;
#ifdef FIBER_UCONTEXT
    swapcontext(&from->context, &to->context);
#else
    jump(&from->stack_pointer, to->stack_pointer);
#endif
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(from->checker, NULL, NULL);
#endif
}
