/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Products take nearly all of the time, and their shapes are known; so are the
 * sizes of what lies in memory at once: a block's weights, the hidden states of
 * the rows that run together, what sums need, scratch of each thread.
 */
#include "workflow/forecast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/cpu_clock.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/spill.h"
#include "flow/prune/reconstruct.h"
#include "llm/block.h"
#include "llm/effort.h"
#include "llm/gram.h"
#include "workflow/eighths.h"
#include "workflow/steps_rows.h"

/* Processor time of a step over that of its products alone: norms, activations,
 * positions, pruning, reading.  Seen on the shipped models: 1.1 to 1.9
 * (record); the wider a model is, the nearer to 1. */
static const double over_products = 1.4;

/* Seconds a weight, beside those of hashing it: the checkpoint is read when it
 * is opened; what is recorded is read once more, rounded to 8 bits and written.
 * Numbers of a checkpoint are of two bytes nearly always. */
static const double to_open = 1e-9, to_record = 15e-9;
enum { OPENED_BYTES = 2, RECORDED_BYTES = 2 };

/* A program with nothing in it yet. */
static const double program_bytes = 15e6;

static size_t eighth_of(size_t rows)
{
    return divide_up(rows, EIGHTHS);
}

static double row_bytes(const struct model *model, uint32_t tokens)
{
    return (double)tokens * model_width(model) * sizeof(float);
}

static double layer_weights(const struct model *model)
{
    return effort_weights(model, (struct layer_span){ 0, model_layers(model) });
}

/* Embedding and head are counted once each. */
static double open_seconds(const struct model *model)
{
    return (to_open + OPENED_BYTES / hash_rate()) *
           (layer_weights(model) +
            2.0 * model_width(model) * model_vocabulary(model));
}

static double record_seconds(const struct model *model)
{
    return (to_record + RECORDED_BYTES / hash_rate()) * layer_weights(model);
}

/* A walk: a block, the hidden states of its rows, scratch for each thread. */
static void forecast_walk(struct forecast *forecast, const struct model *model,
                          size_t rows, uint32_t tokens)
{
    *forecast = (struct forecast){
        .memory = program_bytes + (double)model_block_bytes(model) +
                  (double)rows * row_bytes(model, tokens),
        .thread = (double)model_scratch_bytes(model, tokens),
        .alone = open_seconds(model),
        .rate = effort_rate(model),
    };
}

/* Sums of all eighths, and the sample, of each distinct input. */
static double calibration_bytes(const struct record *record)
{
    const struct model *model = record->model;
    double sum = 0;

    for (size_t l = 0; l < model_layers(model); l++)
        if (model_input_of(model, l) == l)
            sum += model_layer(model, l)->shape.inputs *
                   ((EIGHTHS + 1) * sizeof(double) + (double)record->sample);
    return sum;
}

/* Multiplications of x x^T, in double, of all inputs: each counts twice. */
static double gram_effort(const struct model *model, uint32_t tokens)
{
    double sum = 0;

    for (size_t l = 0; l < model_layers(model); l++) {
        double k = model_layer(model, l)->shape.inputs;

        if (model_input_of(model, l) == l)
            sum += tokens * k * (k + 1);
    }
    return sum;
}

/* What a block's Gram matrices need while its rows run, at most. */
static double gram_most(const struct record *record, unsigned workers,
                        unsigned eighths)
{
    const struct gram_rows rows = {
        .rows = eighths > 1 ? record->tokens->rows
                            : eighth_of(record->tokens->rows),
        .length = record->tokens->length,
        .workers = workers,
        .eighths = eighths,
    };
    size_t most = 0;

    for (uint32_t b = 0; b < model_blocks(record->model); b++)
        most = max(most, gram_bytes(record->model, b, &rows));
    return (double)most;
}

/* Sums of an eighth of every block lie on disk, if eighths are shared out and
 * not yet joined; of one block, if they are joined block by block. */
static double gram_disk(const struct record *record)
{
    const struct model *model = record->model;
    double means = 0, sums = 0;

    for (size_t l = 0; l < model_layers(model); l++) {
        double k = model_layer(model, l)->shape.inputs;

        if (model_input_of(model, l) == l) {
            means += k * k * sizeof(float);
            sums += k * k * sizeof(double) / 2;
        }
    }
    return means + EIGHTHS * sums / model_blocks(model);
}

