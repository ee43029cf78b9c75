/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef KERNEL_FIBER_H
#define KERNEL_FIBER_H

/*
 * Internal: a flow of control with a stack of its own, switched by hand: in
 * assembly on x86-64 and arm64, by ucontext elsewhere (or with KERNEL_UCONTEXT
 * defined).  The modes of the floating-point unit and the signal mask are
 * common to all.  AddressSanitizer, ThreadSanitizer and valgrind are told.
 */
#include <stddef.h>

#ifndef __has_feature /* clang's way */
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif

#if (!defined(__x86_64__) && !defined(__aarch64__)) || defined(KERNEL_UCONTEXT)
#define FIBER_UCONTEXT 1
#include <ucontext.h>
#endif

struct fiber {
#ifdef FIBER_UCONTEXT
    ucontext_t context;
    void (*entry)(void *argument);
    void *argument;
#else
    void *stack_pointer; /* where it was left */
#endif
    char *low; /* its stack, [size] */
    size_t size;
    void *checker;    /* its name in the sanitizer */
    unsigned checked; /* its name in valgrind */
};

/* Will call entry(argument), which must not return, when first switched to. */
void fiber_make(struct fiber *fiber, char *low, size_t size,
                void (*entry)(void *argument), void *argument);

/* Gives up what the checkers know of it; its stack can then be used again. */
void fiber_drop(struct fiber *fiber);

/* The fiber that the caller runs on, to come back to. */
void fiber_here(struct fiber *fiber);

/* Leaves one that runs for another; `ends`: it is never come back to. */
void fiber_switch(struct fiber *from, struct fiber *to, int ends);

/* To be called first in entry(). */
void fiber_arrive(struct fiber *fiber);

#endif
