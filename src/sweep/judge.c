/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/judge.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "sweep/point.h"

static bool is_compared(const struct judge *judge, size_t input)
{
    for (size_t i = 0; i < judge->experiment->inputs; i++)
        if (i != input && judge->group[i] == judge->group[input])
            return true;
    return false;
}

int judge_perplexity(const struct judge *judge, size_t input,
                     double *perplexity, struct error *err)
{
    const struct input *of = &judge->experiment->input[input];

    *perplexity = 0;
    if (!is_compared(judge, input))
        return 0;
    if (of->plan[0] &&
        store_plan_perplexity(judge->store, of->plan, perplexity, err) < 0)
        return -1;
    if (of->plan[0] && !isnan(*perplexity))
        return 0;
    return error_set(err, ERROR_DATA,
                     "%s: its perplexity is not known, so it cannot be "
                     "compared with other traces; `flexcim perplexity "
                     "--plan` measures it",
                     of->name);
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
        status = store_machine_area(judge->store, point.machine.hash,
                                    &value[JUDGE_AREA], err);
    if (status == 0)
        status =
            judge_perplexity(judge,
                             (size_t)(point.input - judge->experiment->input),
                             &value[JUDGE_PERPLEXITY], err);
    point_release(&point);
    return status;
}
