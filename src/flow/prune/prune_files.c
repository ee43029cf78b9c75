/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Beside prune->keep, KEEP, lie
 *
 *     KEEP.layer-L   a settled layer: its weights and mask (kept_block.h)
 *     KEEP.rows      where the rows stand (sequence.h), with their `block`
 *     KEEP.stage-L   what the inputs of a stage are like, for those who help
 *
 * The last two are safetensors files with the seal `content`, and identity and
 * block in `__metadata__`:
 *
 *     rows, dense          F32 [rows][tokens][width]
 *     place, dense_place   U32 [rows]
 *     looked               U64 [2]: a layer whose input is looked at, and how
 *                          many rows are in its sums, mean_square not yet by
 *                          their number
 *     mean_square          F64 [K]
 *     gram, cross          F64 [K][K]
 *     lack                 F64 [width][K]
 *     tokens               U64 [1]
 *
 * of which those are there that the plan needs.  Who takes rows up needs all
 * layers before them as files; so these stay until the work is done, and then
 * the rows are the first to go: whoever is killed meanwhile leaves none that
 * stand behind layers which are gone.
 */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/leftover.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/opened.h"
#include "base/progress.h"
#include "base/stop.h"
#include "flow/prune/kept_block.h"
#include "flow/prune/pruning.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_out.h"

char *pruning_identity(const struct prune *prune, const char *what,
                       size_t number)
{
    char hash[HASH_TEXT];

    plan_hash(prune->plan, hash);
    return memory_printf("plan %s, %s %zu, %s", hash, what, number,
                         openblas_get_corename());
}

static char *numbered_path(const struct prune *prune, const char *what,
                           size_t number)
{
    return memory_printf("%s.%s-%zu", prune->keep, what, number);
}

static void take_away(char *path)
{
    unlink(path);
    leftover_clear(path);
    free(path);
}

/* ---- layers -------------------------------------------------------------- */

/* Saves a layer, or loads it if `err` is NULL. */
static int layer_file(struct pruning *pruning, struct model_block *block,
                      size_t layer, struct error *err)
{
    const struct prune *prune = pruning->prune;
    char *path = numbered_path(prune, "layer", layer);
    char *identity = pruning_identity(prune, "layer", layer);
    const struct kept_block kept = { .model = prune->model,
                                     .block = block,
                                     .layers = { layer, layer + 1 },
                                     .mask = pruning->mask,
                                     .dampened = pruning->dampened,
                                     .identity = identity,
                                     .path = path };
    int status = err ? kept_block_save(&kept, err) : kept_block_load(&kept);

    free(identity);
    free(path);
    return status;
}

int pruning_keep_layer(struct pruning *pruning, struct model_block *block,
                       size_t layer, struct error *err)
{
    return pruning->keeps ? layer_file(pruning, block, layer, err) : 0;
}

int pruning_take_layer(struct pruning *pruning, struct model_block *block,
                       size_t layer)
{
    if (!pruning->keeps)
        return 1;
    if (pruning->mask[layer])
        return 0; /* it was taken before */
    return layer_file(pruning, block, layer, NULL);
}

/* ---- files of arrays ----------------------------------------------------- */

enum { MOST_ARRAYS = 10 };

struct pruning_array {
    const char *name;
    enum dtype dtype;
    unsigned rank;
    uint64_t shape[3];
    const void *bytes;
};

struct pruning_file {
    struct pruning_array array[MOST_ARRAYS];
    size_t arrays;
    char *path, *identity;
    uint32_t block;
};

static void pruning_file_release(struct pruning_file *file)
{
    free(file->path);
    free(file->identity);
}

static void add_array(struct pruning_file *file, struct pruning_array array)
{
    file->array[file->arrays++] = array;
}

static void leave_out_empty(struct pruning_file *file)
{
    size_t kept = 0;

    for (size_t i = 0; i < file->arrays; i++)
        if (file->array[i].bytes)
            file->array[kept++] = file->array[i];
    file->arrays = kept;
}

