/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far a model's predictions are from the dense one's, in nats a token: the
 * Kullback-Leibler divergence of the next-token distributions, averaged over
 * all positions.  Unlike perplexity it needs no right answers, so calibration
 * rows serve, and its noise is smaller as both models see the same text.
 *
 * The dense probabilities are kept (positions x vocabulary, f32), since every
 * trial is compared with them.  Sums run in double in a fixed number of lanes.
 */
#include "flow/select/divergence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "llm/head.h"
#include "llm/vector.h"

enum { AT_A_TIME = 128, LANES = 8 };

static const size_t kept_bytes = (size_t)1 << 30;

/* Room for one worker: AT_A_TIME positions. */
struct room {
    float *normed, *logits, *shares;
};

struct divergence {
    struct head *head;
    const float *hidden;
    size_t rows, words, width;
    uint32_t length;
    unsigned workers;
    struct room *room; /* [workers] */
    float *shares;     /* [rows][length][words] dense probabilities, or NULL */
    double *self;      /* [rows][length]: sum p log p */
};

/* Sum of p * z in double, in a fixed number of lanes. */
static double dot(const float *p, const float *z, size_t count)
{
    double lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;

    for (; i + LANES <= count; i += LANES) {
        for (unsigned j = 0; j < LANES; j++)
            lane[j] += (double)p[i + j] * (double)z[i + j];
    }
    for (; i < count; i++)
        sum += (double)p[i] * (double)z[i];
    for (unsigned j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

static struct room *room_of(struct divergence *divergence, unsigned worker)
{
    struct room *room = &divergence->room[worker];

    if (!room->normed) {
        room->normed = memory_new_aligned(AT_A_TIME * divergence->width,
                                          sizeof *room->normed);
        room->logits = memory_new_aligned(AT_A_TIME * divergence->words,
                                          sizeof *room->logits);
        room->shares = memory_new_aligned(AT_A_TIME * divergence->words,
                                          sizeof *room->shares);
    }
    return room;
}

/* The dense probabilities of `count` positions, and sum p log p of each.  With
 * the very p that are stored, so that a model compared with itself gives 0. */
static void dense_shares(struct divergence *divergence, struct room *room,
                         size_t place, uint32_t count, float *shares)
{
    size_t words = divergence->words;

    head_logits(divergence->head,
                divergence->hidden + place * divergence->width, count,
                room->normed, room->logits);
    for (uint32_t t = 0; t < count; t++) {
        float *logits = room->logits + t * words, *p = shares + t * words;
        double lse;

        memcpy(p, logits, words * sizeof *p);
        vector_scale(p, 1 / vector_exp_shifted(p, words), words);
        divergence->self[place + t] = dot(p, logits, words);
        lse = vector_log_sum_exp(logits, words); /* uses the logits up */
        divergence->self[place + t] -= lse;
    }
}

static void keep_row(void *context, size_t row, unsigned worker)
{
    struct divergence *divergence = context;
    struct room *room = room_of(divergence, worker);

    for (uint32_t t = 0; t < divergence->length; t += AT_A_TIME) {
        uint32_t left = divergence->length - t;
        size_t place = row * divergence->length + t;

        dense_shares(divergence, room, place, (uint32_t)min(left, AT_A_TIME),
                     divergence->shares + place * divergence->words);
    }
}

int divergence_begin(struct divergence **divergence, const struct model *model,
                     const struct model_tokens *tokens, const float *hidden,
                     unsigned workers, struct error *err)
{
    struct divergence *made = memory_new(1, sizeof *made);
    size_t places = tokens->rows * tokens->length;

    if (head_load(&made->head, model, err) < 0) {
        free(made);
        return -1;
    }
    made->hidden = hidden;
    made->rows = tokens->rows;
    made->length = tokens->length;
    made->words = model_vocabulary(model);
    made->width = model_width(model);
    made->workers = workers ? workers : parallel_processors();
    made->room = memory_new(made->workers, sizeof *made->room);
    made->self = memory_new(places, sizeof *made->self);
    if (places <= kept_bytes / sizeof *made->shares / made->words) {
        made->shares =
            memory_new_aligned(places * made->words, sizeof *made->shares);
        parallel_for(made->workers, made->rows, keep_row, made);
    }
    *divergence = made;
    return 0;
}

void divergence_end(struct divergence *divergence)
{
    if (!divergence)
        return;
    for (unsigned w = 0; w < divergence->workers; w++) {
        free(divergence->room[w].normed);
        free(divergence->room[w].logits);
        free(divergence->room[w].shares);
    }
    head_free(divergence->head);
    free(divergence->room);
    free(divergence->shares);
    free(divergence->self);
    free(divergence);
}

/* sum p log p - sum p log q = self - sum p z + log sum exp z */
static double add_positions(struct divergence *divergence, struct room *room,
                            size_t place, const float *hidden, uint32_t count)
{
    size_t words = divergence->words;
    const float *shares = room->shares;
    double sum = 0;

    if (divergence->shares)
        shares = divergence->shares + place * words;
    else
        dense_shares(divergence, room, place, count, room->shares);
    head_logits(divergence->head, hidden, count, room->normed, room->logits);
    for (uint32_t t = 0; t < count; t++) {
        float *logits = room->logits + t * words;
        double apart = divergence->self[place + t] -
                       dot(shares + t * words, logits, words);

        apart += vector_log_sum_exp(logits, words);
        /* But for rounding it is not negative; what is no number any more is
         * as far away as can be. */
        sum += isnan(apart) ? INFINITY : fmax(apart, 0);
    }
    return sum;
}

double divergence_row(struct divergence *divergence, size_t row,
                      const float *hidden, unsigned worker)
{
    struct room *room = room_of(divergence, worker);
    double sum = 0;

    for (uint32_t t = 0; t < divergence->length; t += AT_A_TIME) {
        uint32_t left = divergence->length - t;

        sum += add_positions(divergence, room, row * divergence->length + t,
                             hidden + (size_t)t * divergence->width,
                             (uint32_t)min(left, AT_A_TIME));
    }
    return sum;
}

struct row_need divergence_need(const struct model *model, size_t places)
{
    double words = model_vocabulary(model), width = model_width(model);
    double shares = (double)places * words * sizeof(float);

    return (struct row_need){
        .memory = words * width * sizeof(float) +
                  (shares <= (double)kept_bytes ? shares : 0),
        .thread = AT_A_TIME * (width + 2 * words) * sizeof(float),
    };
}
