/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/figure_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

int figure_files_folder(const char *folder, struct error *err)
{
    struct stat info;

    if (mkdir(folder, 0777) == 0 ||
        (errno == EEXIST && stat(folder, &info) == 0 && S_ISDIR(info.st_mode) &&
         access(folder, W_OK | X_OK) == 0))
        return 0;
    return error_set(err, ERROR_DISK, "%s: no folder can be made there: %s",
                     folder, strerror(errno));
}

static int put(const char *folder, const struct report_item *item,
               const char *ending, const char *bytes, size_t length,
               struct error *err)
{
    char *path = memory_printf("%s/%s.%s", folder, item->name, ending);
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
