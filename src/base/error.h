/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The user's trouble, told where it is met: one sentence that names the file,
 * the line or byte, what was wrong and what would be right.  A function that
 * can meet it takes `struct error *` last and returns -1 after filling it; its
 * outputs are then untouched or released.  Our own mistakes are asserts.
 *
 * The kind is the exit code that the program ends with (sysexits.h).
 */
enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILED = 1,       /* the check that was asked for failed */
    ERROR_USAGE = 64,       /* a command, option or value is misused */
    ERROR_DATA = 65,        /* a file's content is not what it must be */
    ERROR_NO_INPUT = 66,    /* no such file, or it cannot be opened */
    ERROR_INTERNAL = 70,    /* our fault */
    ERROR_DISK = 74,        /* reading or writing failed */
    ERROR_INTERRUPTED = 130 /* SIGINT or SIGTERM; what is committed stays */
};

struct error {
    enum error_kind kind;
    char text[1000]; /* one sentence, no newline or other control character;
                        longer ones are cut */
};

/* Fills `err` and returns -1, so that `return error_set(...)` reads well. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts words before the text that is there ("plan.json: "); returns -1.  What
 * was interrupted stays as it is: where it happened to be is no trouble. */
int error_prefix(struct error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
