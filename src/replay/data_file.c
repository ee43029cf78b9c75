/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a word like `flexcim` or `base` is looked for: in the folders that the
 * environment names, then beside the program (installed, or in a build folder).
 * A word with a slash or an ending is a path.  What is not found is told with
 * the nearest name and the folders that were searched.
 */
#include "replay/data_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"

static const char ending[] = ".yaml";

struct folders {
    char **at;
    size_t count;
    size_t capacity;
};

/* Takes `folder` over. */
static void add_folder(struct folders *folders, char *folder)
{
    folders->at = memory_grow(folders->at, &folders->capacity,
                              folders->count + 1, sizeof *folders->at);
    folders->at[folders->count++] = folder;
}

static void release_folders(struct folders *folders)
{
    for (size_t i = 0; i < folders->count; i++)
        free(folders->at[i]);
    free(folders->at);
}

static void add_from_environment(struct folders *folders)
{
    const char *at = getenv("FLEXCIM_PATH");

    while (at && *at) {
        size_t length = strcspn(at, ":");

        if (length > 0)
            add_folder(folders, memory_printf("%.*s", (int)length, at));
        at += length;
        at += *at == ':';
    }
}

static bool data_file_is_there(const char *folder, const char *name)
{
    char *path = memory_printf("%s/%s", folder, name);
    bool there = access(path, R_OK) == 0;

    free(path);
    return there;
}

/* A dot and then letters to the end: "a.yaml", but not "qwen2.5-3b". */
static bool has_ending(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (!dot || dot[1] == '\0')
        return false;
    while (*++dot) {
        if (!isalpha((unsigned char)*dot))
            return false;
    }
    return true;
}

bool data_is_path(const char *name)
{
    return strchr(name, '/') || has_ending(name);
}

/* The program's own folder, or false. */
static bool program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    char *slash;

    if (length <= 0)
        return false;
    folder[length] = '\0';
    slash = strrchr(folder, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static void add_beside_program(struct folders *folders,
                               const struct data_kind *kind)
{
    char folder[PATH_MAX], *slash;

    if (!program_folder(folder))
        return;
    add_folder(folders, memory_printf("%s/../share/flexcim/%s", folder,
                                      kind->installed));
    while ((slash = strrchr(folder, '/'))) {
        *slash = '\0';
        if (!data_file_is_there(folder, "meson.build") ||
            !data_file_is_there(folder, kind->source))
            continue;
        add_folder(folders, memory_printf("%s/%s", folder, kind->source));
        return;
    }
    /* Built outside of the source tree, and not installed. */
    add_folder(folders, memory_printf("%s/%s", SOURCE_ROOT, kind->source));
}

static void find_folders(struct folders *folders, const struct data_kind *kind)
{
    *folders = (struct folders){ 0 };
    add_from_environment(folders);
    add_beside_program(folders, kind);
}

static int data_file_compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void data_file_add_names(struct folders *names, const char *folder)
{
    DIR *open = opendir(folder);
    struct dirent *entry;

    if (!open && errno == ENOMEM) /* a folder that is not there has none */
        memory_exhausted(0);
    while (open && (entry = readdir(open))) {
        size_t length = strlen(entry->d_name), tail = sizeof ending - 1;

        if (length > tail && strcmp(entry->d_name + length - tail, ending) == 0)
            add_folder(names, memory_printf("%.*s", (int)(length - tail),
                                            entry->d_name));
    }
    if (open)
        closedir(open);
}

size_t data_names(const struct data_kind *kind, char ***names)
{
    struct folders folders, found = { 0 };
    size_t kept = 0;

    find_folders(&folders, kind);
    for (size_t i = 0; i < folders.count; i++)
        data_file_add_names(&found, folders.at[i]);
    release_folders(&folders);
    if (found.count > 0)
        qsort(found.at, found.count, sizeof *found.at, data_file_compare_names);
    for (size_t i = 0; i < found.count; i++) {
        if (kept > 0 && strcmp(found.at[kept - 1], found.at[i]) == 0)
            free(found.at[i]);
        else
            found.at[kept++] = found.at[i];
    }
    *names = found.at;
    return kept;
}

static void tell_where(const struct data_kind *kind, const char *name,
                       struct error *err)
{
    struct folders folders;
    struct text words;

    find_folders(&folders, kind);
    text_init(&words);
    for (size_t i = 0; i < folders.count; i++)
        text_addf(&words, "%s%s", i ? ", " : "", folders.at[i]);
    error_set(err, ERROR_NO_INPUT,
              "no %s is called %s (a path has a / or an ending; sought in %s)",
              kind->word, name, words.at);
    text_release(&words);
    release_folders(&folders);
}

static int no_such_name(const struct data_kind *kind, const char *name,
                        struct error *err)
{
    char **names;
    size_t count = data_names(kind, &names);
    const char *nearest = nearest_name(name, (const char *const *)names, count);

    if (nearest)
        error_set(err, ERROR_NO_INPUT, "no %s is called %s; did you mean %s?",
                  kind->word, name, nearest);
    else
        tell_where(kind, name, err);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return -1;
}

/* NULL: in none of the folders. */
static char *data_file_find(const struct data_kind *kind, const char *name)
{
    struct folders folders;
    char *path = NULL;

    find_folders(&folders, kind);
    for (size_t i = 0; !path && i < folders.count; i++) {
        path = memory_printf("%s/%s%s", folders.at[i], name, ending);
        if (access(path, R_OK) == 0)
            break;
        free(path);
        path = NULL;
    }
    release_folders(&folders);
    return path;
}

/* `flexcim.yaml`, which is no file here: the one that is shipped has no ending.
 * 0 and nothing said if it may be a file. */
static int check_no_ending(const struct data_kind *kind, const char *name,
                           struct error *err)
{
    char *word, *path;
    int status = 0;

    if (strchr(name, '/') || access(name, F_OK) == 0)
        return 0;
    word = data_name(name);
    path = data_file_find(kind, word);
    if (path)
        status = error_set(err, ERROR_NO_INPUT,
                           "%s: No such file or directory; the %s that comes "
                           "with flexcim is called %s",
                           name, kind->word, word);
    free(path);
    free(word);
    return status;
}

char *data_path(const struct data_kind *kind, const char *name,
                struct error *err)
{
    char *path;

    if (data_is_path(name))
        return check_no_ending(kind, name, err) < 0 ? NULL : memory_text(name);
    path = data_file_find(kind, name);
    if (!path)
        no_such_name(kind, name, err);
    return path;
}

char *data_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;

    if (!has_ending(from))
        return memory_text(from);
    return memory_printf("%.*s", (int)(strrchr(from, '.') - from), from);
}
