/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nothing rests on an eighth's file: it is named by its eighth alone, so that
 * few of them can be left behind, and says what it is of.  One of another
 * selection is as good as none, and the next to measure replaces it.
 */
#include "flow/select/row_costs_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "base/text.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

static const char format[] = "flexcim-costs";

/* free() it. */
static char *path_of(const struct row_kept *kept)
{
    return memory_printf("%s.%s%s.eighth-%u", kept->selection->trace->path,
                         kept->name, kept->selection->aware ? "-aware" : "",
                         kept->eighth);
}

/* The hash of all that the numbers depend on. */
static void row_kept_identity(char identity[HASH_TEXT],
                              const struct row_kept *kept)
{
    const struct selection *selection = kept->selection;
    struct text text;

    text_init(&text);
    text_addf(&text, "%s, trace %s, %s, agreement %u%s, %zu rows, ",
              kept->measure, selection->trace->hash,
              score_names[selection->score], selection->agreement,
              selection->way == MASK_BLOCKS ? " in blocks" : "", kept->rows);
    for (size_t p = 0; p < selection->patterns.count; p++) {
        char name[PATTERN_TEXT];

        pattern_print(name, selection->patterns.at[p]);
        text_addf(&text, " %s", name);
    }
    hash_bytes(identity, text.at, text.length);
    text_release(&text);
}

/* ---- out ----------------------------------------------------------------- */

/* Arrays of a place, as they are declared and put. */
enum { PLACE_ARRAYS = 4 };

struct place_array {
    const char *name;
    enum dtype dtype;
    uint64_t shape[2];
    unsigned rank;
    const void *bytes; /* NULL: there is none */
};

static void place_arrays(struct place_array array[PLACE_ARRAYS],
                         const struct row_kept *kept,
                         const struct row_place *place)
{
    uint64_t rows = kept->end - kept->first;
    uint64_t size = (uint64_t)kept->selection->tokens->length *
                    model_width(kept->selection->model);

    array[0] =
        (struct place_array){ "in", DTYPE_F32, { rows, size }, 2, place->in };
    array[1] = (struct place_array){
        "last", DTYPE_F32, { rows, size }, 2, place->last
    };
    array[2] = (struct place_array){
        "trial", DTYPE_I64, { place->trials }, 1, place->trial
    };
    array[3] = (struct place_array){
        "hidden", DTYPE_F32, { place->trials * rows, size }, 2, place->hidden
    };
}

static void say_number(struct safetensors_out *out, const char *key,
                       uint64_t number)
{
    char *text = memory_printf("%ju", (uintmax_t)number);

    safetensors_out_metadata(out, key, text);
    free(text);
}

static void row_kept_describe(struct safetensors_out *out,
                              const struct row_kept *kept,
                              const struct row_place *place)
{
    char identity[HASH_TEXT];

    row_kept_identity(identity, kept);
    safetensors_out_metadata(out, "format", format);
    safetensors_out_metadata(out, "identity", identity);
    say_number(out, "eighth", kept->eighth);
    say_number(out, "block", place->block);
    say_number(out, "next", place->next);
    safetensors_out_seal(out, "content");
    safetensors_out_declare(out, "cost", DTYPE_F64, 2,
                            (uint64_t[]){ kept->cells,
                                          kept->end - kept->first });
}

/* Numbers of the eighth's rows, [cells][rows]; free() them. */
static double *row_kept_numbers(const struct row_kept *kept)
{
    size_t rows = kept->end - kept->first;
    double *numbers = memory_new(kept->cells * rows, sizeof *numbers);

    for (size_t c = 0; c < kept->cells; c++)
        memcpy(numbers + c * rows, kept->of + c * kept->rows + kept->first,
               rows * sizeof *numbers);
    return numbers;
}

int row_kept_save(const struct row_kept *kept, const struct row_place *place,
                  struct error *err)
{
    static const struct row_place finished = { 0 };
    struct safetensors_out *out = safetensors_out_new();
    struct place_array array[PLACE_ARRAYS];
    double *numbers = row_kept_numbers(kept);
    char *path = path_of(kept);
    int status;

    place = place ? place : &finished;
    row_kept_describe(out, kept, place);
    place_arrays(array, kept, place);
    for (unsigned i = 0; i < PLACE_ARRAYS; i++)
        if (array[i].bytes)
            safetensors_out_declare(out, array[i].name, array[i].dtype,
                                    array[i].rank, array[i].shape);
    status = safetensors_out_create(out, path, err);
    if (status == 0)
        status = safetensors_out_put(out, "cost", numbers, err);
    for (unsigned i = 0; status == 0 && i < PLACE_ARRAYS; i++)
        if (array[i].bytes)
            status =
                safetensors_out_put(out, array[i].name, array[i].bytes, err);
    status = safetensors_out_end(out, status, err);
    free(path);
    free(numbers);
    return status;
}

