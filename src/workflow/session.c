/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void session_note(const struct session *session, const char *format, ...)
{
    va_list values;
    char *text;

    if (!session->note)
        return;
    va_start(values, format);
    if (vasprintf(&text, format, values) < 0)
        memory_exhausted(0);
    va_end(values);
    session->note(session->context, text);
    free(text);
}

void session_remarks(const struct session *session,
                     const struct remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        session_note(session, "%s", remarks->text[i]);
}
