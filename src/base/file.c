/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files in and out.
 *
 * What is read is mapped, and remembered by device and inode (opened.h); what
 * is written is refused where it would replace one of those.  It is written
 * beside its place under another name, synced, and renamed: so whoever looks
 * sees the old file or the whole new one, and no power cut leaves half of
 * either.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/mapping.h"
#include "base/memory.h"
#include "base/opened.h"

/* What a temporary name is longer than the name. */
enum { TEMPORARY = 7 + sizeof LEFTOVER_END - 1 };

static const uint8_t nothing[1];

static int open_regular(const char *path, struct stat *info, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (descriptor < 0)
        return error_set(err, ERROR_NO_INPUT, "%s: %s", path, strerror(errno));
    if (fstat(descriptor, info) == 0 && S_ISREG(info->st_mode)) {
        opened_add(info, path);
        return descriptor;
    }
    close(descriptor);
    return error_set(err, ERROR_NO_INPUT,
                     "%s: is not a regular file; a file was expected", path);
}

/* ---- pointers of git-lfs --------------------------------------------------
 */

/* Where git-lfs was not asked for the content of a file, git leaves a text of
 * three lines under its name, which begins so. */
static const char pointer_words[] = "version https://git-lfs.github.com/spec/";
enum { POINTER_WORDS = sizeof pointer_words - 1 };

static int refuse_pointer(const char *path, struct error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: is a git-lfs pointer in place of the file; `git lfs "
                     "pull` in its repository fetches the file",
                     path);
}

int file_check_pointer(const char *path, struct error *err)
{
    char head[POINTER_WORDS];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is;

    if (descriptor < 0)
        return 0;
    is = read(descriptor, head, sizeof head) == (ssize_t)sizeof head &&
         memcmp(head, pointer_words, sizeof head) == 0;
    close(descriptor);
    return is ? refuse_pointer(path, err) : 0;
}

/* ---- what is read -------------------------------------------------------- */

int file_map(struct file_map *map, const char *path, struct error *err)
{
    struct stat info;
    int descriptor = open_regular(path, &info, err);
    void *bytes;

    if (descriptor < 0)
        return -1;
    *map = (struct file_map){ nothing, 0 };
    if (info.st_size > 0) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE,
                     descriptor, 0);
        if (bytes == MAP_FAILED) {
            close(descriptor);
            return error_set(err, ERROR_DISK, "%s: cannot be mapped: %s", path,
                             strerror(errno));
        }
        *map = (struct file_map){ bytes, (size_t)info.st_size };
        mapping_add(path, bytes, map->length);
    }
    close(descriptor);
    if (map->length < POINTER_WORDS ||
        memcmp(map->bytes, pointer_words, POINTER_WORDS) != 0)
        return 0;
    file_unmap(map);
    return refuse_pointer(path, err);
}

void file_unmap(struct file_map *map)
{
    if (map->length > 0) {
        mapping_remove(map->bytes);
        munmap((void *)(uintptr_t)map->bytes, map->length);
    }
    *map = (struct file_map){ nothing, 0 };
}

char *file_read_text(const char *path, size_t limit, struct error *err)
{
    struct file_map map;
    char *text = NULL;

    if (file_map(&map, path, err) < 0)
        return NULL;
    if (map.length > limit) {
        error_set(err, ERROR_DATA, "%s: %zu bytes; at most %zu are read", path,
                  map.length, limit);
    } else if (memchr(map.bytes, 0, map.length)) {
        error_set(err, ERROR_DATA,
                  "%s: byte %zu is NUL; a text file was expected", path,
                  (size_t)((const uint8_t *)memchr(map.bytes, 0, map.length) -
                           map.bytes));
    } else {
        text = memory_new(map.length + 1, 1);
        memcpy(text, map.bytes, map.length);
    }
    file_unmap(&map);
    return text;
}

static int cannot_write(const char *path, struct error *err)
{
    return error_set(err, ERROR_DISK, "%s: cannot be written: %s", path,
                     strerror(errno));
}

char *file_real(const char *path)
{
    char *real = realpath(path, NULL);

    if (!real && errno == ENOMEM)
        memory_exhausted(PATH_MAX);
    return real;
}

char *file_absolute(const char *path)
{
    char *real = file_real(path);

    return real ? real : memory_text(path);
}

/* ---- what may be written ------------------------------------------------- */

/* A results file is rows of many runs: never what a command means to replace.
 */
static bool is_database(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic] = { 0 };
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is;

    if (descriptor < 0)
        return false;
    is = read(descriptor, head, sizeof head) == (ssize_t)sizeof head &&
         memcmp(head, magic, sizeof head) == 0;
    close(descriptor);
    return is;
}

static int check_present(const char *path, const struct stat *there,
                         struct error *err)
{
    const char *read_as;

    if (!S_ISREG(there->st_mode))
        return error_set(err, ERROR_DISK,
                         "%s: is there and is not a regular file; it is not "
                         "replaced",
                         path);
    read_as = opened_as(there);
    if (read_as)
        return error_set(
            err, ERROR_USAGE,
            "%s: is read by this command%s%s; an output of another "
            "name was expected",
            path, strcmp(read_as, path) == 0 ? "" : " as ",
            strcmp(read_as, path) == 0 ? "" : read_as);
    if (opened_is_watching() && is_database(path))
        return error_set(err, ERROR_USAGE,
                         "%s: is a results file (an SQLite database); it is "
                         "not replaced",
                         path);
    if (there->st_nlink > 1)
        return error_set(err, ERROR_DISK,
                         "%s: has %ju names (hard links), which replacing one "
                         "would part; it is not replaced",
                         path, (uintmax_t)there->st_nlink);
    return 0;
}