void forecast_record(struct forecast *forecast, const struct record *record)
{
    const struct model *model = record->model;
    uint32_t tokens = record->tokens->length;
    size_t rows = record->tokens->rows;
    double row = effort_blocks(model, tokens);
    bool is_long = (double)rows * row >= RECORD_LONG;

    forecast_walk(forecast, model, is_long ? eighth_of(rows) : rows, tokens);
    forecast->memory += calibration_bytes(record);
    forecast->disk = calibration_bytes(record) / (EIGHTHS + 1);
    forecast->effort = (double)rows * row;
    forecast->rows = rows;
    forecast->at_once = is_long ? eighth_of(rows) : rows;
    forecast->thread += is_long ? row_bytes(model, tokens) : 0;
    forecast->alone += record_seconds(model);
    if (!record->gram)
        return;
    forecast->memory += gram_most(record, 1, is_long ? 1 : EIGHTHS);
    forecast->thread +=
        (gram_most(record, 1 + (unsigned)gram_together(tokens), 1) -
         gram_most(record, 1, 1)) /
        (double)gram_together(tokens);
    forecast->common =
        (double)rows * row_bytes(model, tokens) + gram_disk(record);
    forecast->effort += (double)rows * gram_effort(model, tokens);
    forecast->rows = 0; /* threads share a row's matrices */
}

void forecast_rows(struct forecast *forecast, const struct model *model,
                   size_t rows, uint32_t tokens)
{
    enum { WORDS_AT_A_TIME = 128 };
    double words = model_vocabulary(model), width = model_width(model);

    forecast_walk(forecast, model, rows, tokens);
    forecast->memory += words * width * sizeof(float);
    forecast->thread += WORDS_AT_A_TIME * (words + width) * sizeof(float);
    forecast->disk = (double)rows * sizeof(double);
    forecast->effort = (double)rows * (effort_blocks(model, tokens) +
                                       effort_head(model, tokens));
    forecast->rows = rows;
    forecast->at_once =
        forecast->effort >= STEPS_ROWS_LONG ? eighth_of(rows) : rows;
}

int forecast_select(struct forecast *forecast, const struct method *method,
                    const struct selection *selection, struct error *err)
{
    *forecast = (struct forecast){ .alone = open_seconds(selection->model),
                                   .rate = effort_rate(selection->model) };
    for (size_t i = 0; method->ways && method->ways[i]; i++) {
        const struct row_need need =
            select_need(method->ways[i], method, selection);

        forecast->memory = fmax(forecast->memory, program_bytes + need.memory);
        forecast->thread = fmax(forecast->thread, need.thread);
        forecast->disk = fmax(forecast->disk, need.disk);
    }
    return select_effort(&forecast->effort, method, selection, err);
}

/* The block that takes most to be trained, by so many threads; its rows' inputs
 * and targets lie in files where they are large (base/spill.h). */
static double training_bytes(const struct prune *prune, unsigned threads)
{
    double most = 0;

    if (prune->plan->update != UPDATE_RECONSTRUCT || !prune->tokens)
        return 0;
    for (uint32_t b = 0; b < model_blocks(prune->model); b++)
        most = fmax(most, (double)reconstruct_bytes(
                              prune->model, b, prune->tokens->length, threads));
    return most;
}

/* Matrices [K][K] in double that an update has at once: the Hessian and what is
 * made from it (updater.h); to find eigenvectors LAPACK has two more, before
 * there are ADMM's numbers of each weight. */
static double update_bytes(const struct prune *prune)
{
    const struct plan *plan = prune->plan;
    enum update update = update_of_layer(plan->update, plan->score);
    bool admm = update == UPDATE_ADMM || update == UPDATE_ADMM_DENSE ||
                update == UPDATE_RECONSTRUCT;
    double matrices = 2, room = admm ? 2 : 0, numbers = admm ? 3 : 0, most = 0;
    bool propagates = !isnan(plan->propagate);

    if (update == UPDATE_NONE && !propagates)
        return 0;     /* masks of the score */
    if (propagates) { /* what inputs lack, and weights that make up for it */
        matrices += 3;
        numbers += 2;
    }
    for (size_t l = 0; l < plan->layers; l++) {
        double k = plan->layer[l].shape.inputs,
               o = plan->layer[l].shape.outputs;

        most = fmax(most, sizeof(double) * (matrices * k * k +
                                            fmax(room * k, numbers * o) * k));
    }
    return most;
}

