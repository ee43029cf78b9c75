/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a point is worth is asked of the store, where its run and its machine
 * are, by the views that questions ask.  Perplexity is of the trace's plan and
 * was measured before; where traces are compared by it, that is looked for, and
 * that all are of the same rows, before the first point is replayed.
 */
#include "sweep/judge.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "sweep/point.h"

static bool is_compared(const struct judge *judge, size_t input)
{
    for (size_t i = 0; i < judge->experiment->inputs; i++)
        if (i != input && judge->group[i] == judge->group[input])
            return true;
    return false;
}

/* Of the plan of an input that is compared with others; `measured` as
 * store_plan_perplexity() has it. */
static int find_perplexity(const struct judge *judge, const struct input *input,
                           double *perplexity, char **measured,
                           struct error *err)
{
    *measured = NULL;
    *perplexity = NAN;
    if (input->plan[0] && store_plan_perplexity(judge->store, input->plan,
                                                perplexity, measured, err) < 0)
        return -1;
    if (!isnan(*perplexity))
        return 0;
    free(*measured);
    *measured = NULL;
    return error_set(err, ERROR_DATA,
                     "%s: its perplexity is not known, so it cannot be "
                     "compared with other traces; `flexcim perplexity "
                     "--plan` measures it",
                     input->name);
}

/* 0 of an input that is compared with no other. */
static int judge_perplexity(const struct judge *judge, size_t input,
                            double *perplexity, struct error *err)
{
    char *measured;

    *perplexity = 0;
    if (!is_compared(judge, input))
        return 0;
    if (find_perplexity(judge, &judge->experiment->input[input], perplexity,
                        &measured, err) < 0)
        return -1;
    free(measured);
    return 0;
}

/* `measured` of each input that is compared; NULL: of others. */
static int check_measured(const struct judge *judge, char **measured,
                          struct error *err)
{
    const struct input *inputs = judge->experiment->input;

    for (size_t i = 0; i < judge->experiment->inputs; i++) {
        size_t first = judge->group[i];
        double perplexity;

        if (!is_compared(judge, i))
            continue;
        if (find_perplexity(judge, &inputs[i], &perplexity, &measured[i], err) <
            0)
            return -1;
        if (strcmp(measured[i], measured[first]) != 0)
            return error_set(err, ERROR_DATA,
                             "%s: its perplexity is of other rows, or in "
                             "another arithmetic, than that of %s, so they "
                             "cannot be compared; `flexcim perplexity --plan` "
                             "measures both on the same",
                             inputs[i].name, inputs[first].name);
    }
    return 0;
}

int judge_check(const struct judge *judge, struct error *err)
{
    size_t inputs = judge->experiment->inputs;
    char **measured = memory_new(inputs, sizeof *measured);
    int status = check_measured(judge, measured, err);

    for (size_t i = 0; i < inputs; i++)
        free(measured[i]);
    free(measured);
    return status;
}

static const char *judge_layer(const struct judge *judge,
                               const struct input *input, uint32_t i)
{
    return input->layer[judge->order[i]].shape.name;
}

static int judge_time(const struct judge *judge, const struct point *point,
                      const char *run, double *time, struct error *err)
{
    *time = 0;
    for (uint32_t i = 0; i < judge->layers; i++) {
        uint64_t cycles = 0;

        if (store_layer_cycles(judge->store, run,
                               judge_layer(judge, point->input, i), &cycles,
                               err) < 0)
            return -1;
        *time += (double)cycles;
    }
    *time /= point->machine.machine.clock;
    return 0;
}

static int judge_energy(const struct judge *judge, const struct point *point,
                        const char *run, double *energy, struct error *err)
{
    json_t *names;
    char *layers;
    int status;

    if (judge->layers == point->input->layers) /* what questions tell of it */
        return store_run_energy(judge->store, run, energy, err);
    names = json_array();
    for (uint32_t i = 0; i < judge->layers; i++)
        json_array_append_new(names,
                              json_string(judge_layer(judge, point->input, i)));
    layers = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    status = store_layers_energy(judge->store, run, layers, energy, err);
    free(layers);
    return status;
}

/* Of layers that were replayed. */
static int judge_layers(const struct judge *judge, const struct point *point,
                        double value[JUDGE_OBJECTIVES], struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (point_find_run(point, judge->store, run, &state, err) < 0 ||
        judge_time(judge, point, run, &value[JUDGE_TIME], err) < 0)
        return -1;
    return judge_energy(judge, point, run, &value[JUDGE_ENERGY], err);
}

/* Of a whole inference in the middle of the band. */
static int judge_inference(const struct judge *judge, const struct point *point,
                           double value[JUDGE_OBJECTIVES], struct error *err)
{
    char inference[STORE_RUN_KEY];
    struct infer_asked asked;
    struct store_inference what;
    uint64_t clocks;
    bool found;

    experiment_infers(&asked, judge->experiment);
    what = (struct store_inference){ .trace = point->input->hash,
                                     .machine = point->machine.hash,
                                     .prompt = asked.prompt,
                                     .generate = judge->generate,
                                     .batch = asked.batch,
                                     .edge = STORE_MIDDLE };
    if (store_find_inference(judge->store, &what, inference, &found, err) < 0 ||
        store_inference_cost(judge->store, inference, &clocks,
                             &value[JUDGE_ENERGY], err) < 0)
        return -1;
    value[JUDGE_TIME] = (double)clocks / point->machine.machine.clock;
    return 0;
}

int judge_point(const struct judge *judge, uint64_t number,
                double value[JUDGE_OBJECTIVES], struct error *err)
{
    struct point point;
    int status;

    point_make(&point, judge->experiment, number);
    status = judge->generate > 0 ? judge_inference(judge, &point, value, err)
                                 : judge_layers(judge, &point, value, err);
    if (status == 0)
        status =
            store_machine_area(judge->store, point.machine.hash,
                               judge->generate > 0 ? STORE_WHOLE : STORE_LAYERS,
                               &value[JUDGE_AREA], err);
    if (status == 0)
        status =
            judge_perplexity(judge,
                             (size_t)(point.input - judge->experiment->input),
                             &value[JUDGE_PERPLEXITY], err);
    point_release(&point);
    return status;
}