/* Whether the folder that `path` is in takes new files. */
static int check_folder(const char *path, struct error *err)
{
    char *for_folder = memory_text(path), *for_name = memory_text(path);
    const char *folder = dirname(for_folder);
    struct stat info;
    int status = 0;

    if (stat(folder, &info) == 0 && !S_ISDIR(info.st_mode))
        errno = ENOTDIR, status = -1;
    else if (strlen(basename(for_name)) + TEMPORARY > NAME_MAX)
        errno = ENAMETOOLONG, status = -1;
    else
        status = access(folder, W_OK | X_OK);
    if (status < 0)
        cannot_write(path, err);
    free(for_folder);
    free(for_name);
    return status;
}

/* A path that nothing is at can still be no place for a file: a rename would
 * fail after the work, or replace the link. */
static int check_absent(const char *path, struct error *err)
{
    struct stat link;
    size_t length = strlen(path);

    if (length == 0)
        return error_set(err, ERROR_USAGE, "an output without a name");
    if (path[length - 1] == '/') {
        errno = EISDIR;
        return cannot_write(path, err);
    }
    if (lstat(path, &link) == 0 && S_ISLNK(link.st_mode))
        return error_set(err, ERROR_DISK,
                         "%s: is a link to nothing; it is not replaced", path);
    return 0;
}

int file_check_output(const char *path, struct error *err)
{
    char *real = file_absolute(path); /* what a link leads to is replaced */
    struct stat there;
    int status = stat(path, &there) == 0 ? check_present(path, &there, err)
                                         : check_absent(path, err);

    if (status == 0)
        status = check_folder(real, err);
    free(real);
    return status;
}

/* From the root on, without links, also of what is not there yet. */
static char *file_place(const char *path)
{
    char *real = file_real(path), *folder, *for_folder, *for_name;

    if (real)
        return real;
    for_folder = memory_text(path);
    for_name = memory_text(path);
    folder = file_absolute(dirname(for_folder));
    real = memory_printf("%s/%s", folder, basename(for_name));
    free(folder);
    free(for_folder);
    free(for_name);
    return real;
}

int file_check_apart(const char *first, const char *second, struct error *err)
{
    char *one = file_place(first), *other = file_place(second);
    bool same = strcmp(one, other) == 0;

    free(one);
    free(other);
    if (!same)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s: is where %s goes already; two outputs of two names "
                     "were expected",
                     second, first);
}

bool file_is_stream(const char *path)
{
    struct stat there;

    return stat(path, &there) == 0 &&
           (S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode));
}

/* ---- whole or not at all ------------------------------------------------- */

/* The mode of the file that is replaced, or what the umask leaves. */
static mode_t mode_of(const char *path)
{
    struct stat there;
    mode_t mask;

    if (stat(path, &there) == 0)
        return there.st_mode & 0777;
    mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Held, so that no other program takes it for a dead one's; one that was taken
 * away between its making and its holding is made again. */
static int open_temporary(struct file_out *out)
{
    for (;;) {
        int descriptor;

        memcpy(out->temporary + strlen(out->path), ".XXXXXX", 7);
        descriptor = mkostemps(out->temporary, strlen(LEFTOVER_END), O_CLOEXEC);
        if (descriptor < 0 || leftover_hold(descriptor))
            return descriptor;
        close(descriptor);
    }
}

int file_create(struct file_out *out, const char *path, struct error *err)
{
    int descriptor;

    if (file_check_output(path, err) < 0)
        return -1;
    *out = (struct file_out){ .path = file_absolute(path) };
    path = out->path;
    leftover_clear(path);
    out->temporary = memory_printf("%s.XXXXXX" LEFTOVER_END, path);
    leftover_add(out->temporary);
    descriptor = open_temporary(out);
    if (descriptor >= 0) {
        fchmod(descriptor, mode_of(path));
        out->stream = fdopen(descriptor, "w+b");
    }
    if (out->stream)
        return 0;
    cannot_write(path, err);
    if (descriptor >= 0) {
        close(descriptor);
        unlink(out->temporary);
    }
    leftover_forget(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (struct file_out){ 0 };
    return -1;
}

int file_write(struct file_out *out, const void *bytes, size_t length,
               struct error *err)
{
    if (fwrite(bytes, 1, length, out->stream) != length)
        return cannot_write(out->path, err);
    return 0;
}

void file_sync_folder_of(const char *path)
{
    char *copy = memory_text(path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    free(copy);
}

/* The file is held until it has its name, beyond the stream's own closing. */
int file_commit(struct file_out *out, struct error *err)
{
    int status = 0, holding = fcntl(fileno(out->stream), F_DUPFD_CLOEXEC, 0);

    if (fflush(out->stream) != 0 || fsync(fileno(out->stream)) != 0)
        status = cannot_write(out->path, err);
    if (fclose(out->stream) != 0 && status == 0)
        status = cannot_write(out->path, err);
    out->stream = NULL;
    if (status == 0 && rename(out->temporary, out->path) != 0)
        status = cannot_write(out->path, err);
    if (status == 0) {
        leftover_forget(out->temporary);
        file_sync_folder_of(out->path);
    } else {
        leftover_remove(out->temporary);
    }
    if (holding >= 0)
        close(holding);
    free(out->temporary);
    free(out->path);
    *out = (struct file_out){ 0 };
    return status;
}

void file_abandon(struct file_out *out)
{
    if (!out->stream)
        return;
    fclose(out->stream);
    leftover_remove(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (struct file_out){ 0 };
}

int file_put(const char *path, const void *bytes, size_t length,
             struct error *err)
{
    struct file_out out;

    if (file_create(&out, path, err) < 0)
        return -1;
    if (file_write(&out, bytes, length, err) < 0) {
        file_abandon(&out);
        return -1;
    }
    return file_commit(&out, err);
}
