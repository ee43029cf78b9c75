/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"

static const uint8_t nothing[1];

static int open_regular(const char *path, struct stat *info, struct error *err)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (descriptor < 0)
        return error_set(err, ERROR_NO_INPUT, "%s: %s", path, strerror(errno));
    if (fstat(descriptor, info) == 0 && S_ISREG(info->st_mode))
        return descriptor;
    close(descriptor);
    return error_set(err, ERROR_NO_INPUT,
                     "%s: is not a regular file; a file was expected", path);
}

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
    }
    close(descriptor);
    return 0;
}

void file_unmap(struct file_map *map)
{
    if (map->length > 0)
        munmap((void *)(uintptr_t)map->bytes, map->length);
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

char *file_absolute(const char *path)
{
    char *real = realpath(path, NULL);

    return real ? real : memory_text(path);
}

int file_create(struct file_out *out, const char *path, struct error *err)
{
    struct stat there;
    char *real;
    int descriptor;

    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
        return error_set(err, ERROR_DISK,
                         "%s: is there and is not a regular file; it is not "
                         "replaced",
                         path);
    real = realpath(path, NULL); /* what a link leads to is replaced */
    *out = (struct file_out){ .path = real ? real : memory_text(path) };
    path = out->path;
    out->temporary = memory_printf("%s.XXXXXX.tmp", path);
    leftover_add(out->temporary);
    descriptor = mkstemps(out->temporary, 4);
    if (descriptor >= 0) {
        mode_t mask = umask(0);

        umask(mask);
        fchmod(descriptor, 0666 & ~mask);
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

/* Makes the new name itself survive a power cut. */
static void sync_folder_of(const char *path)
{
    char *copy = memory_text(path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    free(copy);
}

int file_commit(struct file_out *out, struct error *err)
{
    int status = 0;

    if (fflush(out->stream) != 0 || fsync(fileno(out->stream)) != 0)
        status = cannot_write(out->path, err);
    if (fclose(out->stream) != 0 && status == 0)
        status = cannot_write(out->path, err);
    out->stream = NULL;
    if (status == 0 && rename(out->temporary, out->path) != 0)
        status = cannot_write(out->path, err);
    if (status == 0) {
        leftover_forget(out->temporary);
        sync_folder_of(out->path);
    } else {
        leftover_remove(out->temporary);
    }
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
