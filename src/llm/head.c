/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/head.h"

#include <cblas.h>
#include <stdlib.h>

#include "base/memory.h"
#include "llm/model_parts.h"
#include "llm/vector.h"
#include "tensor/quantize.h"

struct head {
    const struct model *model; /* borrowed */
    float *norm, *norm_bias;   /* [width] */
    float *words;              /* [vocabulary][width] */
    float *scale; /* [vocabulary], if it computes in 8 bits; else NULL */
    const struct model_products *products; /* borrowed; or NULL */
};

static float *read_named(const struct model *model, char *name, unsigned rank,
                         const uint64_t *shape, struct error *err)
{
    float *numbers = model_read(model, name, rank, shape, err);

    if (numbers)
        fold_stream(model, numbers, rank == 1 ? 1 : shape[0], sizeof *numbers);
    free(name);
    return numbers;
}

int head_load(struct head **out, const struct model *model, struct error *err)
{
    const struct family *family = model->family;
    uint64_t shape[] = { model_vocabulary(model), model_width(model) };
    struct head *head = memory_new(1, sizeof *head);

    head->model = model;
    head->norm = read_named(model, model_tensor_name(model, family->norm), 1,
                            shape + 1, err);
    if (head->norm && family->norm_bias)
        head->norm_bias =
            read_named(model, model_tensor_name(model, family->norm_bias), 1,
                       shape + 1, err);
    if (head->norm && (head->norm_bias || !family->norm_bias))
        head->words =
            read_named(model, memory_text(model->head), 2, shape, err);
    if (!head->words) {
        head_free(head);
        return -1;
    }
    for (uint32_t i = 0; family->norm_plus_one && i < model_width(model); i++)
        head->norm[i] += 1;
    *out = head;
    return 0;
}

void head_free(struct head *head)
{
    if (!head)
        return;
    free(head->norm);
    free(head->norm_bias);
    free(head->words);
    free(head->scale);
    free(head);
}

void head_round(struct head *head, const struct model_products *products)
{
    uint32_t words = model_vocabulary(head->model);
    uint32_t width = model_width(head->model);

    head->products = products;
    head->scale = memory_new(words, sizeof *head->scale);
    for (size_t w = 0; w < words; w++) {
        float *row = head->words + w * width;

        head->scale[w] = quantize_scale(row, width);
        quantize_round(row, row, width, head->scale[w]);
    }
}

const float *head_words(const struct head *head)
{
    return head->words;
}

const float *head_scales(const struct head *head)
{
    return head->scale;
}

/* normed to logits. */
static void head_multiply(const struct head *head, uint32_t tokens,
                          float *normed, float *logits)
{
    uint32_t width = model_width(head->model);
    uint32_t words = model_vocabulary(head->model);

    if (head->products) {
        head->products->multiply(
            head->products->context,
            &(struct model_product){ model_layers(head->model), tokens, width,
                                     words, NULL, normed, head->scale,
                                     head->words, logits, words });
        return;
    }
    for (size_t t = 0; t < tokens && head->scale; t++) {
        float *row = normed + t * width;

        quantize_round(row, row, width, quantize_scale(row, width));
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)tokens,
                (int)words, (int)width, 1, normed, (int)width, head->words,
                (int)width, 0, logits, (int)words);
}

void head_logits(const struct head *head, const float *hidden, uint32_t tokens,
                 float *normed, float *logits)
{
    int width = (int)model_width(head->model);
    int words = (int)model_vocabulary(head->model);

    for (size_t t = 0; t < tokens; t++)
        vector_norm(normed + t * (size_t)width, hidden + t * (size_t)width,
                    head->norm, head->norm_bias, (size_t)width,
                    head->model->shape.epsilon);
    head_multiply(head, tokens, normed, logits);
    if (head->model->shape.logit_scale != 1)
        vector_scale(logits, (float)head->model->shape.logit_scale,
                     (size_t)tokens * (size_t)words);
    if (head->model->shape.logit_cap > 0)
        vector_soft_cap(logits, (float)head->model->shape.logit_cap,
                        (size_t)tokens * (size_t)words);
}
