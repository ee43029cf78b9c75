/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Eighths that are measured together share their threads, not their files: each
 * is kept where one that is measured alone would be, so that whoever takes them
 * up, in whatever company, finds them.
 */
#include "llm/record_eighths.h"

#include <stdlib.h>

#include "base/arithmetic.h"
#include "base/memory.h"

/* Seconds after which eighths that are on their way are kept. */
enum { KEEP_SECONDS = 60 };

char *record_eighth_path(const char *path, unsigned e)
{
    return memory_printf("%s.eighth-%u", path, e);
}

char *record_gram_eighth_path(const char *path, uint32_t block, unsigned e)
{
    return memory_printf("%s.gram-%u.eighth-%u", path, block, e);
}

size_t record_eighth_rows(const struct calibration *calibration, unsigned e)
{
    return calibration_cut(calibration, e + 1) -
           calibration_cut(calibration, e);
}

struct gram_rows record_gram_rows(const struct record *record, unsigned eighths)
{
    size_t rows = record->tokens->rows;

    return (struct gram_rows){
        .rows = eighths > 1 ? rows : divide_up(rows, CALIBRATION_EIGHTHS),
        .length = record->tokens->length,
        .workers = work_workers(&record->work),
        .eighths = eighths,
    };
}

/* Eighths that are measured together, and where they are kept, each in a file:
 * one, or more where threads would be without rows. */
struct record_eighths {
    const struct record *record;
    const char *path;
    char identity[HASH_TEXT];
    struct calibration *calibration;
    struct calibration_rows rows;
    double kept; /* when */
};

/* One of them: its rows are among those of all. */
static struct calibration_rows rows_of_eighth(const struct record_eighths *of,
                                              unsigned e)
{
    struct calibration_rows rows = of->rows;
    size_t before = calibration_cut(of->calibration, e) -
                    calibration_cut(of->calibration, of->rows.first);

    rows.first = e;
    rows.end = e + 1;
    rows.hidden.at =
        (float *)of->rows.hidden.at +
        before * of->record->tokens->length * model_width(of->record->model);
    return rows;
}

/* The block at which all of them stand; -1: they stand nowhere; -2: not at the
 * same. */
static int64_t eighths_load(struct record_eighths *of)
{
    int64_t stand = -2;

    for (unsigned e = of->rows.first; e < of->rows.end; e++) {
        struct calibration_rows rows = rows_of_eighth(of, e);
        char *beside = record_eighth_path(of->path, e);
        const struct calibration_file file = { of->identity, beside, e, &rows };
        int64_t at = -1;

        if (record_eighth_rows(of->calibration, e) > 0) {
            if (calibration_load(of->calibration, &file) == 0)
                at = rows.block;
            if (stand != -2 && stand != at) {
                free(beside);
                return -2;
            }
            stand = at;
        }
        free(beside);
    }
    return stand;
}

static int eighths_save(const struct record_eighths *of, struct error *err)
{
    int status = 0;

    for (unsigned e = of->rows.first; status == 0 && e < of->rows.end; e++) {
        struct calibration_rows rows = rows_of_eighth(of, e);
        char *beside = record_eighth_path(of->path, e);
        const struct calibration_file file = { of->identity, beside, e, &rows };

        if (record_eighth_rows(of->calibration, e) > 0)
            status = calibration_save(of->calibration, &file, err);
        free(beside);
    }
    return status;
}

/* Through a block, with its sums: of one eighth. */
static int pass_with_gram(struct record_eighths *of, struct error *err)
{
    const struct gram_rows rows = record_gram_rows(of->record, 1);
    struct gram *gram = gram_new(of->record->model, of->rows.block, &rows);
    char *path =
        record_gram_eighth_path(of->path, of->rows.block, of->rows.first);
    const struct gram_file file = { of->identity, path, of->rows.first };
    int status = calibration_rows_pass(&of->rows, gram, &of->record->work, err);

    if (status == 0)
        status = gram_save_eighth(gram, &file, err);
    gram_free(gram);
    free(path);
    return status;
}

/* Through the blocks up to `last`.  They are kept after each if they have sums
 * beside them, after the last, and when they were not for some time. */
static int eighths_pass(struct record_eighths *of, uint32_t last,
                        struct error *err)
{
    int status = 0;

    while (status == 0 && of->rows.block <= last) {
        bool gram = of->record->gram;

        status = gram ? pass_with_gram(of, err)
                      : calibration_rows_pass(&of->rows, NULL,
                                              &of->record->work, err);
        if (status == 0 && (gram || of->rows.block > last ||
                            progress_clock() - of->kept >= KEEP_SECONDS)) {
            status = eighths_save(of, err);
            of->kept = progress_clock();
        }
    }
    return status;
}

int record_measure_eighths(const struct record *record,
                           struct calibration *calibration, const char *path,
                           struct record_part part, unsigned end,
                           struct error *err)
{
    struct record_eighths of = { .record = record,
                                 .path = path,
                                 .calibration = calibration,
                                 .kept = progress_clock() };
    uint32_t last = record->gram ? part.block : model_blocks(record->model) - 1;
    int64_t stand;
    int status = 1;

    record_identity(record, of.identity);
    calibration_rows_open(&of.rows, calibration, part.eighth, end);
    stand = eighths_load(&of);
    if (stand >= 0)
        of.rows.block = (uint32_t)stand;
    else if (stand == -1)
        calibration_rows_begin(&of.rows, record->work.workers);
    if (stand != -2)
        status = eighths_pass(&of, last, err);
    calibration_rows_close(&of.rows);
    return status;
}
