/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two kinds of safetensors files, with the seal `content`, identity, and block
 * in `__metadata__`.  An eighth's (format=flexcim-gram-eighth, eighth) has per
 * distinct input, under the name of the first layer that has it,
 *
 *     NAME.sum     F64 [size]  tiles, as they lie in memory (gram.h)
 *     NAME.tokens  U64 [1]
 *
 * and that of all (format=flexcim-gram)
 *
 *     NAME.gram    F32 [K][K]  the mean of x x^T over the tokens
 */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/opened.h"
#include "llm/gram.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format_eighth[] = "flexcim-gram-eighth";
static const char format_all[] = "flexcim-gram";

/* free() it. */
static char *gram_name(const struct gram *gram, const struct gram_input *input,
                       const char *part)
{
    return memory_printf(
        "%s.%s", model_layer(gram->model, input->layer)->shape.name, part);
}

static void gram_declare(struct safetensors_out *out, char *name,
                         enum dtype dtype, uint64_t rows, uint64_t columns)
{
    safetensors_out_declare(out, name, dtype, columns ? 2 : 1,
                            (uint64_t[]){ rows, columns });
    free(name);
}

static int gram_put(struct safetensors_out *out, char *name, const void *bytes,
                    struct error *err)
{
    int status = safetensors_out_put(out, name, bytes, err);

    free(name);
    return status;
}

static struct safetensors_out *gram_out(const struct gram_file *file,
                                        const char *format)
{
    struct safetensors_out *out = safetensors_out_new();

    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", file->identity);
    safetensors_out_metadata(out, "eighth",
                             (char[]){ (char)('0' + file->eighth), 0 });
    safetensors_out_seal(out, "content");
    return out;
}

int gram_save_eighth(const struct gram *gram, const struct gram_file *file,
                     struct error *err)
{
    struct safetensors_out *out = gram_out(file, format_eighth);
    int status;

    for (size_t i = 0; i < gram->inputs; i++) {
        const struct gram_input *input = &gram->input[i];

        gram_declare(out, gram_name(gram, input, "sum"), DTYPE_F64, input->size,
                     0);
        gram_declare(out, gram_name(gram, input, "tokens"), DTYPE_U64, 1, 0);
    }
    status = safetensors_out_create(out, file->path, err);
    for (size_t i = 0; status == 0 && i < gram->inputs; i++) {
        const struct gram_input *input = &gram->input[i];

        status =
            gram_put(out, gram_name(gram, input, "sum"), gram_sum(input), err);
        if (status == 0)
            status = gram_put(out, gram_name(gram, input, "tokens"),
                              &input->tokens, err);
    }
    return safetensors_out_end(out, status, err);
}

/* ---- all of it ----------------------------------------------------------- */

/* The mean, both halves of it; free() it. */
static float *gram_mean(const struct gram_input *input)
{
    size_t k_all = input->inputs;
    float *mean = memory_new_aligned(k_all * k_all, sizeof *mean);
    double tokens = input->tokens > 0 ? (double)input->tokens : 1;
    const double *sum = gram_sum(input);

    for (size_t i = 0; i < k_all; i++)
        for (size_t j = 0; j <= i; j++)
            mean[i * k_all + j] = mean[j * k_all + i] =
                (float)(sum[gram_place(input, i, j)] / tokens);
    return mean;
}

int gram_save(const struct gram *gram, const struct gram_file *file,
              struct error *err)
{
    struct safetensors_out *out = gram_out(file, format_all);
    int status;

    for (size_t i = 0; i < gram->inputs; i++)
        gram_declare(out, gram_name(gram, &gram->input[i], "gram"), DTYPE_F32,
                     gram->input[i].inputs, gram->input[i].inputs);
    status = safetensors_out_create(out, file->path, err);
    for (size_t i = 0; status == 0 && i < gram->inputs; i++) {
        float *mean = gram_mean(&gram->input[i]);

        status =
            gram_put(out, gram_name(gram, &gram->input[i], "gram"), mean, err);
        free(mean);
    }
    return safetensors_out_end(out, status, err);
}

/* ---- what is there ------------------------------------------------------- */

/* NULL if there is none that is good. */
static struct safetensors *gram_open(const struct gram_file *of,
                                     const char *format)
{
    struct safetensors *file;
    char content[HASH_TEXT];
    struct error ignored;
    int status;

    if (access(of->path, F_OK) != 0)
        return NULL;
    status = safetensors_open(&file, of->path, &ignored);
    opened_forget(of->path); /* it is made anew, or taken away */
    if (status < 0)
        return NULL;
    safetensors_hash_data(file, content);
    if (safetensors_says(file, "format", format) &&
        safetensors_says(file, "identity", of->identity) &&
        safetensors_says(file, "eighth",
                         (char[]){ (char)('0' + of->eighth), 0 }) &&
        safetensors_says(file, "content", content))
        return file;
    safetensors_close(file);
    return NULL;
}

static const void *gram_tensor(const struct safetensors *file, char *name,
                               enum dtype dtype, uint64_t count)
{
    struct error ignored;
    const struct safetensors_tensor *tensor =
        safetensors_need(file, name, dtype, 1, &count, &ignored);

    free(name);
    return tensor ? tensor->bytes : NULL;
}

static bool gram_add_file(struct gram *gram, const struct safetensors *file,
                          bool added)
{
    for (size_t i = 0; i < gram->inputs; i++) {
        struct gram_input *input = &gram->input[i];
        const double *sum = gram_tensor(file, gram_name(gram, input, "sum"),
                                        DTYPE_F64, input->size);
        const uint64_t *tokens =
            gram_tensor(file, gram_name(gram, input, "tokens"), DTYPE_U64, 1);

        if (!sum || !tokens)
            return false;
        if (!added)
            continue;
        input->tokens += *tokens;
        for (size_t k = 0; k < input->size; k++)
            input->total[k] += sum[k];
    }
    return true;
}

int gram_take_up(struct gram *gram, const struct gram_file *of)
{
    struct safetensors *file = gram_open(of, format_eighth);
    bool good;

    if (!file)
        return 1;
    good = gram_add_file(gram, file, false) && gram_add_file(gram, file, true);
    safetensors_close(file);
    return good ? 0 : 1;
}

int gram_is_kept(const struct gram_file *of)
{
    struct safetensors *file = gram_open(of, format_all);

    safetensors_close(file);
    return file ? 0 : 1;
}
