/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/process_memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* A line of /proc/self/status, which is in kilobytes. */
static double status_bytes(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    double kilobytes = 0;
    char line[256];

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            sscanf(line + strlen(key), ": %lf", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

double process_memory_now(void)
{
    return status_bytes("VmRSS");
}

double process_memory_most(void)
{
    return status_bytes("VmHWM");
}

void process_memory_forget_most(void)
{
    FILE *file;

    malloc_trim(0);
    file = fopen("/proc/self/clear_refs", "w");
    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}
