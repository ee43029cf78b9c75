/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/gradient.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { TOKENS = 70, DIRECTIONS = 8 }; /* more than one chunk of Mamba-2 */

#define FAMILY(name) SOURCE_ROOT "/tests/llm/families/" name

static const char *const families[] = {
    FAMILY("bamba"),         FAMILY("granite4-dense"),
    FAMILY("nemotron-h"),    FAMILY("nemotron-h-experts"),
    FAMILY("mixtral"),       FAMILY("granite4-experts"),
    FAMILY("gpt2"),          FAMILY("llama-rope3"),
    FAMILY("llama-tied"),    FAMILY("mamba"),
    FAMILY("mamba2-groups"), FAMILY("mistral"),
    FAMILY("opt"),           FAMILY("qwen2"),
    FAMILY("qwen3"),         SHIPPED("llama-7m"),
    SHIPPED("mamba2-6m")
};
enum { FAMILIES = sizeof families / sizeof *families };

/* One block of a model, an input, and a loss: the output's product with
 * `weights`. */
struct scene {
    struct model *model;
    struct model_block *block;
    struct gradient_row *row;
    size_t count;    /* of the stream's numbers */
    uint32_t number; /* of the block */
    uint32_t tokens;
    float *input, *weights;
};

static float real(uint64_t *seed)
{
    return (float)((double)random_below(seed, 2000001) * 1e-6 - 1);
}

static void open_scene_of(struct scene *scene, const char *folder,
                          uint32_t number, uint32_t tokens)
{
    uint64_t seed = 5;
    struct error err;

    ck_assert_msg(model_open(&scene->model, folder, &err) == 0, "%s", err.text);
    ck_assert_int_eq(
        model_block_load(&scene->block, scene->model, number, &err), 0);
    model_block_hold(scene->block);
    scene->number = number;
    scene->tokens = tokens;
    if (model_longest(scene->model) && model_longest(scene->model) < tokens)
        scene->tokens = model_longest(scene->model);
    scene->row = gradient_row_new(scene->model, scene->tokens);
    scene->count = scene->tokens * (size_t)model_width(scene->model);
    scene->input = memory_new(scene->count, sizeof *scene->input);
    scene->weights = memory_new(scene->count, sizeof *scene->weights);
    for (size_t i = 0; i < scene->count; i++) {
        scene->input[i] = real(&seed);
        scene->weights[i] = real(&seed);
    }
}

static void open_scene(struct scene *scene, const char *folder)
{
    open_scene_of(scene, folder, 1, TOKENS);
}

static void close_scene(struct scene *scene)
{
    free(scene->input);
    free(scene->weights);
    gradient_row_free(scene->row);
    model_block_free(scene->block);
    model_close(scene->model);
}

START_TEST(forward_is_what_the_model_computes)
{
    struct scene scene;
    struct model_scratch *scratch;
    const float *output;
    double apart = 0, size = 0;
    float *hidden;

    open_scene(&scene, families[_i]);
    scratch = model_scratch_new(scene.model, scene.tokens);
    hidden = memory_new(scene.count, sizeof *hidden);
    memcpy(hidden, scene.input, scene.count * sizeof *hidden);
    model_block_run(scene.block, scratch, hidden, scene.tokens, 0, NULL);
    output =
        gradient_forward(scene.row, scene.block, scene.input, scene.tokens);
    for (size_t i = 0; i < scene.count; i++) {
        apart += pow((double)(output[i] - hidden[i]), 2);
        size += pow((double)hidden[i], 2);
    }
    ck_assert_double_lt(sqrt(apart / size), 1e-6);
    free(hidden);
    model_scratch_free(scratch);
    close_scene(&scene);
}
END_TEST

static double loss_of(const struct scene *scene, const float *input)
{
    const float *output =
        gradient_forward(scene->row, scene->block, input, scene->tokens);
    double sum = 0;

    for (size_t i = 0; i < scene->count; i++)
        sum += (double)output[i] * (double)scene->weights[i];
    return sum;
}

/* Moves the input (layer SIZE_MAX) or a layer's weights by `length` times a
 * direction drawn from `seed`; returns the size of the direction. */
