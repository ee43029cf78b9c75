/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows run through all blocks first, then each through the head, some tokens at
 * a time, since logits of a whole row would take more memory than the model's
 * block.  A row's loss depends on the row alone, so that rows may be measured
 * in parts, by whoever has time; they are added in row order.
 */
#include "llm/perplexity.h"

#include <math.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "llm/head.h"
#include "llm/machine_arithmetic.h"
#include "llm/vector.h"

enum { TOKENS_AT_A_TIME = 128 }; /* whose logits are in memory */

/* Room for one worker. */
struct desk {
    float *normed, *logits;
};

struct exam {
    const struct model *model;
    const struct model_tokens *tokens;
    const struct head *head;
    const float *hidden;
    struct progress *progress;
    struct desk *desks;
    double *loss; /* sum of each row */
};

static struct desk *desk_of(const struct exam *exam, unsigned worker)
{
    struct desk *desk = &exam->desks[worker];
    size_t words = model_vocabulary(exam->model);

    if (!desk->normed) {
        desk->normed = memory_new_aligned(
            (size_t)TOKENS_AT_A_TIME * model_width(exam->model), sizeof(float));
        desk->logits =
            memory_new_aligned(TOKENS_AT_A_TIME * words, sizeof(float));
    }
    return desk;
}

static void mark_row(void *context, size_t row, unsigned worker)
{
    const struct exam *exam = context;
    uint32_t length = exam->tokens->length;
    size_t words = model_vocabulary(exam->model);
    size_t width = model_width(exam->model);
    const int32_t *ids = exam->tokens->ids + row * length;
    const float *hidden = exam->hidden + row * length * width;
    struct desk *desk = desk_of(exam, worker);
    double loss = 0;

    for (uint32_t t = 0; t + 1 < length && !stop_requested();
         t += TOKENS_AT_A_TIME) {
        uint32_t left = length - 1 - t;
        uint32_t count = (uint32_t)min(left, TOKENS_AT_A_TIME);

        head_logits(exam->head, hidden + t * width, count, desk->normed,
                    desk->logits);
        for (uint32_t i = 0; i < count; i++) {
            float *logits = desk->logits + i * words;
            double wanted = (double)logits[ids[t + i + 1]];

            loss += vector_log_sum_exp(logits, words) - wanted;
        }
    }
    exam->loss[row] = loss;
    progress_add(exam->progress, 1);
}

int perplexity_of_losses(struct perplexity *perplexity,
                         const struct model *model,
                         const struct model_tokens *tokens, const double *loss,
                         struct error *err)
{
    double sum = 0;

    for (size_t row = 0; row < tokens->rows; row++) {
        if (!isfinite(loss[row]))
            return error_set(err, ERROR_DATA,
                             "%s: row %zu has no finite likelihood; the "
                             "model's arithmetic overflows",
                             model_name(model), row);
        sum += loss[row];
    }
    perplexity->predictions = (uint64_t)tokens->rows * (tokens->length - 1);
    perplexity->loss = sum / (double)perplexity->predictions;
    perplexity->value = exp(perplexity->loss);
    return 0;
}

/* From the last block's output to the losses. */
static int mark_rows(double *loss, const struct model *model,
                     const struct model_tokens *tokens, const float *hidden,
                     const struct model_walk *walk, struct error *err)
{
    const struct work *work = &walk->work;
    struct exam exam = { .model = model,
                         .tokens = tokens,
                         .hidden = hidden,
                         .progress = work->progress,
                         .loss = loss };
    unsigned workers = work_workers(work);
    struct head *head;

    if (head_load(&head, model, err) < 0)
        return -1;
    if (walk->arithmetic == ARITHMETIC_MACHINE)
        head_round(head, &exact_products);
    exam.head = head;
    exam.desks = memory_new(workers, sizeof *exam.desks);
    parallel_for(workers, tokens->rows, mark_row, &exam);
    for (unsigned i = 0; i < workers; i++) {
        free(exam.desks[i].normed);
        free(exam.desks[i].logits);
    }
    free(exam.desks);
    head_free(head);
    return stop_check(err);
}

int perplexity_of_hidden(struct perplexity *perplexity,
                         const struct model *model,
                         const struct model_tokens *tokens, const float *hidden,
                         const struct work *work, struct error *err)
{
    double *loss = memory_new(tokens->rows, sizeof *loss);
    const struct model_walk walk = { .work = *work };
    int status = mark_rows(loss, model, tokens, hidden, &walk, err);

    if (status == 0)
        status = perplexity_of_losses(perplexity, model, tokens, loss, err);
    free(loss);
    return status;
}

int perplexity_losses(double *loss, const struct model *model,
                      const struct model_tokens *rows,
                      const struct model_walk *walk, struct error *err)
{
    float *hidden;
    int status;

    if (walk->arithmetic == ARITHMETIC_MACHINE &&
        exact_check(model, rows->length, err) < 0)
        return -1;
    hidden = memory_new_aligned(rows->rows * rows->length * model_width(model),
                                sizeof *hidden);
    progress_begin(walk->work.progress, "perplexity",
                   rows->rows * (model_blocks(model) + 1), "rows x blocks");
    status = model_walk_blocks(model, rows, walk, hidden, err);
    if (status == 0)
        status = mark_rows(loss, model, rows, hidden, walk, err);
    progress_end(walk->work.progress);
    free(hidden);
    return status;
}

int perplexity_measure(struct perplexity *perplexity, const struct model *model,
                       const struct model_tokens *tokens,
                       const struct model_walk *walk, struct error *err)
{
    static const struct model_walk plain = { 0 };
    double *loss = memory_new(tokens->rows, sizeof *loss);
    int status =
        perplexity_losses(loss, model, tokens, walk ? walk : &plain, err);

    if (status == 0)
        status = perplexity_of_losses(perplexity, model, tokens, loss, err);
    free(loss);
    return status;
}
