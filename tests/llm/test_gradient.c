/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

enum { TOKENS = 70, DIRECTIONS = 8 }; /* more than one chunk of Mamba-2 */

#define FAMILY(name) SOURCE_ROOT "/tests/llm/families/" name

static const char *const families[] = {
    FAMILY("gpt2"),      FAMILY("llama-rope3"),   FAMILY("llama-tied"),
    FAMILY("mamba"),     FAMILY("mamba2-groups"), FAMILY("mistral"),
    FAMILY("opt"),       FAMILY("qwen2"),         FAMILY("qwen3"),
    SHIPPED("llama-7m"), SHIPPED("mamba2-6m")
};
enum { FAMILIES = sizeof families / sizeof *families };

/* One block of a model, an input, and a loss: the output's product with
 * `weights`. */
struct scene {
    struct model *model;
    struct model_block *block;
    struct gradient_row *row;
    size_t count; /* of the stream's numbers */
    uint32_t tokens;
    float *input, *weights;
};

static float real(uint64_t *seed)
{
    return (float)((double)random_below(seed, 2000001) * 1e-6 - 1);
}

static void open_scene(struct scene *scene, const char *folder)
{
    uint64_t seed = 5;
    struct error err;

    ck_assert_msg(model_open(&scene->model, folder, &err) == 0, "%s", err.text);
    ck_assert_int_eq(model_block_load(&scene->block, scene->model, 1, &err), 0);
    scene->tokens = TOKENS;
    if (model_longest(scene->model) && model_longest(scene->model) < TOKENS)
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
    size_t size = about ? (size_t)about->inputs * about->outputs : scene->count;
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
    size_t size = about ? (size_t)about->inputs * about->outputs : scene->count;

    memcpy(about ? model_block_layer(scene->block, layer) : input, kept,
           size * sizeof *kept);
}

/* By differences, with the best of three step sizes. */
static void check_direction(const struct scene *scene, size_t layer,
                            const float *gradient, size_t size, uint64_t seed)
{
    static const double smooth[] = { 1e-1, 2e-2, 4e-3 };
    static const double kinked[] = { 2e-2, 4e-3, 1e-3 }; /* relu */
    bool has_kinks = strcmp(model_family(scene->model), "opt") == 0;
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

        if (about && about->block != 1)
            continue;
        if (about)
            size = (size_t)about->inputs * about->outputs;
        gradient = memory_new(size, sizeof *gradient);
        gradient_forward(scene.row, scene.block, scene.input, scene.tokens);
        if (about) {
            gradient_back(scene.row, scene.weights);
            gradient_add(scene.row, layer, gradient, 0, 1);
            gradient_add(scene.row, layer, gradient, 1, about->outputs);
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

Suite *make_suite(void)
{
    Suite *suite = suite_create("gradient");
    TCase *all = tcase_create("gradient");

    tcase_set_timeout(all, 240);
    tcase_add_loop_test(all, forward_is_what_the_model_computes, 0, FAMILIES);
    tcase_add_loop_test(
        all, gradients_are_what_differences_say_along_random_directions, 0,
        FAMILIES);
    suite_add_tcase(suite, all);
    return suite;
}
