/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of parameters, and what no single row of it can see.  The table is
 * a list of pointers to rows that stand elsewhere, so it is put together by the
 * compiler and never written.
 */
#include "models/machine.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "models/arrays/array.h"
#include "models/inference/attention_engine.h"
#include "models/inference/own_memory.h"
#include "models/parameter_list.h"

const struct parameter parameter_title = {
    .path = "title",
    .type = PARAMETER_TEXT_FIELD,
    .offset = offsetof(struct machine, title),
    .unit = "",
    .standard = "",
    .help = "what the machine is, in a line",
};

const struct parameter parameter_patterns = {
    .path = "patterns",
    .type = PARAMETER_TEXT_FIELD,
    .offset = offsetof(struct machine, patterns),
    .unit = "",
    .standard = "any",
    .help = "patterns it runs as they are; `any`: all within reach; other "
            "layers run as the cheapest listed one that covers them",
};

const struct parameter parameter_select_reach = {
    .path = "select.reach",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, select.reach),
    .unit = "pairs",
    .minimum = 1,
    .maximum = PATTERN_MAX_M / 2,
    .standard = "4",
    .power_of_two = true,
    .help = "pairs that a slot can choose from; the released RTL: 4, so M "
            "is at most 8",
};

static const struct parameter *const table[] = {
#define ROW_OF_TABLE(name) &parameter_##name,
    PARAMETER_LIST(ROW_OF_TABLE)
#undef ROW_OF_TABLE
};

const struct parameter *const *machine_parameters(size_t *rows)
{
    *rows = sizeof table / sizeof *table;
    return table;
}

int machine_set(struct machine *machine, const char *path, const char *text,
                struct error *err)
{
    /* Rows that older versions had. */
    static const struct {
        const char *path, *instead;
    } gone[] = {
        { "weights.ports",
          "counted columns, wide ones and narrow ones alike; write "
          "weights.port_bytes, the bytes of weights, metadata and selects that "
          "are loaded a clock (a column of dense weights has macro.sub_macros "
          "x macro.rows)" },
        { "dram.prefetch",
          "counted images, large ones and small ones alike; write "
          "dram.staging, the bytes of images that are asked for ahead" },
    };

    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        if (strcmp(path, gone[i].path) == 0)
            return error_set(err, ERROR_DATA, "%s is gone: it %s", path,
                             gone[i].instead);
    }
    return parameter_set_path(machine, table, sizeof table / sizeof *table,
                              path, text, err);
}

bool machine_tells(const struct machine *machine, const struct parameter *row)
{
    if (row->tell == PARAMETER_TELL_IF_SET)
        return !parameter_is_standard(machine, row);
    if (row->tell == PARAMETER_TELL_BY_KIND)
        return array_has(array_of(machine), row);
    return true;
}

static int check_selection(const struct machine *machine, struct error *err)
{
    if (machine->select.skip &&
        (strcmp(machine->patterns, "dense") != 0 ||
         machine->select.share != machine->macro.columns))
        return error_set(err, ERROR_DATA,
                         "select.skip: yes is for machines whose patterns are "
                         "dense and whose select.share is macro.columns");
    if (machine->select.row_wise &&
        (strcmp(machine->patterns, "any") == 0 || machine->select.share != 1))
        return error_set(err, ERROR_DATA,
                         "select.row_wise: yes needs a list of patterns and "
                         "select.share 1");
    return 0;
}

uint32_t machine_merge_modes(const struct machine *machine)
{
    const char *at = machine->merge.modes;
    uint32_t modes = 0;

    if (strcmp(at, "all") == 0)
        return 1u << machine_log2(machine->macro.sub_macros);
    do {
        char *end;
        unsigned long mode = strtoul(at, &end, 10);

        if (*at < '1' || *at > '9' || (*end && *end != ',') ||
            mode > machine->macro.sub_macros || (mode & (mode - 1)) ||
            modes >= 1u << machine_log2(mode))
            return 0;
        modes |= 1u << machine_log2(mode);
        at = *end ? end + 1 : NULL;
    } while (at);
    return modes;
}

