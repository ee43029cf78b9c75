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
#include <stdlib.h>
#include <unistd.h>

#include "base/leftover.h"
#include "base/memory.h"
#include "flow/prune/kept_block.h"
#include "flow/prune/pruning.h"
#include "flow/prune/pruning_file.h"
#include "tensor/safetensors.h"

char *pruning_identity(const struct prune *prune, const char *what,
                       size_t number)
{
    char hash[HASH_TEXT];

    plan_hash(prune->plan, hash);
    return memory_printf("plan %s, %s %zu, %s", hash, what, number,
                         openblas_get_corename());
}

char *pruning_path(const struct prune *prune, const char *what, size_t number)
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
    char *path = pruning_path(prune, "layer", layer);
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
        .path = pruning_path(prune, "stage", first),
        .identity = pruning_identity(prune, "stage", first),
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pruning_file_add(file, all[i]);
}

int pruning_keep_stage(const struct pruning *pruning, size_t first,
                       const struct stage_inputs *inputs, struct error *err)
{
    struct pruning_file file;
    int status;

    describe_stage(&file, pruning, first, inputs);
    pruning_file_leave_out_empty(&file);
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
    take_away(pruning_path(prune, "stage", first));
}

bool pruning_has_begun(const struct prune *prune)
{
    bool begun = false;

    for (size_t l = 0; !begun && l < prune->plan->layers; l++) {
        char *layer = pruning_path(prune, "layer", l);
        char *stage = pruning_path(prune, "stage", l);

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
        act(pruning_path(prune, "layer", l));
        act(pruning_path(prune, "stage", l));
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