static int pruning_file_save(const struct pruning_file *file, struct error *err)
{
    struct safetensors_out *out = safetensors_out_new();
    char *block = memory_printf("%u", file->block);
    int status;

    safetensors_out_metadata(out, "format", "flexcim-pruning");
    safetensors_out_metadata(out, "identity", file->identity);
    safetensors_out_metadata(out, "block", block);
    safetensors_out_seal(out, "content");
    free(block);
    for (size_t i = 0; i < file->arrays; i++)
        safetensors_out_declare(out, file->array[i].name, file->array[i].dtype,
                                file->array[i].rank, file->array[i].shape);
    status = safetensors_out_create(out, file->path, err);
    for (size_t i = 0; status == 0 && i < file->arrays; i++)
        status = safetensors_out_put(out, file->array[i].name,
                                     file->array[i].bytes, err);
    if (status == 0)
        return safetensors_out_commit(out, err);
    safetensors_out_abandon(out);
    return -1;
}

static bool pruning_file_says(const struct safetensors *in, const char *key,
                              const char *wanted)
{
    const char *text = safetensors_metadata(in, key);

    return text && strcmp(text, wanted) == 0;
}

/* NULL if there is none that is good; the block is filled in. */
static struct safetensors *pruning_file_open(struct pruning_file *file)
{
    struct safetensors *in;
    struct error ignored;
    char content[HASH_TEXT];
    const char *text;
    uint64_t block = 0;
    int status;

    if (access(file->path, F_OK) != 0)
        return NULL;
    status = safetensors_open(&in, file->path, &ignored);
    opened_forget(file->path); /* it is made anew */
    if (status < 0)
        return NULL;
    safetensors_hash_data(in, content);
    text = safetensors_metadata(in, "block");
    if (pruning_file_says(in, "format", "flexcim-pruning") &&
        pruning_file_says(in, "identity", file->identity) &&
        pruning_file_says(in, "content", content) && text &&
        number_u64(&block, text)) {
        file->block = (uint32_t)min(block, UINT32_MAX);
        return in;
    }
    safetensors_close(in);
    return NULL;
}

/* Copies of the arrays that are there, one after the other, behind which
 * `bytes` then lead; free() what is returned.  NULL if one is of another shape.
 */
static void *pruning_file_read(struct pruning_file *file,
                               const struct safetensors *in)
{
    size_t size = 0, at = 0;
    struct error ignored;
    uint8_t *own;

    for (size_t i = 0; i < file->arrays; i++) {
        struct pruning_array *array = &file->array[i];
        const struct safetensors_tensor *tensor;

        if (!safetensors_find(in, array->name))
            continue;
        tensor = safetensors_need(in, array->name, array->dtype, array->rank,
                                  array->shape, &ignored);
        if (!tensor)
            return NULL;
        array->bytes = tensor->bytes;
        size += (tensor->length + 63) / 64 * 64;
    }
    own = memory_new_aligned(size, 1);
    for (size_t i = 0; i < file->arrays; i++) {
        struct pruning_array *array = &file->array[i];
        const struct safetensors_tensor *tensor =
            safetensors_find(in, array->name);

        if (!tensor)
            continue;
        memcpy(own + at, tensor->bytes, tensor->length);
        array->bytes = own + at;
        at += (tensor->length + 63) / 64 * 64;
    }
    return own;
}