static double move(const struct scene *scene, size_t layer, float *input,
                   uint64_t seed, double length)
{
    const struct model_layer *about =
        layer == SIZE_MAX ? NULL : model_layer(scene->model, layer);
    float *at = about ? model_block_layer(scene->block, layer) : input;
    size_t size = about ? (size_t)about->shape.inputs * about->shape.outputs
                        : scene->count;
    double sum = 0;

    for (size_t i = 0; i < size; i++) {
        float direction = real(&seed);

        at[i] = (float)((double)at[i] + length * (double)direction);
        sum += pow((double)direction, 2);
    }
    return sqrt(sum);
}

static void put_back(const struct scene *scene, size_t layer, float *input,
                     const float *kept)
{
    const struct model_layer *about =
        layer == SIZE_MAX ? NULL : model_layer(scene->model, layer);
    size_t size = about ? (size_t)about->shape.inputs * about->shape.outputs
                        : scene->count;

    memcpy(about ? model_block_layer(scene->block, layer) : input, kept,
           size * sizeof *kept);
}

/* By differences, with the best of three step sizes. */
static void check_direction(const struct scene *scene, size_t layer,
                            const float *gradient, size_t size, uint64_t seed)
{
    static const double smooth[] = { 1e-1, 2e-2, 4e-3 };
    static const double kinked[] = { 1e-2, 6e-3, 3e-3 }; /* relu */
    bool has_kinks = strcmp(model_family(scene->model), "opt") == 0 ||
                     strcmp(model_family(scene->model), "nemotron_h") == 0;
    const double *lengths = has_kinks ? kinked : smooth;
    const float *from = layer == SIZE_MAX
                            ? scene->input
                            : model_block_layer(scene->block, layer);
    float *kept = memory_new(size, sizeof *kept);
    float *input = memory_new(scene->count, sizeof *input);
    double most = has_kinks ? 4e-3 : 1e-3;
    double wanted = 0, best = HUGE_VAL, scale = 0;
    uint64_t again = seed;

    memcpy(kept, from, size * sizeof *kept);
    memcpy(input, scene->input, scene->count * sizeof *input);
    for (size_t i = 0; i < size; i++) {
        wanted += (double)gradient[i] * (double)real(&again);
        scale += pow((double)gradient[i], 2);
    }
    scale = sqrt(scale / 3); /* what such a product is on average */
    for (int i = 0; i < 3; i++) {
        double length = lengths[i] / sqrt((double)size), up, down;

        move(scene, layer, input, seed, length);
        up = loss_of(scene, input);
        put_back(scene, layer, input, kept);
        move(scene, layer, input, seed, -length);
        down = loss_of(scene, input);
        put_back(scene, layer, input, kept);
        best = fmin(best, fabs((up - down) / (2 * length) - wanted));
    }
    ck_assert_msg(best <= most * (fabs(wanted) + scale),
                  "%s layer %zu: %g apart from %g, of scale %g",
                  model_family(scene->model), layer, best, wanted, scale);
    free(input);
    free(kept);
}

START_TEST(gradients_are_what_differences_say_along_random_directions)
{
    struct scene scene;
    size_t layers;

    open_scene(&scene, families[_i]);
    layers = model_layers(scene.model);
    for (size_t layer = 0; layer <= layers; layer++) {
        size_t which = layer == layers ? SIZE_MAX : layer;
        const struct model_layer *about =
            layer == layers ? NULL : model_layer(scene.model, layer);
        size_t size = scene.count;
        float *gradient;

        if (about && about->shape.block != 1)
            continue;
        if (about)
            size = (size_t)about->shape.inputs * about->shape.outputs;
        gradient = memory_new(size, sizeof *gradient);
        gradient_forward(scene.row, scene.block, scene.input, scene.tokens);
        if (about) {
            gradient_back(scene.row, scene.weights);
            gradient_add(scene.row, layer, gradient, 0, 1);
            gradient_add(scene.row, layer, gradient, 1, about->shape.outputs);
        } else {
            memcpy(gradient, gradient_back(scene.row, scene.weights),
                   size * sizeof *gradient);
        }
        for (uint64_t d = 0; d < DIRECTIONS; d++)
            check_direction(&scene, which, gradient, size, 100 * layer + d);
        free(gradient);
    }
    close_scene(&scene);
}
END_TEST

