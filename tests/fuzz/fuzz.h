/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A fuzz target is one file fuzz_NAME.c with fuzz_one(): it gives the bytes to
 * one reader of files, and looks at all that the reader lets through.  It must
 * not crash, hang, leak, or read what is not there, and a refusal must be one
 * sentence.  corpus/NAME/ holds inputs: good files, damaged ones, and what was
 * once found.
 *
 * `meson test` gives each the corpus; fuzz.sh lets libFuzzer search for more
 * (https://llvm.org/docs/LibFuzzer.html).
 */
void fuzz_one(const uint8_t *bytes, size_t length);

/* Called once before: the current folder is a new, empty one. */
void fuzz_begin(void);

/* Writes a file; stops the program if it cannot. */
void fuzz_put(const char *path, const void *bytes, size_t length);

/* Stops the program unless `status` is 0, or -1 with one sentence and the kind
 * of trouble that a user's file can be. */
void fuzz_check(int status, const struct error *err);

/* Reads the bytes, so that a tool that watches memory sees it. */
void fuzz_touch(const void *bytes, size_t length);

/* Stops the program: what must be true is not. */
#define FUZZ_MUST(condition)                                                   \
    do {                                                                       \
        if (!(condition))                                                      \
            fuzz_stop(__FILE__, __LINE__, #condition);                         \
    } while (0)
_Noreturn void fuzz_stop(const char *file, int line, const char *condition);
