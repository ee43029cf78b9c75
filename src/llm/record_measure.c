/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows run through the model once, and statistics, sample and Gram matrices are
 * of that run.  Which way they take through it depends on what must be in
 * memory or on disk meanwhile:
 *
 *     statistics only     an eighth goes through all blocks, since all that it
 *                         leaves is a number a channel
 *     with Gram matrices  all eighths go through a block before the next one is
 *                         begun, since a block's sums are as large as its
 *                         weights; when the last eighth is through, their mean
 *                         is written, and only the next block's are needed
 *
 * Work that is long, or shared, is kept: beside PATH lie PATH.eighth-E (sums,
 * and the states at which the rows stand), PATH.gram-B.eighth-E (an eighth's
 * sums of a block) and PATH.gram-B.  An eighth's sums of a block are written
 * before its states are, so that whoever is killed in between does that block
 * of that eighth again, and nothing else.  Short work has all rows in memory,
 * and writes the matrices only.
 */
#include "llm/record_measure.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "llm/gram.h"
#include "llm/record_eighths.h"

char *record_gram_path(const char *path, uint32_t block)
{
    return memory_printf("%s.gram-%u", path, block);
}

static int measure_eighth(const struct record *record,
                          struct calibration *calibration, const char *path,
                          struct record_part part, struct error *err)
{
    return record_eighth_rows(calibration, part.eighth) == 0
               ? 0
               : record_measure_eighths(record, calibration, path, part,
                                        part.eighth + 1, err);
}

uint32_t record_parts(const struct record *record)
{
    return record->gram ? model_blocks(record->model) : 1;
}

int record_measure_part(const struct record *record, const char *path,
                        struct record_part part, struct error *err)
{
    struct calibration calibration;
    int status;

    if (record_check_names(record, err) < 0)
        return -1;
    calibration_begin(&calibration, record->model, record->tokens,
                      record->sample);
    status = measure_eighth(record, &calibration, path, part, err);
    calibration_release(&calibration);
    return status;
}

/* ---- blocks, with Gram matrices ------------------------------------------ */

static int is_gram_kept(const struct record *record, const char *path,
                        uint32_t block)
{
    char *beside = record_gram_path(path, block), identity[HASH_TEXT];
    struct gram_file file = { identity, beside, 0 };
    int status;

    record_identity(record, identity);
    status = gram_is_kept(&file);
    free(beside);
    return status == 0;
}

static int gram_write(const struct gram *gram, const struct record *record,
                      const char *path, struct error *err)
{
    char *beside = record_gram_path(path, gram->block), identity[HASH_TEXT];
    const struct gram_file file = { identity, beside, 0 };
    int status;

    record_identity(record, identity);
    status = gram_save(gram, &file, err);
    free(beside);
    return status;
}

/* The eighths' sums of a block, which are then taken away. */
static int join_eighths(struct gram *gram, const struct record *record,
                        const struct calibration *calibration, const char *path,
                        struct error *err)
{
    char identity[HASH_TEXT];
    int status = 0;

    record_identity(record, identity);
    for (unsigned e = 0; status == 0 && e < CALIBRATION_EIGHTHS; e++) {
        char *beside = record_gram_eighth_path(path, gram->block, e);
        const struct gram_file file = { identity, beside, e };

        if (record_eighth_rows(calibration, e) > 0 &&
            gram_take_up(gram, &file) != 0)
            status = error_set(err, ERROR_DISK,
                               "%s: is gone or damaged, which was written "
                               "before: take %s.eighth-%u away, and the same "
                               "command measures that part again",
                               beside, path, e);
        free(beside);
    }
    return status;
}

static void remove_beside(char *beside)
{
    unlink(beside);
    leftover_clear(beside);
    free(beside);
}

static void remove_gram_eighths(const char *path, uint32_t block)
{
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
        remove_beside(record_gram_eighth_path(path, block, e));
}

/* A block of all eighths, by whoever has time. */
static int measure_block(const struct record *record,
                         struct calibration *calibration, const char *path,
                         uint32_t block, struct error *err)
{
    const struct gram_rows rows = record_gram_rows(record, CALIBRATION_EIGHTHS);
    struct gram *gram;
    int status = 0;

    if (is_gram_kept(record, path, block)) {
        remove_gram_eighths(path, block);
        return 0;
    }
    if (record->share)
        status = record->share(record->context, block, err);
    for (unsigned e = 0; status == 0 && e < CALIBRATION_EIGHTHS; e++)
        status = measure_eighth(record, calibration, path,
                                (struct record_part){ block, e }, err);
    if (status < 0)
        return -1;
    gram = gram_new(record->model, block, &rows);
    status = join_eighths(gram, record, calibration, path, err);
    if (status == 0)
        status = gram_write(gram, record, path, err);
    gram_free(gram);
    if (status == 0)
        remove_gram_eighths(path, block);
    return status;
}

/* ---- all of it ----------------------------------------------------------- */

static bool is_long(const struct record *record)
{
    const struct model *model = record->model;
    double weights = 0;

    for (size_t l = 0; l < model_layers(model); l++)
        weights += (double)model_layer(model, l)->shape.inputs *
                   model_layer(model, l)->shape.outputs;
    return weights * (double)record->tokens->rows * record->tokens->length >=
           RECORD_LONG;
}

/* All rows together, nothing kept but the matrices. */
static int measure_together(const struct record *record,
                            struct calibration *calibration, const char *path,
                            struct error *err)
{
    const struct gram_rows of = record_gram_rows(record, CALIBRATION_EIGHTHS);
    struct calibration_rows rows;
    int status = 0;

