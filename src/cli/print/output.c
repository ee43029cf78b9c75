/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/printable.h"

void output_say(const char *format, ...)
{
    va_list values;
    char *text;

    va_start(values, format);
    if (vasprintf(&text, format, values) < 0)
        memory_exhausted(0);
    va_end(values);
    printable_make_lines(text);
    fputs(text, stdout);
    free(text);
}

void output_note(const struct call *call, const char *format, ...)
{
    va_list values;
    char *text;

    if (call->quiet)
        return;
    va_start(values, format);
    if (vasprintf(&text, format, values) < 0)
        memory_exhausted(0);
    va_end(values);
    printable_make(text);
    fprintf(stderr, "%s\n", text);
    free(text);
}

void output_remarks(const struct call *call, const struct remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        output_note(call, "%s", remarks->text[i]);
}

bool output_is_coloured(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
}

int output_finish(struct error *err)
{
    bool failed = ferror(stdout);

    errno = 0;
    if (fflush(stdout) != 0)
        failed = true;
    if (!failed)
        return 0;
    return error_set(err, ERROR_DISK, "standard output: %s",
                     errno ? strerror(errno) : "could not be written");
}