/* ---- the rows ------------------------------------------------------------ */

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
static void describe_rows(struct pruning_file *file,
                          const struct pruning *pruning,
                          const struct pruning_rows *rows)
{
    const struct prune *prune = pruning->prune;
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
        add_array(file, all[i]);
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
    describe_rows(&file, pruning, &rows);
    leave_out_empty(&file);
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

int pruning_miss(const struct pruning *pruning, uint32_t block,
                 struct error *err)
{
    const struct prune *prune = pruning->prune;

    return error_set(
        err, ERROR_DISK,
        "%s.layer-*: layers of block %u that were written are gone "
        "or damaged: take %s.rows away, and the same command "
        "begins anew",
        prune->keep, block, prune->keep);
}

/* Whether what was settled before rows came to where they stand lies there. */
static bool has_layers_before(const struct prune *prune,
                              const struct sequence_stand *stand)
{
    uint32_t furthest = 0;
    bool has = true;

    for (size_t row = 0; row < prune->tokens->rows; row++) {
        uint32_t place;

        memcpy(&place, (const uint32_t *)stand->place + row, sizeof place);
        if (place > furthest)
            furthest = place;
    }
    for (size_t l = 0; has && l < prune->plan->layers; l++) {
        uint32_t block = prune->plan->layer[l].shape.block;
        char *path;

        if (block > stand->block || !stage_settles(prune->plan, l) ||
            (block == stand->block &&
             model_sublayer_of(prune->model, l) >= furthest))
            continue;
        path = numbered_path(prune, "layer", l);
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
           has_layers_before(pruning->prune, &rows->stand);
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
        describe_rows(&file, pruning, &rows);
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

/* ---- a stage ------------------------------------------------------------- */

static void describe_stage(struct pruning_file *file,
                           const struct pruning *pruning, size_t first,
                           const struct stage_inputs *inputs)
{
    const struct prune *prune = pruning->prune;
    uint64_t k = prune->plan->layer[first].shape.inputs;
    uint64_t width = model_width(prune->model);
    const struct pruning_array all[] = {
        { "mean_square", DTYPE_F64, 1, { k }, inputs->mean_square },
        { "gram", DTYPE_F64, 2, { k, k }, inputs->gram },
        { "cross", DTYPE_F64, 2, { k, k }, inputs->cross },
        { "lack", DTYPE_F64, 2, { width, k }, inputs->lack },
        { "tokens", DTYPE_U64, 1, { 1 }, &inputs->tokens },
    };

    *file = (struct pruning_file){
        .path = numbered_path(prune, "stage", first),
        .identity = pruning_identity(prune, "stage", first),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add_array(file, all[i]);
}

int pruning_keep_stage(const struct pruning *pruning, size_t first,
                       const struct stage_inputs *inputs, struct error *err)
{
    struct pruning_file file;
    int status;

    describe_stage(&file, pruning, first, inputs);
    leave_out_empty(&file);
    status = pruning_file_save(&file, err);
    pruning_file_release(&file);
    return status;
}

int pruning_take_stage(const struct pruning *pruning, size_t first,
                       struct stage_inputs *inputs)
{
    struct pruning_file file;
    struct safetensors *in;

    *inputs = (struct stage_inputs){ 0 };
    describe_stage(&file, pruning, first, inputs);
    for (size_t i = 0; i < file.arrays; i++)
        file.array[i].bytes = NULL;
    in = pruning_file_open(&file);
    if (in) {
        inputs->own = pruning_file_read(&file, in);
        inputs->mean_square = file.array[0].bytes;
        inputs->gram = (double *)file.array[1].bytes;
        inputs->cross = file.array[2].bytes;
        inputs->lack = file.array[3].bytes;
        if (inputs->own && file.array[4].bytes)
            inputs->tokens = *(const uint64_t *)file.array[4].bytes;
        safetensors_close(in);
    }
    pruning_file_release(&file);
    return inputs->own ? 0 : 1;
}

void pruning_forget_stage(const struct prune *prune, size_t first)
{
    take_away(numbered_path(prune, "stage", first));
}

bool pruning_has_begun(const struct prune *prune)
{
    bool begun = false;

    for (size_t l = 0; !begun && l < prune->plan->layers; l++) {
        char *layer = numbered_path(prune, "layer", l);
        char *stage = numbered_path(prune, "stage", l);

        begun = access(layer, F_OK) == 0 || access(stage, F_OK) == 0;
        free(layer);
        free(stage);
    }
    return begun;
}

/* Each file that a plan may have, the rows first; `act` frees its path. */
static void of_each_file(const struct prune *prune, void (*act)(char *path))
{
    act(memory_printf("%s.rows", prune->keep));
    for (size_t l = 0; l < prune->plan->layers; l++) {
        act(numbered_path(prune, "layer", l));
        act(numbered_path(prune, "stage", l));
    }
}

void pruning_forget(const struct prune *prune)
{
    of_each_file(prune, take_away);
}

static void clear_beside(char *path)
{
    leftover_clear(path);
    free(path);
}

void pruning_clear(const struct prune *prune)
{
    of_each_file(prune, clear_beside);
}