/* How PyTorch's inputs and slopes were made. */
static void fill_as_pytorch(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++) {
        scene->input[i] =
            (float)((double)((i * 7919 + 101) % 2003) / 1001.5 - 1);
        scene->weights[i] =
            (float)((double)((i * 104729 + 7) % 1999) / 999.5 - 1);
    }
}

/* The gradient of what is called `name` in the block, or of its input; free()
 * it. */
static float *gradient_named(const struct scene *scene, const char *name,
                             size_t *size)
{
    const float *by_input;
    float *gradient;

    gradient_forward(scene->row, scene->block, scene->input, scene->tokens);
    by_input = gradient_back(scene->row, scene->weights);
    if (strcmp(name, "input") == 0) {
        *size = scene->count;
        gradient = memory_new(*size, sizeof *gradient);
        memcpy(gradient, by_input, *size * sizeof *gradient);
        return gradient;
    }
    for (size_t l = 0; l < model_layers(scene->model); l++) {
        const struct model_layer *layer = model_layer(scene->model, l);
        size_t full = strlen(layer->shape.name), tail = strlen(name);

        if (layer->shape.block != scene->number || full < tail ||
            strcmp(layer->shape.name + full - tail, name) != 0)
            continue;
        *size = (size_t)layer->shape.inputs * layer->shape.outputs;
        gradient = memory_new(*size, sizeof *gradient);
        gradient_add(scene->row, l, gradient, 0, layer->shape.outputs);
        return gradient;
    }
    ck_abort_msg("%s has no layer %s", model_family(scene->model), name);
}

/* The mean square of the differences of PROJECTIONS random projections, whose
 * signs are bits of a counter's hash, is that of the whole difference, to about
 * a fifth of it. */
static double apart(const float *gradient, size_t size, char *wanted)
{
    enum { PROJECTIONS = 64 };
    double sum = 0;

    for (uint64_t p = 0; p < PROJECTIONS; p++) {
        double is = 0, should = strtod(wanted, &wanted);

        for (size_t i = 0; i < size; i++)
            is += random_mix((p << 32) + i) & 1 ? -(double)gradient[i]
                                                : (double)gradient[i];
        sum += pow(is - should, 2);
    }
    return sqrt(sum / PROJECTIONS);
}

/* families/gradients.txt: family, tensor, norm, and 64 projections of PyTorch's
 * float64 gradient of block 1, or of the one behind a sign @, on one row of 40
 * tokens. */
START_TEST(gradients_are_pytorchs_in_double)
{
    FILE *file = fopen(FAMILY("gradients.txt"), "r");
    char line[8192], family[64], name[64];
    int lines = 0;

    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        struct scene scene;
        char folder[512], *place;
        float *gradient;
        double norm;
        size_t size;
        int at;

        ck_assert_int_eq(
            sscanf(line, "%63s %63s %lf%n", family, name, &norm, &at), 3);
        place = strchr(family, '@');
        if (place)
            *place++ = 0;
        snprintf(folder, sizeof folder, FAMILY("%s"), family);
        open_scene_of(&scene, folder, place ? (uint32_t)atoi(place) : 1, 40);
        fill_as_pytorch(&scene);
        if (strcmp(name, "loss") == 0) {
            ck_assert_double_eq_tol(loss_of(&scene, scene.input), norm,
                                    1e-4 * fabs(norm));
        } else {
            gradient = gradient_named(&scene, name, &size);
            ck_assert_msg(apart(gradient, size, line + at) <= 1e-4 * norm,
                          "%s %s: %g apart, of %g", family, name,
                          apart(gradient, size, line + at), norm);
            free(gradient);
        }
        close_scene(&scene);
        lines++;
    }
    fclose(file);
    ck_assert_int_eq(lines, 150);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("gradient");
    TCase *all = tcase_create("gradient");

    tcase_set_timeout(all, 240);
    tcase_add_loop_test(all, forward_is_what_the_model_computes, 0, FAMILIES);
    tcase_add_loop_test(
        all, gradients_are_what_differences_say_along_random_directions, 0,
        FAMILIES);
    tcase_add_test(all, gradients_are_pytorchs_in_double);
    suite_add_tcase(suite, all);
    return suite;
}
