/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An eighth is a safetensors file of one tensor, `number` F64 [rows], with
 * `__metadata__` format=flexcim-numbers, identity, eighth, and the seal
 * `content`.  One that is damaged or of something else counts as none.
 */
#include "llm/row_numbers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"
#include "base/opened.h"
#include "llm/calibration.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format[] = "flexcim-numbers";

enum { HASH_BEGINNING = 12 };

static size_t row_numbers_cut(const struct row_numbers *numbers,
                              unsigned eighth)
{
    return eighth * numbers->rows / CALIBRATION_EIGHTHS;
}

/* free() it. */
static char *row_numbers_path(const struct row_numbers *numbers,
                              unsigned eighth)
{
    return memory_printf("%s-%.*s.eighth-%u", numbers->beside, HASH_BEGINNING,
                         numbers->identity, eighth);
}

static int row_numbers_save(const struct row_numbers *numbers, unsigned eighth,
                            const double *number, struct error *err)
{
    struct safetensors_out *out = safetensors_out_new();
    char *path = row_numbers_path(numbers, eighth);
    uint64_t rows =
        row_numbers_cut(numbers, eighth + 1) - row_numbers_cut(numbers, eighth);
    int status;

    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", numbers->identity);
    safetensors_out_metadata(out, "eighth",
                             (char[]){ (char)('0' + eighth), 0 });
    safetensors_out_seal(out, "content");
    safetensors_out_declare(out, "number", DTYPE_F64, 1, &rows);
    status = safetensors_out_create(out, path, err);
    if (status == 0)
        status = safetensors_out_put(out, "number", number, err);
    status = safetensors_out_end(out, status, err);
    free(path);
    return status;
}

static bool row_numbers_read(const struct row_numbers *numbers, unsigned eighth,
                             const struct safetensors *file, double *number)
{
    uint64_t rows =
        row_numbers_cut(numbers, eighth + 1) - row_numbers_cut(numbers, eighth);
    const struct safetensors_tensor *tensor;
    char content[HASH_TEXT];
    struct error ignored;

    safetensors_hash_data(file, content);
    tensor = safetensors_need(file, "number", DTYPE_F64, 1, &rows, &ignored);
    if (!tensor || !safetensors_says(file, "format", format) ||
        !safetensors_says(file, "identity", numbers->identity) ||
        !safetensors_says(file, "eighth",
                          (char[]){ (char)('0' + eighth), 0 }) ||
        !safetensors_says(file, "content", content))
        return false;
    memcpy(number, tensor->bytes, tensor->length);
    return true;
}

/* True if the eighth is kept, or has no rows. */
static bool row_numbers_load(const struct row_numbers *numbers, unsigned eighth,
                             double *number)
{
    char *path = row_numbers_path(numbers, eighth);
    struct safetensors *file;
    struct error ignored;
    bool good = row_numbers_cut(numbers, eighth) ==
                row_numbers_cut(numbers, eighth + 1);

    if (!good && access(path, F_OK) == 0) {
        if (safetensors_open(&file, path, &ignored) == 0) {
            good = row_numbers_read(numbers, eighth, file, number);
            safetensors_close(file);
        }
        opened_forget(path);
    }
    free(path);
    return good;
}

static size_t row_numbers_rows(const struct row_numbers *numbers,
                               unsigned first, unsigned end)
{
    return row_numbers_cut(numbers, end) - row_numbers_cut(numbers, first);
}

/* Eighths first .. end - 1, of which none is kept. */
static int row_numbers_measure(const struct row_numbers *numbers,
                               unsigned first, unsigned end, double *number,
                               struct error *err)
{
    return numbers->measure(numbers->context, number,
                            row_numbers_cut(numbers, first),
                            row_numbers_cut(numbers, end), err);
}

int row_numbers_eighth(const struct row_numbers *numbers, unsigned eighth,
                       struct error *err)
{
    size_t rows =
        row_numbers_cut(numbers, eighth + 1) - row_numbers_cut(numbers, eighth);
    double *number = memory_new(rows, sizeof *number);
    int status = 0;

    if (!row_numbers_load(numbers, eighth, number)) {
        status = row_numbers_measure(numbers, eighth, eighth + 1, number, err);
        if (status == 0)
            status = row_numbers_save(numbers, eighth, number, err);
    }
    free(number);
    return status;
}

static void row_numbers_remove(const struct row_numbers *numbers)
{
    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        char *path = row_numbers_path(numbers, e);

        unlink(path);
        leftover_clear(path);
        free(path);
    }
}

/* What is measured with eighth `first`: those behind it that are not kept
 * either, up to as many rows as `most`.  Of few rows, many eighths have none.
 */
static unsigned together_with(const struct row_numbers *numbers, unsigned first,
                              const bool *there, size_t most)
{
    unsigned end = first + 1;

    while (end < CALIBRATION_EIGHTHS &&
           row_numbers_rows(numbers, first, end) < most &&
           (!there[end] || row_numbers_rows(numbers, end, end + 1) == 0))
        end++;
    return end;
}

static int save_all(const struct row_numbers *numbers, unsigned first,
                    unsigned end, const double *number, struct error *err)
{
    int status = 0;

    for (unsigned e = first; status == 0 && e < end; e++)
        if (row_numbers_rows(numbers, e, e + 1) > 0)
            status = row_numbers_save(
                numbers, e, number + row_numbers_cut(numbers, e), err);
    return status;
}

int row_numbers_all(double *number, const struct row_numbers *numbers,
                    enum row_numbers_way way, struct error *err)
{
    bool there[CALIBRATION_EIGHTHS], keeps = way == ROW_NUMBERS_KEPT;
    bool kept = keeps;
    int status = 0;

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        there[e] =
            row_numbers_load(numbers, e, number + row_numbers_cut(numbers, e));
        kept |= there[e] && row_numbers_rows(numbers, e, e + 1) > 0;
    }
    for (unsigned e = 0, end; status == 0 && e < CALIBRATION_EIGHTHS; e = end) {
        end = e + 1;
        if (there[e])
            continue;
        end = together_with(numbers, e, there,
                            keeps ? numbers->workers : numbers->rows);
        status = row_numbers_measure(numbers, e, end,
                                     number + row_numbers_cut(numbers, e), err);
        if (status == 0 && keeps)
            status = save_all(numbers, e, end, number, err);
    }
    if (status == 0 && kept)
        row_numbers_remove(numbers);
    return status;
}
