/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives a fuzz target every file of the folders that are named, and each again
 * cut off at several places; speaks TAP. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

enum { CUTS = 16 };

static unsigned count;
static char scratch[] = "/tmp/flexcim-fuzz-XXXXXX";

static void give(const char *path)
{
    struct file_map map;
    struct error err;

    if (file_map(&map, path, &err) < 0) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    for (size_t cut = 1; cut <= CUTS; cut++) {
        /* A copy of just that length: reading past its end is seen. */
        size_t length = map.length * cut / CUTS;
        uint8_t *bytes = memory_new(length + !length, 1);

        memcpy(bytes, map.bytes, length);
        fuzz_one(bytes, length);
        free(bytes);
    }
    file_unmap(&map);
    printf("ok %u - %s\n", ++count, strrchr(path, '/') + 1);
    fflush(stdout);
}

static void give_folder(const char *folder)
{
    struct dirent **entries;
    int found = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < found; i++) {
        char *path = memory_printf("%s/%s", folder, entries[i]->d_name);

        if (entries[i]->d_name[0] != '.')
            give(path);
        free(path);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    char *folder = argc == 2 ? realpath(argv[1], NULL) : NULL;
    char *command;
    int status;

    FUZZ_MUST(folder && mkdtemp(scratch) && chdir(scratch) == 0);
    fuzz_begin();
    give_folder(folder);
    free(folder);
    printf("1..%u\n", count);
    command = memory_printf("rm -rf %s", scratch);
    status = system(command);
    free(command);
    return status == 0 && count > 0 ? 0 : 1;
}
