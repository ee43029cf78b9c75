/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/remarks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void remarks_add(struct remarks *remarks, const char *format, ...)
{
    char line[1000];
    va_list list;

    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    remarks->text = memory_grow(remarks->text, &remarks->capacity,
                                remarks->count + 1, sizeof *remarks->text);
    remarks->text[remarks->count++] = memory_text(line);
}

void remarks_release(struct remarks *remarks)
{
    for (size_t i = 0; i < remarks->count; i++)
        free(remarks->text[i]);
    free(remarks->text);
    *remarks = (struct remarks){ 0 };
}
