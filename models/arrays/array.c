/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What all kinds of array share: the rows of the parameter table that every
 * kind obeys, and the answer where a kind leaves a question open (a pointer is
 * NULL).
 *
 * Both ways of replaying ask these functions for clocks - the event way when a
 * wave or a pass comes, the fast way for the whole wave - so that a kind states
 * each of its times once.  A machine whose array reads its rows as another kind
 * does (`array.published`) is redirected in array_of(), the one place that
 * looks at array.kind.
 */
#include "models/arrays/array.h"

#include "base/arithmetic.h"
#include "models/layout/wave.h"
#include "models/parameter_list.h"

static const struct array *const arrays[ARRAYS] = {
#define ARRAY_ENTRY(name) [ARRAY_##name] = &array_##name,
    ARRAY_LIST(ARRAY_ENTRY)
#undef ARRAY_ENTRY
};

static const char *const array_names[] = {
#define ARRAY_NAME(name) [ARRAY_##name] = #name,
    ARRAY_LIST(ARRAY_NAME)
#undef ARRAY_NAME
        [ARRAYS] = NULL,
};

const struct parameter parameter_array_kind = {
    .path = "array.kind",
    .type = PARAMETER_CHOICE,
    .offset = offsetof(struct machine, array.kind),
    .unit = "",
    .standard = "trees",
    .choices = array_names,
    .help = "trees: cells with an adder tree a column; systolic: a "
            "weight-stationary systolic array of the same multipliers",
};

const struct parameter parameter_array_input_registers = {
    .path = "array.input_registers",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, array.input_registers),
    .unit = "",
    .standard = "no",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "yes: a register in front of every multiplier, behind what chooses "
            "its input: a shorter path, a clock more of latency, and a bank's "
            "weights are held for a clock more",
};

const struct parameter parameter_array_product_registers = {
    .path = "array.product_registers",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, array.product_registers),
    .unit = "",
    .standard = "no",
    .tell = PARAMETER_TELL_IF_SET,
    .help =
        "yes: a register between every product and the sum that it is added "
        "to, which trees with array.level_registers have anyhow: a shorter "
        "path, and a clock more of latency",
};

const struct parameter parameter_weights_port_bytes = {
    .path = "weights.port_bytes",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, weights.port_bytes),
    .unit = "bytes a clock",
    .minimum = 1,
    .maximum = 1 << 20,
    .standard = "none",
    .none = true,
    .help = "decoded, that all macros load through; none: a column of dense "
            "weights, P * R",
};

const struct parameter parameter_activations_banks = {
    .path = "activations.banks",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, activations.banks),
    .unit = "banks",
    .minimum = 1,
    .maximum = 65536,
    .standard = "32",
    .help = "each gives one word a clock",
};

const struct parameter parameter_outputs_banks = {
    .path = "outputs.banks",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, outputs.banks),
    .unit = "banks",
    .minimum = 1,
    .maximum = 65536,
    .standard = "32",
    .help = "each takes one 4-byte sum a clock",
};

const struct parameter parameter_outputs_ports = {
    .path = "outputs.ports",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, outputs.ports),
    .unit = "ports",
    .minimum = 1,
    .maximum = 2,
    .standard = "2",
    .help = "1: a sum that is added to costs its bank two clocks",
};

const struct array *array_of(const struct machine *machine)
{
    const struct array *array = arrays[machine->array.kind];

    return array->reading ? array->reading(machine) : array;
}

bool array_has(const struct array *array, const struct parameter *row)
{
    for (size_t i = 0; array->rows && array->rows[i]; i++) {
        if (array->rows[i] == row)
            return true;
    }
    return false;
}

/* A row without effect would be a machine that is not what it says. */
static int check_foreign_rows(const struct machine *machine,
                              const struct array *other, struct error *err)
{
    for (size_t i = 0; other->rows && other->rows[i]; i++) {
        if (!array_has(array_of(machine), other->rows[i]) &&
            !parameter_is_standard(machine, other->rows[i]))
            return error_set(err, ERROR_DATA, "%s is for array.kind: %s",
                             other->rows[i]->path, other->name);
    }
    return 0;
}

int array_check(const struct machine *machine, struct error *err)
{
    const struct array *array = array_of(machine);

    for (size_t i = 0; i < ARRAYS; i++) {
        if (check_foreign_rows(machine, arrays[i], err) < 0)
            return -1;
    }
    return array->check ? array->check(machine, err) : 0;
}

uint32_t array_beat_clocks(const struct machine *machine)
{
    const struct array *array = array_of(machine);

    return array->beat_clocks ? array->beat_clocks(machine) : 1;
}

uint32_t array_input_clocks(const struct machine *machine)
{
    return machine->array.input_registers;
}

uint32_t array_bank_wait(const struct machine *machine)
{
    const struct array *array = array_of(machine);

    return array->bank_wait ? array->bank_wait(machine) : 0;
}

uint64_t array_load_steps(const struct machine *machine,
                          const struct wave *wave)
{
    const struct array *array = array_of(machine);
    uint64_t widest = 0;

    if (array->load_steps)
        return array->load_steps(machine, wave);
    if (machine->weights.storage == MACHINE_REGISTERS)
        return 1;
    for (uint32_t m = 0; m < machine->macros; m++) {
        const struct column_tile *column = wave_column(wave, m);

        if (column)
            widest = max(widest, column->team_columns);
    }
    return widest;
}

uint64_t array_load_clocks(const struct machine *machine,
                           const struct wave *wave)
{
    uint64_t steps = array_load_steps(machine, wave);

    if (machine->array.published)
        return steps; /* a convention knows no port */
    return max(steps,
               divide_up(wave->image_bytes, machine_port_bytes(machine)));
}

uint32_t array_read_clocks(const struct machine *machine,
                           const struct wave *wave)
{
    const struct array *array = array_of(machine);

    return array->read_clocks ? array->read_clocks(machine, wave)
                              : (uint32_t)divide_up(wave->read_words,
                                                    machine->activations.banks);
}

uint32_t array_output_clocks(const struct machine *machine,
                             const struct wave *wave, uint32_t served)
{
    const struct array *array = array_of(machine);
    uint32_t clocks;

    if (array->output_clocks)
        return array->output_clocks(machine, wave, served);
    clocks = (uint32_t)divide_up(served, machine->outputs.banks);
    return wave->k_tile > 0 && machine->outputs.ports == 1 ? 2 * clocks
                                                           : clocks;
}

uint32_t array_left_out(const struct machine *machine)
{
    const struct array *array = array_of(machine);

    return array->left_out ? array->left_out(machine) : 0;
}
