/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/machine.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "models/blocks.h"

static const char *const loops[] = { "k_inner", "o_inner", NULL };
static const char *const fallbacks[] = { "never", "fastest", NULL };

static const struct parameter own_parameters[] = {
    { .path = "title",
      .type = PARAMETER_TEXT_FIELD,
      .offset = offsetof(struct machine, title),
      .unit = "",
      .standard = "",
      .help = "what the machine is, in a line" },
    { .path = "patterns",
      .type = PARAMETER_TEXT_FIELD,
      .offset = offsetof(struct machine, patterns),
      .unit = "",
      .standard = "any",
      .help = "patterns it runs as they are; `any`: all within reach; other "
              "layers run as the cheapest listed one that covers them" },
    { .path = "fallback",
      .type = PARAMETER_CHOICE,
      .offset = offsetof(struct machine, fallback),
      .unit = "",
      .standard = "never",
      .choices = fallbacks,
      .help = "fastest: a layer runs dense if that takes fewer clocks" },
    { .path = "loop",
      .type = PARAMETER_CHOICE,
      .offset = offsetof(struct machine, loop),
      .unit = "",
      .standard = "k_inner",
      .choices = loops,
      .help = "k_inner: all K tiles of a column wave, then the next wave; "
              "o_inner: the other way round" },
    { .path = "clock",
      .type = PARAMETER_F64,
      .offset = offsetof(struct machine, clock),
      .unit = "MHz",
      .minimum = 1,
      .maximum = 10000,
      .standard = "500",
      .help = "frequency; an assumption, no public source gives one" },
    { .path = "macros",
      .type = PARAMETER_U64,
      .offset = offsetof(struct machine, macros),
      .unit = "macros",
      .minimum = 1,
      .maximum = 1024,
      .standard = "1",
      .help = "macros that work in lockstep on neighbouring column tiles" },
};

static const struct block_parameters {
    const struct parameter *rows;
    const size_t *count;
} blocks[] = {
    { sub_macro_array_parameters, &sub_macro_array_parameter_count },
    { systolic_array_parameters, &systolic_array_parameter_count },
    { distribution_parameters, &distribution_parameter_count },
    { weight_loader_parameters, &weight_loader_parameter_count },
    { activation_buffer_parameters, &activation_buffer_parameter_count },
    { output_buffer_parameters, &output_buffer_parameter_count },
    { dram_parameters, &dram_parameter_count },
};

enum { MAX_ROWS = 64 };
static struct parameter table[MAX_ROWS];
static size_t table_rows;

static void add_rows(const struct parameter *rows, size_t count)
{
    assert(table_rows + count <= MAX_ROWS);
    memcpy(table + table_rows, rows, count * sizeof *rows);
    table_rows += count;
}

static void make_table(void)
{
    add_rows(own_parameters, sizeof own_parameters / sizeof *own_parameters);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        add_rows(blocks[i].rows, *blocks[i].count);
}

const struct parameter *machine_parameters(size_t *rows)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_table);
    *rows = table_rows;
    return table;
}

static int check_array(const struct machine *machine, struct error *err)
{
    bool systolic = machine->array.kind == MACHINE_SYSTOLIC;

    if (!systolic &&
        (machine->array.broadcast != 1 || machine->array.published))
        return error_set(err, ERROR_DATA,
                         "array.broadcast and array.published are for "
                         "array.kind: systolic");
    if (!systolic)
        return 0;
    if (machine->select.share != 1 ||
        machine->select.selects != machine->macro.columns)
        return error_set(err, ERROR_DATA,
                         "array.kind: systolic chooses in every multiplier: "
                         "select.share must be 1 and select.selects "
                         "macro.columns = %" PRIu64,
                         machine->macro.columns);
    if (machine->macro.input_bits != 8 ||
        machine->macro.columns % machine->array.broadcast != 0)
        return error_set(err, ERROR_DATA,
                         "array.kind: systolic needs 8 "
                         "macro.input_bits_per_cycle, and array.broadcast must "
                         "divide macro.columns");
    if (machine->array.published &&
        (machine->weights.banks != 1 || machine->macro.sub_macros != 1 ||
         machine->array.broadcast != 1 || machine->dram.rate != 0))
        return error_set(err, ERROR_DATA,
                         "array.published knows one weight bank, one "
                         "sub-macro, array.broadcast 1 and resident weights");
    if (machine->array.published == MACHINE_OUTPUT_STATIONARY &&
        (strcmp(machine->patterns, "dense") != 0 || machine->macros != 1))
        return error_set(err, ERROR_DATA,
                         "array.published: output_stationary knows one macro, "
                         "and patterns: dense");
    return 0;
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
    if (check_array(machine, err) < 0 || check_selection(machine, err) < 0)
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

uint32_t machine_beats(const struct machine *machine)
{
    return (uint32_t)(8 / machine->macro.input_bits);
}

uint32_t machine_log2(uint64_t power)
{
    assert(power > 0 && (power & (power - 1)) == 0);
    return (uint32_t)__builtin_ctzll(power);
}

uint32_t machine_product_clocks(const struct machine *machine)
{
    return machine->array.level_registers;
}

uint32_t machine_tree_clocks(const struct machine *machine)
{
    return machine->array.level_registers ? machine_log2(machine->macro.rows)
                                          : 1;
}

uint32_t machine_merge_clocks(const struct machine *machine)
{
    uint32_t levels = machine_log2(machine->macro.sub_macros);

    return machine->array.level_registers ? levels : levels > 0;
}

uint32_t machine_latency(const struct machine *machine)
{
    uint64_t across = machine->macro.columns / machine->array.broadcast;

    if (machine->array.published)
        return (uint32_t)(machine->macro.rows + across - 2);
    if (machine->array.kind == MACHINE_SYSTOLIC)
        return (uint32_t)(machine->macro.rows + across) +
               machine_log2(machine->macro.sub_macros);
    return machine_product_clocks(machine) + machine_tree_clocks(machine) +
           machine_merge_clocks(machine) + 3 + (machine_beats(machine) > 1);
}

uint32_t machine_bank_wait(const struct machine *machine)
{
    return machine->array.published ? machine_latency(machine) : 0;
}

uint32_t machine_credits(const struct machine *machine)
{
    if (machine->outputs.fifo)
        return (uint32_t)machine->outputs.fifo;
    return machine_latency(machine) + 1;
}