/* A block's layers are updated, and then it is trained. */
static void forecast_phases(struct forecast *forecast,
                            const struct prune *prune)
{
    double training = training_bytes(prune, 0);

    forecast->update.memory = update_bytes(prune);
    forecast->training.memory = training;
    forecast->training.thread = training_bytes(prune, 1) - training;
}

/* The rows of both models and sums of one input, of which a file is whole
 * before the one before it goes. */
static double rows_kept(const struct prune *prune, double states)
{
    const struct plan *plan = prune->plan;
    bool beside = !isnan(plan->propagate);
    double sums = 0, width = model_width(prune->model);

    if (states == 0)
        return 0;
    for (size_t l = 0; l < plan->layers; l++) {
        double k = plan->layer[l].shape.inputs;

        sums = fmax(sums, k * k * (beside ? 2 : 1) + (beside ? k * width : 0));
    }
    return 2 * (states * (beside ? 2 : 1) + sums * sizeof(double));
}

void forecast_prune(struct forecast *forecast, const struct prune *prune)
{
    const struct model *model = prune->model;
    const struct prune_effort effort = prune_effort(prune);
    size_t rows = prune_needs_tokens(prune->plan) ? prune->tokens->rows : 0;
    uint32_t tokens = rows > 0 ? prune->tokens->length : 1;
    double states = (double)rows * row_bytes(model, tokens), widest = 0;

    for (size_t l = 0; l < model_layers(model); l++)
        widest = fmax(widest, model_layer(model, l)->shape.inputs);
    forecast_walk(forecast, model, states < SPILL_FROM ? rows : 0, tokens);
    if (!isnan(prune->plan->propagate) && states < SPILL_FROM)
        forecast->memory += states; /* of the dense model as well */
    forecast_phases(forecast, prune);
    if (rows > 0)
        forecast->update.thread = widest * tokens * sizeof(double);
    forecast->alone += record_seconds(model);
    forecast->effort = effort.layers;
    forecast->led = effort.rows;
    if (prune_is_kept(prune))
        forecast->common = rows_kept(prune, states) +
                           layer_weights(model) * (sizeof(float) + 1);
}

void forecast_add_prune(struct forecast *forecast, const struct prune *prune)
{
    const struct prune_effort effort = prune_effort(prune);

    forecast->led += effort.layers + effort.rows;
    if (prune->plan->update != UPDATE_NONE)
        forecast->at_once = forecast->rows; /* eighths are not kept */
    forecast_phases(forecast, prune);
    if (prune->tokens && prune_needs_tokens(prune->plan))
        forecast->memory += (double)prune->tokens->rows *
                            row_bytes(prune->model, prune->tokens->length);
}

/* ---- tokens that a machine makes -------------------------------------------
 */

/* Seconds of a product on the machine, of each weight of a map: for the map as
 * it is asked for once, and for each token beside. */
struct token_pace {
    double call, token;
};

/* Seconds of a product in a plain loop over integers; assumed. */
static const double plain_product = 0.5e-9;

enum { PIECE_INPUTS = 512, PIECE_OUTPUTS = 256, PIECE_TOKENS = 5 };

static double time_product(struct machine_products *products, const int8_t *x,
                           uint32_t tokens)
{
    int32_t *sums = memory_new((size_t)tokens * PIECE_OUTPUTS, sizeof *sums);
    double best = INFINITY;
    struct error ignored;

    for (int time = 0; time < 3; time++) {
        double seconds = -cpu_clock_process();

        if (machine_products_multiply(products, 0, x, tokens, sums, &ignored) <
            0)
            best = 0;
        best = fmin(best, seconds + cpu_clock_process());
    }
    free(sums);
    return best;
}

static struct token_pace time_products(const struct machine *machine, bool slow)
{
    static const double weights = PIECE_INPUTS * PIECE_OUTPUTS;
    const struct layer as = { .shape = { .name = (char *)(uintptr_t) "piece",
                                         .inputs = PIECE_INPUTS,
                                         .outputs = PIECE_OUTPUTS } };
    int8_t *values = memory_new(PIECE_INPUTS * PIECE_OUTPUTS, 1);
    struct machine_products products;
    struct token_pace pace = { 0, 0 };
    struct error ignored;

    for (int i = 0; i < PIECE_INPUTS * PIECE_OUTPUTS; i++)
        values[i] = (int8_t)(i * 89 % 255 - 127);
    machine_products_init(&products, machine, 1);
    products.slow = slow;
    if (machine_products_take(&products, 0, &as, values, NULL, &ignored) == 0) {
        double one = time_product(&products, values, 1);
        double some = time_product(&products, values, PIECE_TOKENS);

        pace.token = fmax(0, some - one) / (PIECE_TOKENS - 1) / weights;
        pace.call = fmax(0, one / weights - pace.token);
    }
    machine_products_release(&products);
    free(values);
    return pace;
}

