/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A point of an experiment: an input and a machine, made from a number.  Digits
 * of the number choose the values of the axes; a combination that a constraint
 * or the machine's own rules exclude has no run but a reason.  Its estimate of
 * work decides who is replayed first.
 */
#include "sweep/point.h"

#include <assert.h>
#include <jansson.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/number.h"
#include "replay/replay_run.h"
#include "sweep/crew.h"

static json_t *point_value_of(const struct parameter *row, const char *value)
{
    uint64_t whole;
    double real;

    if (row->type == PARAMETER_U64 && number_u64(&whole, value))
        return json_integer((json_int_t)whole);
    if (row->type == PARAMETER_F64 && number_f64(&real, value))
        return json_real(real);
    return json_string(value);
}

/* Sets the parameters of the axes; `number` counts their combinations. */
static void set_parameters(struct point *point,
                           const struct experiment *experiment, uint64_t number,
                           json_t *settings)
{
    uint64_t below = 1;

    for (size_t i = 0; i < experiment->axes; i++)
        below *= experiment->axis[i].values;
    for (size_t i = 0; i < experiment->axes; i++) {
        const struct axis *axis = &experiment->axis[i];
        const char *value;
        struct error err;
        int status;

        below /= axis->values;
        value = axis->value[number / below % axis->values];
        status = parameter_set(&point->machine.machine, axis->row, value, &err);
        assert(status == 0); /* seen when the experiment was read */
        (void)status;
        json_object_set_new(settings, axis->path,
                            point_value_of(axis->row, value));
    }
}

static bool point_is_wanted(const struct point *point,
                            const struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->constraints; i++) {
        if (!constraint_holds(&experiment->constraint[i],
                              &point->machine.machine))
            return false;
    }
    return true;
}

bool point_make(struct point *point, const struct experiment *experiment,
                uint64_t number)
{
    uint64_t per_input = experiment->points / experiment->inputs;
    uint64_t per_machine = per_input / experiment->machines;
    const struct machine_file *base;
    json_t *settings = json_object();
    struct text text;
    bool wanted;

    assert(number < experiment->points);
    base = &experiment->machine[number / per_machine % experiment->machines];
    *point =
        (struct point){ .number = number,
                        .input = &experiment->input[number / per_input],
                        .verified =
                            experiment_verifies(experiment, number / per_input),
                        .machine = { .machine = base->machine } };
    set_parameters(point, experiment, number % per_machine, settings);
    wanted = point_is_wanted(point, experiment);
    if (wanted) {
        text_init(&text);
        machine_print(&text, &point->machine.machine);
        hash_bytes(point->machine.hash, text.at, text.length);
        point->machine.text = text_take(&text);
        point->machine.name = memory_text(base->name);
        point->settings = json_dumps(settings, JSON_COMPACT);
        if (machine_check(&point->machine.machine, &point->trouble) == 0)
            point->trouble.kind = ERROR_NONE;
    }
    json_decref(settings);
    return wanted;
}

void point_release(struct point *point)
{
    machine_file_release(&point->machine);
    free(point->settings);
    *point = (struct point){ 0 };
}

int point_put_machine(const struct point *point, struct store *store,
                      struct error *err)
{
    const struct machine_file *file = &point->machine;
    const struct store_machine row = {
        .hash = file->hash,
        .name = file->name,
        .text = file->text,
        .multipliers = machine_multipliers(&file->machine),
        .clock_mhz = file->machine.clock,
    };

    return point->trouble.kind == ERROR_NONE
               ? machine_file_put(file, store, err)
               : store_put_machine(store, &row, err);
}

static struct store_run point_run(const struct point *point)
{
    struct store_run run = replay_run_key(point->input, &point->machine);

    run.verified = point->verified;
    return run;
}

int point_find_run(const struct point *point, struct store *store,
                   char run[STORE_RUN_KEY], enum store_state *state,
                   struct error *err)
{
    const struct store_run what = point_run(point);

    return store_find_run(store, &what, run, state, err);
}

int point_begin_run(const struct point *point, struct store *store,
                    char run[STORE_RUN_KEY], enum store_state *state,
                    struct error *err)
{
    const struct store_run what = point_run(point);

    return store_begin_run(store, &what, run, state, err);
}

int point_put_trouble(const struct point *point, struct store *store,
                      struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (point_begin_run(point, store, run, &state, err) < 0)
        return -1;
    return store_end_run(store, run, point->trouble.text, err);
}

static double ceiling(double value)
{
    return (double)(uint64_t)value + ((double)(uint64_t)value < value);
}

uint64_t point_estimate(const struct point *point)
{
    const struct machine *machine = &point->machine.machine;
    double columns = (double)machine->macro.columns, sum = 1;
    double served = (double)(machine->select.share * machine->select.selects);
    double passes = columns > served ? columns / served : 1;

    for (size_t i = 0; i < point->input->layers; i++) {
        const struct layer *layer = &point->input->layer[i];
        double kept =
            (double)layer->shape.inputs * layer->pattern.n / layer->pattern.m;
        double tiles = ceiling(kept / machine_slots(machine)) *
                       ceiling(layer->shape.outputs / columns);

        sum += (double)layer->tokens * tiles * passes * machine_beats(machine);
    }
    return sum < 9e18 ? (uint64_t)sum : (uint64_t)9e18;
}

enum { DIGITS_OF_INPUT = 3 };

size_t point_digits_count(const struct experiment *experiment)
{
    return DIGITS_OF_INPUT + 1 + experiment->axes;
}

/* The first input of its model, the first of its tokens, and itself. */
static void input_digits(uint32_t digit[DIGITS_OF_INPUT],
                         const struct experiment *experiment, size_t input)
{
    const struct input *of = &experiment->input[input];
    size_t i = 0, k = 0;

    while (strcmp(experiment->input[i].name, of->name) != 0)
        i++;
    while (experiment->input[k].layer->tokens != of->layer->tokens)
        k++;
    digit[0] = (uint32_t)i;
    digit[1] = (uint32_t)k;
    digit[2] = (uint32_t)input;
}

void point_digits(uint32_t *digit, const struct experiment *experiment,
                  uint64_t number)
{
    for (size_t i = experiment->axes; i-- > 0;) {
        uint64_t values = experiment->axis[i].values;

        digit[DIGITS_OF_INPUT + 1 + i] = (uint32_t)(number % values);
        number /= values;
    }
    digit[DIGITS_OF_INPUT] = (uint32_t)(number % experiment->machines);
    input_digits(digit, experiment, (size_t)(number / experiment->machines));
}

void point_lost(struct text *text, const struct experiment *experiment,
                uint64_t number, const char *lost)
{
    struct point point;

    if (!point_make(&point, experiment, number))
        return;
    text_addf(text, "%spoint %" PRIu64 " (%s, %s, %s): %s, %d times",
              text->length > 0 ? "; " : "", number, point.input->name,
              point.machine.name, point.settings, lost, CREW_TRIES);
    point_release(&point);
}
