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
    if (status == 0)
        status = safetensors_out_commit(out, err);
    else
        safetensors_out_abandon(out);
    free(path);
    return status;
}

static bool row_numbers_says(const struct safetensors *file, const char *key,
                             const char *wanted)
{
    const char *text = safetensors_metadata(file, key);

    return text && strcmp(text, wanted) == 0;
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
    if (!tensor || !row_numbers_says(file, "format", format) ||
        !row_numbers_says(file, "identity", numbers->identity) ||
        !row_numbers_says(file, "eighth",
                          (char[]){ (char)('0' + eighth), 0 }) ||
        !row_numbers_says(file, "content", content))
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

static int row_numbers_measure(const struct row_numbers *numbers,
                               unsigned eighth, double *number,
                               struct error *err)
{
    if (numbers->measure(numbers->context, number,
                         row_numbers_cut(numbers, eighth),
                         row_numbers_cut(numbers, eighth + 1), err) < 0)
        return -1;
    return row_numbers_save(numbers, eighth, number, err);
}

int row_numbers_eighth(const struct row_numbers *numbers, unsigned eighth,
                       struct error *err)
{
    size_t rows =
        row_numbers_cut(numbers, eighth + 1) - row_numbers_cut(numbers, eighth);
    double *number = memory_new(rows, sizeof *number);
    int status = 0;

    if (!row_numbers_load(numbers, eighth, number))
        status = row_numbers_measure(numbers, eighth, number, err);
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

int row_numbers_all(double *number, const struct row_numbers *numbers,
                    enum row_numbers_way way, struct error *err)
{
    bool there[CALIBRATION_EIGHTHS + 1], kept = way == ROW_NUMBERS_KEPT;
    int status = 0;

    for (unsigned e = 0; e < CALIBRATION_EIGHTHS; e++) {
        size_t first = row_numbers_cut(numbers, e);

        there[e] = row_numbers_load(numbers, e, number + first);
        kept |= there[e] && first < row_numbers_cut(numbers, e + 1);
    }
    there[CALIBRATION_EIGHTHS] = true;
    for (unsigned e = 0; status == 0 && e < CALIBRATION_EIGHTHS; e++) {
        size_t first = row_numbers_cut(numbers, e);
        unsigned end = e + 1;

        if (there[e])
            continue;
        if (way == ROW_NUMBERS_KEPT) {
            status = row_numbers_measure(numbers, e, number + first, err);
            continue;
        }
        while (!there[end])
            end++;
        status = numbers->measure(numbers->context, number + first, first,
                                  row_numbers_cut(numbers, end), err);
        e = end;
    }
    if (status == 0 && kept)
        row_numbers_remove(numbers);
    return status;
}
