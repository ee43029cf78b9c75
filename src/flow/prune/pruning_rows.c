/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * KEEP.rows (prune_files.c): where the rows stand, now and then.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/stop.h"
#include "flow/prune/pruning.h"
#include "flow/prune/pruning_file.h"

/* Where the rows of both models stand, and what of that is no array. */
struct pruning_rows {
    struct sequence_stand stand, dense;
    uint64_t looked[2];
};

enum {
    ROWS,
    ROWS_PLACE,
    ROWS_LOOKED,
    ROWS_DENSE,
    ROWS_DENSE_PLACE,
    ROWS_SQUARES,
    ROWS_TOKENS,
    ROWS_GRAM,
    ROWS_CROSS,
    ROWS_LACK,
    ROWS_ARRAYS
};

/* Arrays of which `rows` has none are there without bytes. */
static void describe_rows(struct pruning_file *file, const struct prune *prune,
                          const struct pruning_rows *rows)
{
    uint64_t n = prune->tokens->rows, length = prune->tokens->length;
    uint64_t width = model_width(prune->model);
    const struct sequence_stand *stand = &rows->stand, *dense = &rows->dense;
    uint64_t k = model_layer(prune->model, rows->looked[0])->shape.inputs;
    const struct pruning_array all[ROWS_ARRAYS] = {
        { "rows", DTYPE_F32, 3, { n, length, width }, stand->rows },
        { "place", DTYPE_U32, 1, { n }, stand->place },
        { "looked", DTYPE_U64, 1, { 2 }, rows->looked },
        { "dense", DTYPE_F32, 3, { n, length, width }, dense->rows },
        { "dense_place", DTYPE_U32, 1, { n }, dense->place },
        { "mean_square", DTYPE_F64, 1, { k }, stand->squares },
        { "tokens", DTYPE_U64, 1, { 1 }, &stand->tokens },
        { "gram", DTYPE_F64, 2, { k, k }, stand->gram },
        { "cross", DTYPE_F64, 2, { k, k }, stand->cross },
        { "lack", DTYPE_F64, 2, { width, k }, stand->lack },
    };

    file->block = stand->block;
    for (size_t i = 0; i < ROWS_ARRAYS; i++)
        pruning_file_add(file, all[i]);
}

static struct pruning_file rows_file(const struct prune *prune)
{
    return (struct pruning_file){
        .path = memory_printf("%s.rows", prune->keep),
        .identity = pruning_identity(prune, "rows", 0),
    };
}

int pruning_keep_rows(const struct pruning *pruning, struct error *err)
{
    struct pruning_rows rows = { .looked = { 0, 0 } };
    struct pruning_file file;
    int status;

    if (!pruning->keeps || !pruning->sequence)
        return 0;
    rows.stand = sequence_stand(pruning->sequence);
    if (pruning->dense)
        rows.dense = sequence_stand(pruning->dense);
    rows.looked[0] = rows.stand.layer;
    rows.looked[1] = rows.stand.looked;
    file = rows_file(pruning->prune);
    describe_rows(&file, pruning->prune, &rows);
    pruning_file_leave_out_empty(&file);
    status = pruning_file_save(&file, err);
    pruning_file_release(&file);
    return status;
}

/* So seldom that keeping takes at most a twentieth of the time, and so often
 * that at most some two minutes are lost. */
void pruning_keep_now_and_then(void *context)
{
    enum { SELDOM = 20, LEAST = 60, MOST = 120 };
    struct pruning *pruning = context;
    double now = progress_clock();
    double wait = fmin(fmax(SELDOM * pruning->keeping, LEAST), MOST);

    if (pruning->kept_badly < 0 ||
        (!pruning->prune->keeps_all && now - pruning->kept < wait))
        return;
    pruning->kept_badly = pruning_keep_rows(pruning, &pruning->failure);
    pruning->kept = progress_clock();
    pruning->keeping = pruning->kept - now;
}

int pruning_check(const struct pruning *pruning, struct error *err)
{
    if (stop_check(err) < 0)
        return -1;
    if (pruning->kept_badly < 0)
        *err = pruning->failure;
    return pruning->kept_badly;
}

