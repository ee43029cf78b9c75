/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file's own bytes may be quoted: none of them may end the line, or speak to
 * the terminal. */
static void tame(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = strchr("\t\n\r", *text) ? ' ' : '?';
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    err->kind = kind;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    tame(err->text);
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    char old[sizeof err->text];
    va_list arguments;
    size_t used;

    memcpy(old, err->text, sizeof old);
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    tame(err->text);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, "%s", old);
    return -1;
}