/* ---- in ------------------------------------------------------------------ */

static bool says_number(uint64_t *number, const struct safetensors *file,
                        const char *key)
{
    const char *text = safetensors_metadata(file, key);

    return text && number_u64(number, text);
}

static bool is_ours(const struct safetensors *file, const struct row_kept *kept)
{
    char identity[HASH_TEXT];
    uint64_t eighth;

    row_kept_identity(identity, kept);
    return safetensors_says(file, "format", format) &&
           safetensors_says(file, "identity", identity) &&
           says_number(&eighth, file, "eighth") && eighth == kept->eighth;
}

static bool is_whole(const struct safetensors *file)
{
    char content[HASH_TEXT];

    safetensors_hash_data(file, content);
    return safetensors_says(file, "content", content);
}

static void *copy_of(const struct safetensors_tensor *tensor)
{
    void *copy = memory_new_aligned(tensor->length, 1);

    memcpy(copy, tensor->bytes, tensor->length);
    return copy;
}

/* An F32 array of a place; NULL if the file has none such. */
static float *place_floats(const struct safetensors *file, const char *name,
                           uint64_t rows, uint64_t size)
{
    struct error ignored;
    const struct safetensors_tensor *tensor = safetensors_need(
        file, name, DTYPE_F32, 2, (uint64_t[]){ rows, size }, &ignored);

    return tensor ? copy_of(tensor) : NULL;
}

/* Trials are cells of the place's block. */
static bool trials_are_good(const struct safetensors_tensor *trial,
                            const struct row_kept *kept, uint64_t block)
{
    const struct selection *selection = kept->selection;

    if (!trial || trial->dtype != DTYPE_I64 || trial->rank != 1 ||
        trial->elements > kept->cells)
        return false;
    for (size_t t = 0; t < trial->elements; t++) {
        int64_t cell;

        memcpy(&cell, trial->bytes + t * sizeof cell, sizeof cell);
        if (cell < 0 || (uint64_t)cell >= kept->cells ||
            selection->trace->layer[(size_t)cell / selection->patterns.count]
                    .shape.block != block)
            return false;
    }
    return true;
}

static void load_place(struct row_place *place, const struct safetensors *file,
                       const struct row_kept *kept)
{
    uint64_t rows = kept->end - kept->first, block, next;
    uint64_t size = (uint64_t)kept->selection->tokens->length *
                    model_width(kept->selection->model);
    const struct safetensors_tensor *trial = safetensors_find(file, "trial");
    uint32_t blocks = model_blocks(kept->selection->model);

    *place = (struct row_place){ 0 };
    if (!says_number(&block, file, "block") || block >= blocks ||
        !says_number(&next, file, "next") || next > blocks)
        return;
    place->in = place_floats(file, "in", rows, size);
    if (!place->in)
        return;
    place->block = (uint32_t)block;
    place->last = place_floats(file, "last", rows, size);
    if (!trials_are_good(trial, kept, block))
        return;
    place->hidden = place_floats(file, "hidden", trial->elements * rows, size);
    if (!place->hidden)
        return;
    place->next = (uint32_t)next;
    place->trials = trial->elements;
    place->trial = copy_of(trial);
}

static bool load_numbers(const struct row_kept *kept,
                         const struct safetensors *file)
{
    uint64_t rows = kept->end - kept->first;
    struct error ignored;
    const struct safetensors_tensor *cost =
        safetensors_need(file, "cost", DTYPE_F64, 2,
                         (uint64_t[]){ kept->cells, rows }, &ignored);

    if (!cost)
        return false;
    for (size_t c = 0; c < kept->cells; c++)
        memcpy(kept->of + c * kept->rows + kept->first,
               cost->bytes + c * rows * sizeof(double), rows * sizeof(double));
    return true;
}

void row_kept_load(const struct row_kept *kept, struct row_place *place)
{
    struct safetensors *file;
    struct error ignored;
    char *path = path_of(kept);
    bool good = false;

    if (access(path, F_OK) == 0) {
        if (safetensors_open(&file, path, &ignored) == 0) {
            good = is_ours(file, kept) && is_whole(file) &&
                   load_numbers(kept, file);
            if (good && place)
                load_place(place, file, kept);
            safetensors_close(file);
        }
        opened_forget(path); /* it is made anew */
    }
    free(path);
}

void row_kept_remove(const struct row_kept *kept)
{
    struct safetensors *file;
    struct error ignored;
    char *path = path_of(kept);
    bool others = false;

    if (access(path, F_OK) == 0) {
        if (safetensors_open(&file, path, &ignored) == 0) {
            others = !is_ours(file, kept);
            safetensors_close(file);
        }
        opened_forget(path);
    }
    if (!others) {
        unlink(path);
        leftover_clear(path);
    }
    free(path);
}