static int check_modes(const struct machine *machine, struct error *err)
{
    if (machine_merge_modes(machine))
        return 0;
    return error_set(
        err, ERROR_DATA,
        "merge.modes: \"%s\" is neither `all` nor a rising list of "
        "powers of two up to macro.sub_macros = %" PRIu64 ", such as 1,2,4",
        machine->merge.modes, machine->macro.sub_macros);
}

int machine_check_values(const struct machine *machine, struct error *err)
{
    if (machine->weights.bits == 8)
        return 0;
    return error_set(err, ERROR_DATA,
                     "weights.bits = %" PRIu64
                     ": the weights of a trace have 8 bits; a list of shapes "
                     "has none of its own",
                     machine->weights.bits);
}

int machine_check(const struct machine *machine, struct error *err)
{
    uint64_t together = machine->select.share * machine->select.selects;
    struct pattern_list list;

    if (together > machine->macro.columns ||
        machine->macro.columns % together != 0)
        return error_set(err, ERROR_DATA,
                         "select.share * select.selects = %" PRIu64
                         " * %" PRIu64
                         " columns do not divide macro.columns = %" PRIu64,
                         machine->select.share, machine->select.selects,
                         machine->macro.columns);
    if (machine->weights.bits != 8 && machine->array.kind != ARRAY_trees)
        return error_set(err, ERROR_DATA,
                         "weights.bits: only macros with adder trees have "
                         "others than 8");
    if (machine->attention.bits != 8 && machine->array.kind != ARRAY_trees &&
        machine->attention.engine == ATTENTION_ON_ARRAY)
        return error_set(err, ERROR_DATA,
                         "attention.bits: only macros with adder trees, and an "
                         "engine of its own (attention.engine: separate), have "
                         "others than 8");
    if (array_check(machine, err) < 0 || check_selection(machine, err) < 0 ||
        check_modes(machine, err) < 0 || own_memory_check(machine, err) < 0)
        return -1;
    if (strcmp(machine->patterns, "any") != 0 &&
        pattern_list_parse(&list, machine->patterns, err) < 0)
        return error_prefix(err, "patterns: ");
    machine_patterns(&list, machine);
    if (list.count == 0)
        return error_set(
            err, ERROR_DATA,
            "patterns: none of %s is within select.reach = %" PRIu64
            " pairs, so no layer could run",
            machine->patterns, machine->select.reach);
    return 0;
}

static void every_pattern(struct pattern_list *list)
{
    list->count = 0;
    for (uint16_t m = 2; m <= PATTERN_MAX_M; m = (uint16_t)(m + 2)) {
        for (uint16_t n = 1; n < m; n++)
            list->at[list->count++] = (struct pattern){ n, m };
    }
    list->at[list->count++] = pattern_dense;
}

void machine_patterns(struct pattern_list *list, const struct machine *machine)
{
    struct error err;
    size_t kept = 0;

    if (strcmp(machine->patterns, "any") == 0) {
        every_pattern(list);
    } else if (pattern_list_parse(list, machine->patterns, &err) < 0) {
        list->count = 0;
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].m / 2u <= machine->select.reach)
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}

uint64_t machine_multipliers(const struct machine *machine)
{
    return machine->macros * machine_slots(machine) * machine->macro.columns;
}

uint32_t machine_slots(const struct machine *machine)
{
    return (uint32_t)(machine->macro.sub_macros * machine->macro.rows);
}

uint64_t machine_port_bytes(const struct machine *machine)
{
    return machine->weights.port_bytes ? machine->weights.port_bytes
                                       : machine_slots(machine);
}

uint32_t machine_beats(const struct machine *machine)
{
    return (uint32_t)(8 / machine->macro.input_bits);
}

uint32_t machine_latency(const struct machine *machine)
{
    return array_of(machine)->latency(machine);
}

uint32_t machine_log2(uint64_t power)
{
    assert(power > 0 && (power & (power - 1)) == 0);
    return (uint32_t)__builtin_ctzll(power);
}
