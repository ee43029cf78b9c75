/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/judge.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "sweep/point.h"

int judge_perplexity(double *perplexity, const struct experiment *experiment,
                     const struct input *input, struct store *store,
                     struct error *err)
{
    *perplexity = 0;
    if (experiment->inputs == 1)
        return 0;
    if (input->plan[0] &&
        store_plan_perplexity(store, input->plan, perplexity, err) < 0)
        return -1;
    if (input->plan[0] && !isnan(*perplexity))
        return 0;
    return error_set(err, ERROR_DATA,
                     "%s: its perplexity is not known, so it cannot be "
                     "compared with other traces; `flexcim perplexity "
                     "--plan` measures it",
                     input->name);
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
    json_t *names = json_array();
    char *layers;
    int status;

    for (uint32_t i = 0; i < judge->layers; i++)
        json_array_append_new(names,
                              json_string(judge_layer(judge, point->input, i)));
    layers = json_dumps(names, JSON_COMPACT);
    json_decref(names);
    status = store_layers_energy(judge->store, run, layers, energy, err);
    free(layers);
    return status;
}

int judge_point(const struct judge *judge, uint64_t number,
                double value[JUDGE_OBJECTIVES], struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;
    struct point point;
    int status;

    point_make(&point, judge->experiment, number);
    status = point_find_run(&point, judge->store, run, &state, err);
    if (status == 0)
        status = judge_time(judge, &point, run, &value[0], err);
    if (status == 0)
        status = judge_energy(judge, &point, run, &value[1], err);
    if (status == 0)
        status = store_machine_area(judge->store, point.machine.hash, &value[2],
                                    err);
    if (status == 0)
        status = judge_perplexity(&value[3], judge->experiment, point.input,
                                  judge->store, err);
    point_release(&point);
    return status;
}
