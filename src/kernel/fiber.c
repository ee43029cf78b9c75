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

#ifndef FIBER_UCONTEXT
/* Saves the registers, the stack pointer in *from; gets those of `to` back. */
void fiber_jump(void **from, void *to) __attribute__((visibility("hidden")));
void fiber_start(void) __attribute__((visibility("hidden")));
#endif

#if defined(__x86_64__) && !defined(FIBER_UCONTEXT)
/* Going on by jmp instead of ret: a ret would never be predicted. */
__asm__(".text\n"
        ".globl fiber_jump\n.hidden fiber_jump\n"
        ".type fiber_jump,@function\n"
        "fiber_jump:\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n"
        "  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp, (%rdi)\n  movq %rsi, %rsp\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n"
        "  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  popq %rcx\n  jmp *%rcx\n"
        ".size fiber_jump,.-fiber_jump\n"
        ".globl fiber_start\n.hidden fiber_start\n"
        ".type fiber_start,@function\n"
        "fiber_start:\n"
        "  movq %r12, %rdi\n  call *%r13\n  ud2\n"
        ".size fiber_start,.-fiber_start\n");

static void *first_frame(char *top, void (*entry)(void *argument),
                         void *argument)
{
    void **frame = (void **)top - 9; /* so that calls are aligned to 16 */

    memset(frame, 0, 9 * sizeof *frame);
    frame[2] = (void *)entry; /* r13 */
    frame[3] = argument;      /* r12 */
    frame[6] = (void *)fiber_start;
    return frame;
}
#elif defined(__aarch64__) && !defined(FIBER_UCONTEXT)
__asm__(".text\n"
        ".globl fiber_jump\n.hidden fiber_jump\n"
        ".type fiber_jump,%function\n"
        "fiber_jump:\n"
        "  stp x19, x20, [sp, #-160]!\n  stp x21, x22, [sp, #16]\n"
        "  stp x23, x24, [sp, #32]\n  stp x25, x26, [sp, #48]\n"
        "  stp x27, x28, [sp, #64]\n  stp x29, x30, [sp, #80]\n"
        "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n"
        "  stp d12, d13, [sp, #128]\n  stp d14, d15, [sp, #144]\n"
        "  mov x9, sp\n  str x9, [x0]\n  mov sp, x1\n"
        "  ldp x21, x22, [sp, #16]\n  ldp x23, x24, [sp, #32]\n"
        "  ldp x25, x26, [sp, #48]\n  ldp x27, x28, [sp, #64]\n"
        "  ldp x29, x30, [sp, #80]\n  ldp d8, d9, [sp, #96]\n"
        "  ldp d10, d11, [sp, #112]\n  ldp d12, d13, [sp, #128]\n"
        "  ldp d14, d15, [sp, #144]\n  ldp x19, x20, [sp], #160\n"
        "  br x30\n"
        ".size fiber_jump,.-fiber_jump\n"
        ".globl fiber_start\n.hidden fiber_start\n"
        ".type fiber_start,%function\n"
        "fiber_start:\n"
        "  mov x0, x19\n  blr x20\n  brk #1\n"
        ".size fiber_start,.-fiber_start\n");

static void *first_frame(char *top, void (*entry)(void *argument),
                         void *argument)
{
    void **frame = (void **)top - 20;

    memset(frame, 0, 20 * sizeof *frame);
    frame[0] = argument;             /* x19 */
    frame[1] = (void *)entry;        /* x20 */
    frame[11] = (void *)fiber_start; /* x30 */
    return frame;
}
#else
/* makecontext() passes ints: the pointers go in halves. */
static void enter(unsigned f1, unsigned f0, unsigned a1, unsigned a0)
{
    uintptr_t function = (uintptr_t)((uint64_t)f1 << 32 | f0);
    uintptr_t argument = (uintptr_t)((uint64_t)a1 << 32 | a0);

    ((void (*)(void *))function)((void *)argument);
}

static void first_context(ucontext_t *context, char *low, size_t size,
                          void (*entry)(void *argument), void *argument)
{
    uint64_t f = (uintptr_t)entry, a = (uintptr_t)argument;

    getcontext(context);
    context->uc_stack.ss_sp = low;
    context->uc_stack.ss_size = size;
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))enter, 4, (unsigned)(f >> 32),
                (unsigned)f, (unsigned)(a >> 32), (unsigned)a);
}
#endif

void fiber_make(struct fiber *fiber, char *low, size_t size,
                void (*entry)(void *argument), void *argument)
{
#ifdef FIBER_UCONTEXT
    first_context(&fiber->context, low, size, entry, argument);
#else
    fiber->stack_pointer = first_frame(
        (char *)((uintptr_t)(low + size) & ~(uintptr_t)63), entry, argument);
#endif
    fiber->low = low;
    fiber->size = size;
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
    fiber_jump(&from->stack_pointer, to->stack_pointer);
#endif
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(from->checker, NULL, NULL);
#endif
}
