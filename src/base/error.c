/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/printable.h"

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;

    err->kind = kind;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    printable_make(err->text);
    return -1;
}

int error_prefix(struct error *err, const char *format, ...)
{
    char old[sizeof err->text];
    va_list arguments;
    size_t used;

    if (err->kind == ERROR_INTERRUPTED)
        return -1;
    memcpy(old, err->text, sizeof old);
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    printable_make(err->text);
    used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, "%s", old);
    return -1;
}
