/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sizes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "llm/sizes.h"
#include "replay/data_file.h"
#include "replay/input.h"
#include "replay/shape_file.h"
#include "tensor/safetensors.h"

static bool sizes_name_ends(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool is_folder(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static int sizes_of_config(struct model_sizes *sizes, const char *path,
                           struct error *err)
{
    struct sized_model model;

    if (sized_model_read(&model, path, err) < 0)
        return -1;
    *sizes = model.sizes;
    sized_model_release(&model);
    return 0;
}

/* Recorded and sparse traces hold them under the same key. */
static int sizes_of_trace(struct model_sizes *sizes, const char *path,
                          struct error *err)
{
    struct safetensors *file;
    const char *text;
    int status;

    if (safetensors_open(&file, path, err) < 0)
        return -1;
    text = safetensors_metadata(file, "sizes");
    if (text)
        status = model_sizes_parse(sizes, text, err);
    else
        status = error_set(err, ERROR_DATA,
                           "it does not say the sizes of its model; `flexcim "
                           "record` writes them since version 0.2");
    if (status < 0)
        error_prefix(err, "%s: ", path);
    safetensors_close(file);
    return status;
}

static int sizes_of_shapes(struct model_sizes *sizes, char **name,
                           const char *word, struct error *err)
{
    static const struct shape_options options = { 0 };
    struct shape_file file;
    int status = 0;

    if (shape_file_read(&file, word, &options, err) < 0)
        return -1;
    if (file.sizes) {
        *sizes = *file.sizes;
        *name = memory_text(file.name);
    } else {
        status = error_set(err, ERROR_DATA,
                           "%s: has no part `model:`, which tells what the "
                           "operators are made of",
                           file.path);
    }
    shape_file_release(&file);
    return status;
}

int named_sizes(struct model_sizes *sizes, char **name, const char *word,
                struct error *err)
{
    int status;

    if (is_folder(word)) {
        char *path = memory_printf("%s/config.json", word);

        status = sizes_of_config(sizes, path, err);
        free(path);
    } else if (sizes_name_ends(word, ".json")) {
        status = sizes_of_config(sizes, word, err);
    } else if (input_is_trace(word)) {
        status = sizes_of_trace(sizes, word, err);
    } else {
        return sizes_of_shapes(sizes, name, word, err);
    }
    if (status == 0)
        *name = data_name(word);
    return status;
}