    calibration_rows_open(&rows, calibration, 0, CALIBRATION_EIGHTHS);
    calibration_rows_begin(&rows, record->work.workers);
    while (status == 0 && rows.block < model_blocks(record->model)) {
        struct gram *gram = gram_new(record->model, rows.block, &of);

        status = calibration_rows_pass(&rows, gram, &record->work, err);
        gram_rest(gram);
        if (status == 0)
            status = gram_write(gram, record, path, err);
        gram_free(gram);
    }
    calibration_rows_close(&rows);
    return status;
}

/* Which eighths are through all blocks, and are in the calibration now. */
static size_t take_up_eighths(const struct record *record,
                              struct calibration *calibration, const char *path,
                              bool *missing)
{
    char identity[HASH_TEXT];
    size_t rows = 0;

    record_identity(record, identity);
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        char *beside = record_eighth_path(path, e);
        const struct calibration_file file = { identity, beside, e, NULL };

        missing[e] = calibration_load(calibration, &file) != 0;
        if (missing[e])
            rows += record_eighth_rows(calibration, e);
        free(beside);
    }
    return rows;
}

/* Whether any eighth lies beside the path. */
static bool has_begun(const char *path)
{
    bool begun = false;

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        char *beside = record_eighth_path(path, e);

        begun |= access(beside, F_OK) == 0;
        free(beside);
    }
    return begun;
}

/* Eighths that stand nowhere although all blocks' matrices are there: whoever
 * was killed while it took them away had got that far. */
static int measure_again(const struct record *record,
                         struct calibration *calibration, const char *path,
                         struct error *err)
{
    bool missing[CALIBRATION_EIGHTHS];
    uint32_t last = model_blocks(record->model) - 1;
    int status = 0;

    take_up_eighths(record, calibration, path, missing);
    for (unsigned e = 0; status == 0 && e < CALIBRATION_EIGHTHS; e++)
        if (missing[e])
            status = measure_eighth(record, calibration, path,
                                    (struct record_part){ last, e }, err);
    return status;
}

static int measure_with_gram(const struct record *record,
                             struct calibration *calibration, const char *path,
                             struct error *err)
{
    int status = 0;

    if (!record->share && !is_long(record) && !has_begun(path))
        return measure_together(record, calibration, path, err);
    for (uint32_t b = 0; status == 0 && b < model_blocks(record->model); b++)
        status = measure_block(record, calibration, path, b, err);
    return status < 0 ? -1 : measure_again(record, calibration, path, err);
}

/* Behind eighth `first` those that are missing, up to as many rows as `most`.
 */
static unsigned missing_end(const struct calibration *calibration,
                            unsigned first, const bool *missing, size_t most)
{
    unsigned end = first + 1;

    while (end < CALIBRATION_EIGHTHS && missing[end] &&
           calibration_cut(calibration, end) -
                   calibration_cut(calibration, first) <
               most)
        end++;
    return end;
}

/* Kept: as many eighths together as the threads have rows of. */
static int measure_kept(const struct record *record,
                        struct calibration *calibration, const char *path,
                        unsigned first, unsigned end, struct error *err)
{
    int status = record_measure_eighths(
        record, calibration, path, (struct record_part){ 0, first }, end, err);

    if (status != 1)
        return status;
    status = 0;
    for (unsigned e = first; status == 0 && e < end; e++)
        status = measure_eighth(record, calibration, path,
                                (struct record_part){ 0, e }, err);
    return status;
}

/* What is not there yet: a few eighths after the other where each shall be
 * kept, else as many together as follow one another. */
static int measure_missing(const struct record *record,
                           struct calibration *calibration, const char *path,
                           const bool *missing, struct error *err)
{
    bool keeps = is_long(record);
    size_t most = keeps ? work_workers(&record->work) : record->tokens->rows;
    int status = 0;

    for (unsigned e = 0, end; status == 0 && e < CALIBRATION_EIGHTHS; e = end) {
        end = e + 1;
        if (!missing[e])
            continue;
        end = missing_end(calibration, e, missing, most);
        status = keeps
                     ? measure_kept(record, calibration, path, e, end, err)
                     : calibration_add(calibration, e, end, &record->work, err);
    }
    return status;
}

int record_measure(const struct record *record, struct calibration *calibration,
                   const char *path, struct error *err)
{
    bool missing[CALIBRATION_EIGHTHS];
    size_t rows = record->tokens->rows;
    int status = 0;

    if (!record->gram && record->share)
        status = record->share(record->context, 0, err);
    if (status == 0 && !record->gram)
        rows = take_up_eighths(record, calibration, path, missing);
    if (status < 0)
        return -1;
    if (record->gram && record->share) /* who shares tells of the others */
        return measure_with_gram(record, calibration, path, err);
    progress_begin(record->work.progress, "calibration",
                   rows * model_blocks(record->model), "rows x blocks");
    status = record->gram
                 ? measure_with_gram(record, calibration, path, err)
                 : measure_missing(record, calibration, path, missing, err);
    progress_end(record->work.progress);
    return status;
}

void record_remove_useless(const struct record *record, const char *path)
{
    if (!has_begun(path))
        record_remove_kept(record, path);
}

/* With what a worker left of one that was killed while it wrote: whoever took
 * the command up found the file held as long as that worker was dying. */
void record_remove_kept(const struct record *record, const char *path)
{
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++)
        remove_beside(record_eighth_path(path, e));
    for (uint32_t b = 0; record->gram && b < model_blocks(record->model); b++) {
        remove_gram_eighths(path, b);
        remove_beside(record_gram_path(path, b));
    }
}