double forecast_product(const struct machine *machine)
{
    return time_products(machine, false).token + plain_product;
}

void forecast_tokens(struct forecast *forecast,
                     const struct machine_tokens_asked *asked, size_t rows)
{
    const struct model *model = asked->model;
    uint32_t longest = asked->prompt + asked->made;
    struct token_pace pace = time_products(asked->machine, asked->slow);
    double head = (double)model_width(model) * model_vocabulary(model);
    double weights = layer_weights(model), outputs = 0, tokens;

    for (size_t l = 0; l < model_layers(model); l++)
        outputs += model_layer(model, l)->shape.outputs;
    tokens = asked->prompt + asked->made - 1.0;
    forecast_walk(forecast, model, 1, longest);
    forecast->alone =
        2 * open_seconds(model) +
        (double)rows * ((weights + head) * asked->made * pace.call +
                        (weights * tokens + head * asked->made) *
                            (pace.token + plain_product));
    /* With the machine and without: all blocks and the head in f32 and in 8
     * bits, and what was made of each token. */
    forecast->memory += 2 * ((sizeof(float) + 1) * (weights + head) +
                             sizeof(float) * outputs * longest +
                             (double)model_scratch_bytes(model, longest));
    forecast->thread = 0;
    if (asked->prune)
        forecast_add_prune(forecast, asked->prune);
    forecast->led *= 2;
}

/* How many times faster so many threads are, where each takes whole rows. */
static double faster_by(const struct forecast *forecast, unsigned processes,
                        unsigned threads)
{
    size_t rows = eighth_of(forecast->rows);

    if (forecast->rows == 0)
        return threads;
    if (processes <= 1)
        rows = min(forecast->rows,
                   forecast->at_once * divide_up(threads, forecast->at_once));
    return (double)rows / (double)divide_up(rows, threads);
}

static double phase_bytes(const struct forecast_phase *phase, unsigned threads)
{
    return phase->memory + threads * phase->thread;
}

struct forecast_row forecast_of(const struct forecast *forecast,
                                unsigned processes, unsigned threads)
{
    /* Eighths are whole: of three processes one may have two more.  So are
     * rows. */
    double share = (double)divide_up(EIGHTHS, processes) / EIGHTHS;
    double rows = (double)forecast->rows;
    double shared;

    if (forecast->rows > 0)
        share = fmax(share, ceil(rows / processes) / rows);
    shared = forecast->effort * share / faster_by(forecast, processes, threads);

    return (struct forecast_row){
        .processes = processes,
        .threads = threads,
        .seconds = forecast->alone + over_products *
                                         (shared + forecast->led / threads) /
                                         forecast->rate,
        .memory = forecast->memory + threads * forecast->thread +
                  fmax(phase_bytes(&forecast->update, threads),
                       phase_bytes(&forecast->training, threads)),
        .disk = forecast->disk * processes + forecast->common,
    };
}

bool forecast_is_heard(const struct session *session)
{
    return session->note && progress_is_told(session->work.progress);
}

void forecast_tell(const struct forecast *forecast,
                   const struct session *session,
                   const struct forecast_words *words)
{
    unsigned processes = words->processes > 1 ? words->processes : 1;
    const struct forecast_row row = forecast_of(
        forecast, processes,
        (unsigned)max(1, work_workers(&session->work) / (uint64_t)processes));
    char duration[PROGRESS_DURATION], disk[32] = "less than 1 MB";
    char *beside;

    if (row.seconds < FORECAST_LONG)
        return;
    progress_duration(duration, row.seconds);
    if (row.disk >= 1e6)
        snprintf(disk, sizeof disk, "up to %.0f MB", row.disk / 1e6);
    beside = words->beside ? memory_printf("; %s beside %s meanwhile", disk,
                                           words->beside)
                           : memory_text("");
    session_note(session,
                 "%s: about %s, by %u process%s of %u thread%s and %.0f MB%s%s",
                 words->what, duration, processes, processes == 1 ? "" : "es",
                 row.threads, row.threads == 1 ? "" : "s", row.memory / 1e6,
                 processes == 1 ? "" : " each", beside);
    free(beside);
}
