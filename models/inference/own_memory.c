/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers of a kind are rows of the machine and not a table beside it: so
 * they are read, checked, told and hashed as all that a machine is, and a
 * result belongs to them whatever becomes of the file.  They are told only
 * where they are set, so that machines of other kinds have the text that they
 * had.
 */
#include "models/inference/own_memory.h"

#include "models/parameter_list.h"

const struct parameter parameter_dram_name = {
    .path = "dram.name",
    .type = PARAMETER_TEXT_FIELD,
    .offset = offsetof(struct machine, dram.name),
    .unit = "",
    .standard = "",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: what it is called; of a file, the file's name",
};

const struct parameter parameter_dram_peak = {
    .path = "dram.peak",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, dram.peak),
    .unit = "MB/s",
    .minimum = 1,
    .maximum = 1000000,
    .standard = "none",
    .none = true,
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: rate of all pins",
};

const struct parameter parameter_dram_ceiling = {
    .path = "dram.ceiling",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.ceiling),
    .unit = "",
    .minimum = 0.01,
    .maximum = 1,
    .standard = "1",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: share of the peak that a stream reaches between "
            "refreshes, as addresses are mapped",
};

const struct parameter parameter_dram_busy = {
    .path = "dram.busy",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.busy),
    .unit = "ns",
    .minimum = 0,
    .maximum = 1000000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: that a refresh takes the channel, tRTP + tRP + "
            "tRFC + tRCD; 0: there is none",
};

const struct parameter parameter_dram_interval = {
    .path = "dram.interval",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.interval),
    .unit = "ns",
    .minimum = 1,
    .maximum = 1000000000,
    .standard = "3900",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: from refresh to refresh, tREFI",
};

const struct parameter parameter_dram_wait = {
    .path = "dram.wait",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.wait),
    .unit = "ns",
    .minimum = 0,
    .maximum = 1000000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: from a request to its first byte",
};

const struct parameter parameter_dram_moving = {
    .path = "dram.moving",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.moving),
    .unit = "pJ/bit",
    .minimum = 0,
    .maximum = 10000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: of a bit that is moved, activation, array and pins "
            "together",
};

const struct parameter parameter_dram_standing = {
    .path = "dram.standing",
    .type = PARAMETER_F64,
    .offset = offsetof(struct machine, dram.standing),
    .unit = "W",
    .minimum = 0,
    .maximum = 10000,
    .standard = "0",
    .tell = PARAMETER_TELL_IF_SET,
    .help = "dram.kind own: of all that stands by, by wall time",
};

static const struct parameter *const rows[] = {
    &parameter_dram_name,     &parameter_dram_peak,   &parameter_dram_ceiling,
    &parameter_dram_busy,     &parameter_dram_wait,   &parameter_dram_interval,
    &parameter_dram_standing, &parameter_dram_moving,
};

const char *const own_memory_rows[MEMORY_ROWS + 1] = {
    "dram.peak", "dram.ceiling", "dram.busy",     "dram.interval",
    "dram.wait", "dram.moving",  "dram.standing", NULL
};

struct memory_kind own_memory_of(const struct machine *machine)
{
    return (struct memory_kind){
        .name = *machine->dram.name ? machine->dram.name : "own",
        .peak = machine->dram.peak * 1000000,
        .ceiling = machine->dram.ceiling,
        .busy = machine->dram.busy,
        .interval = machine->dram.interval,
        .latency = machine->dram.wait,
        .moving = { "lpddr5_6400", machine->dram.moving / OWN_MEMORY_PJ },
        .standing = { "lpddr5_6400_standby",
                      machine->dram.standing / OWN_MEMORY_W },
    };
}

void own_memory_forget(struct machine *machine)
{
    parameter_defaults(machine, rows, sizeof rows / sizeof *rows);
}

int own_memory_check(const struct machine *machine, struct error *err)
{
    if (!memory_is_own(machine)) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (!parameter_is_standard(machine, rows[i]))
                return error_set(err, ERROR_DATA,
                                 "%s says nothing without dram.kind: own",
                                 rows[i]->path);
        return 0;
    }
    if (machine->dram.peak == 0)
        return error_set(
            err, ERROR_DATA,
            "dram.kind: own needs dram.peak, the MB/s of its pins");
    if (machine->dram.busy >= machine->dram.interval)
        return error_set(err, ERROR_DATA,
                         "dram.busy = %g ns: a refresh does not end before the "
                         "next, dram.interval = %g ns later",
                         machine->dram.busy, machine->dram.interval);
    if (memory_efficiency(machine) == 0)
        return error_set(err, ERROR_DATA,
                         "dram.ceiling, dram.busy and dram.interval leave "
                         "nothing of dram.peak");
    return 0;
}
