/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/figure_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

static const char *const endings[] = { "pdf", "svg", "tsv", "gp", "sql" };

enum { FILES = sizeof endings / sizeof *endings };

static char *figure_path(const char *folder, const struct report_item *item,
                         const char *ending)
{
    return memory_printf("%s/%s.%s", folder, item->name, ending);
}

/* All that may be written there, before the work that makes it. */
static int check_files(const char *folder, const char *page, struct error *err)
{
    int status = 0;

    for (size_t i = 0; i < report_item_count * FILES && status == 0; i++) {
        const struct report_item *item = &report_items[i / FILES];
        char *path;

        if (!item->script)
            continue;
        path = figure_path(folder, item, endings[i % FILES]);
        status = file_check_output(path, err);
        if (status == 0)
            status = file_check_apart(page, path, err);
        free(path);
    }
    return status;
}

int figure_files_folder(const char *folder, const char *page, bool *made,
                        struct error *err)
{
    struct stat info;

    *made = false;
    if (file_check_apart(page, folder, err) < 0)
        return -1;
    *made = mkdir(folder, 0777) == 0;
    if (!*made && (errno != EEXIST || stat(folder, &info) < 0 ||
                   !S_ISDIR(info.st_mode) || access(folder, W_OK | X_OK) < 0))
        return error_set(err, ERROR_DISK, "%s: no folder can be made there: %s",
                         folder, strerror(errno));
    if (check_files(folder, page, err) == 0)
        return 0;
    if (*made)
        rmdir(folder);
    return -1;
}

static int put(const char *folder, const struct report_item *item,
               const char *ending, const char *bytes, size_t length,
               struct error *err)
{
    char *path = figure_path(folder, item, ending);
    int status = file_put(path, bytes, length, err);

    free(path);
    return status;
}

int figure_files_put(const char *folder, const struct report_item *item,
                     const struct drawing *drawing, struct error *err)
{
    const struct {
        const char *ending;
        const struct text *text;
    } files[] = {
        { "pdf", &drawing->pdf },
        { "svg", &drawing->svg },
        { "tsv", &drawing->data },
        { "gp", &drawing->script },
    };

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (put(folder, item, files[i].ending, files[i].text->at,
                files[i].text->length, err) < 0)
            return -1;
    return put(folder, item, "sql", item->sql, strlen(item->sql), err);
}
