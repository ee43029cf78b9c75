/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_stop(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
    abort();
}

void fuzz_put(const char *path, const void *bytes, size_t length)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_MUST(file >= 0 && write(file, bytes, length) == (ssize_t)length);
    close(file);
}

void fuzz_check(int status, const struct error *err)
{
    FUZZ_MUST(status == 0 || status == -1);
    if (status == 0)
        return;
    FUZZ_MUST(err->kind == ERROR_DATA || err->kind == ERROR_NO_INPUT ||
              err->kind == ERROR_USAGE);
    FUZZ_MUST(memchr(err->text, 0, sizeof err->text));
    FUZZ_MUST(strlen(err->text) > 10 && !strpbrk(err->text, "\n\r\x1b"));
}

void fuzz_touch(const void *bytes, size_t length)
{
    static volatile uint8_t all;
    const uint8_t *at = bytes;

    for (size_t i = 0; i < length; i++)
        all = (uint8_t)(all ^ at[i]);
}