int pruning_miss(const struct pruning *pruning, size_t layer, struct error *err)
{
    const struct prune *prune = pruning->prune;

    return error_set(
        err, ERROR_DISK,
        "%s.layer-*: layers of block %u that were written are gone "
        "or damaged: take %s.rows away, and the same command "
        "begins anew",
        prune->keep, prune->plan->layer[layer].shape.block, prune->keep);
}

/* Whether what was settled before rows came to where they stand lies there. */
static bool has_layers_before(const struct pruning *pruning,
                              const struct sequence_stand *stand)
{
    const struct prune *prune = pruning->prune;
    bool has = true;

    for (size_t l = 0; has && l < prune->plan->layers; l++) {
        char *path;

        if (!stage_settles(prune->plan, l) ||
            !sequence_is_behind(pruning->sequence, stand, l))
            continue;
        path = pruning_path(prune, "layer", l);
        has = access(path, F_OK) == 0;
        free(path);
    }
    return has;
}

/* What the file has of `rows`, all of it or nothing. */
static bool find_rows(struct pruning_rows *rows, struct pruning_file *file,
                      const struct safetensors *in)
{
    const void *at[ROWS_ARRAYS];
    struct error ignored;

    for (size_t i = 0; i < ROWS_ARRAYS; i++) {
        const struct pruning_array *array = &file->array[i];
        const struct safetensors_tensor *tensor = NULL;

        if (safetensors_find(in, array->name)) {
            tensor = safetensors_need(in, array->name, array->dtype,
                                      array->rank, array->shape, &ignored);
            if (!tensor)
                return false;
        }
        at[i] = tensor ? tensor->bytes : NULL;
    }
    if (!at[ROWS] || !at[ROWS_PLACE] || !at[ROWS_LOOKED] || !at[ROWS_TOKENS])
        return false;
    rows->stand = (struct sequence_stand){
        .block = file->block,
        .rows = at[ROWS],
        .place = at[ROWS_PLACE],
        .layer = rows->looked[0],
        .looked = rows->looked[1],
        .squares = at[ROWS_SQUARES],
        .gram = at[ROWS_GRAM],
        .cross = at[ROWS_CROSS],
        .lack = at[ROWS_LACK],
    };
    memcpy(&rows->stand.tokens, at[ROWS_TOKENS], sizeof rows->stand.tokens);
    rows->dense = (struct sequence_stand){ .block = file->block,
                                           .rows = at[ROWS_DENSE],
                                           .place = at[ROWS_DENSE_PLACE] };
    return true;
}

/* The layer that is looked at, whose inputs say how large sums are. */
static bool find_looked(struct pruning_rows *rows, const struct prune *prune,
                        const struct safetensors *in)
{
    const uint64_t two = 2;
    struct error ignored;
    const struct safetensors_tensor *tensor =
        safetensors_need(in, "looked", DTYPE_U64, 1, &two, &ignored);

    if (!tensor)
        return false;
    memcpy(rows->looked, tensor->bytes, sizeof rows->looked);
    return rows->looked[0] < prune->plan->layers;
}

static bool rows_can_stand(const struct pruning *pruning,
                           const struct pruning_rows *rows)
{
    if (pruning->dense && (!rows->dense.rows || !rows->dense.place ||
                           !sequence_can_stand(pruning->dense, &rows->dense)))
        return false;
    return sequence_can_stand(pruning->sequence, &rows->stand) &&
           has_layers_before(pruning, &rows->stand);
}

void pruning_take_rows(struct pruning *pruning)
{
    struct pruning_rows rows = { .looked = { 0, 0 } };
    struct pruning_file file;
    struct safetensors *in;

    if (!pruning->keeps || !pruning->sequence)
        return;
    file = rows_file(pruning->prune);
    in = pruning_file_open(&file);
    if (in && find_looked(&rows, pruning->prune, in)) {
        rows.stand.block = file.block;
        describe_rows(&file, pruning->prune, &rows);
        if (find_rows(&rows, &file, in) && rows_can_stand(pruning, &rows)) {
            sequence_restore(pruning->sequence, &rows.stand);
            if (pruning->dense)
                sequence_restore(pruning->dense, &rows.dense);
            pruning->stands = file.block;
        }
    }
    if (in)
        safetensors_close(in);
    pruning_file_release(&file);
}
