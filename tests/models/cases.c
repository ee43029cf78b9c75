/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/cases.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "models/arrays/array.h"

void set_machine(struct machine *machine, const char *settings)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    char *text = memory_text(settings), *rest = text, *word;
    struct error err;

    while ((word = strsep(&rest, " "))) {
        char *value = strchr(word, '=');

        if (!value)
            continue;
        *value++ = '\0';
        ck_assert_msg(parameter_set_path(machine, table, rows, word, value,
                                         &err) == 0,
                      "%s", err.text);
    }
    free(text);
    ck_assert_msg(machine_check(machine, &err) == 0, "%s", err.text);
}

void golden_machine(struct machine *machine)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);

    memset(machine, 0, sizeof *machine);
    parameter_defaults(machine, table, rows);
    set_machine(machine, "activations.banks=4096 outputs.banks=1024 "
                         "activations.capacity=none outputs.capacity=none "
                         "weights.port_bytes=176");
}

static void make_case(struct test_case *test, const char *name,
                      struct pattern pattern, uint32_t tokens, uint32_t inputs,
                      uint32_t outputs, uint32_t agreement)
{
    size_t size = (size_t)inputs * outputs;

    *test = (struct test_case){
        .layer = { .shape.name = memory_text(name),
                   .tokens = tokens,
                   .shape.inputs = inputs,
                   .shape.outputs = outputs,
                   .pattern = pattern,
                   .agreement = agreement },
        .weights = memory_new(size, 1),
        .mask = memory_new(size, 1),
        .input = memory_new((size_t)tokens * inputs, 1),
    };
}

static void fill_case(struct test_case *test, uint64_t *seed)
{
    struct layer *layer = &test->layer;
    struct error err;

    for (size_t i = 0; i < (size_t)layer->shape.inputs * layer->shape.outputs;
         i++)
        test->weights[i] = (int8_t)random_next(seed);
    for (size_t i = 0; i < (size_t)layer->shape.inputs * layer->tokens; i++)
        test->input[i] = (int8_t)random_next(seed);
    layer->input = test->input;
    layer_pack(layer, test->weights, test->mask);
    ck_assert_msg(layer_check(layer, &err) == 0, "%s", err.text);
}

void golden_case(struct test_case *test, const char *pattern, uint32_t tokens,
                 uint32_t inputs, uint32_t outputs, uint32_t agreement)
{
    struct pattern parsed;
    struct error err;
    uint64_t seed = 1;

    ck_assert_int_eq(pattern_parse(&parsed, pattern, &err), 0);
    make_case(test, pattern, parsed, tokens, inputs, outputs, agreement);
    for (uint32_t o = 0; o < outputs; o++) {
        for (uint32_t k = 0; k < inputs; k++) {
            uint32_t m = parsed.m, at = o / agreement;
            uint32_t place = 5 * (k % m) + 3 * (k / m) + 7 * at;

            test->mask[(size_t)o * inputs + k] = place % m < parsed.n;
        }
    }
    /* The formula keeps N of a full group only; a ragged one is filled up. */
    for (uint32_t o = 0; o < outputs && inputs % parsed.m; o++) {
        uint8_t *group =
            test->mask + (size_t)o * inputs + inputs - inputs % parsed.m;
        uint32_t size = inputs % parsed.m, kept = 0;
        uint32_t wanted = size < parsed.n ? size : parsed.n;

        for (uint32_t i = 0; i < size; i++)
            kept += group[i];
        for (uint32_t i = 0; i < size && kept != wanted; i++) {
            if (group[i] == (kept > wanted)) {
                group[i] ^= 1;
                kept += group[i] ? 1u : -1u;
            }
        }
    }
    fill_case(test, &seed);
}

static void copy_mask(uint8_t *mask, const struct layer *layer, uint32_t output,
                      uint32_t from)
{
    memcpy(mask + (size_t)output * layer->shape.inputs,
           mask + (size_t)from * layer->shape.inputs, layer->shape.inputs);
}

void random_mask(uint8_t *mask, const struct layer *layer, uint64_t *seed)
{
    for (uint32_t o = 0; o < layer->shape.outputs; o++) {
        if (o % layer->agreement) {
            copy_mask(mask, layer, o, o - 1);
            continue;
        }
        for (uint32_t k = 0; k < layer->shape.inputs; k += layer->pattern.m) {
            uint32_t rest = layer->shape.inputs - k;
            uint32_t size = rest < layer->pattern.m ? rest : layer->pattern.m;
            uint32_t left = size < layer->pattern.n ? size : layer->pattern.n;

            for (uint32_t i = 0; i < size; i++) {
                bool taken = random_below(seed, size - i) < left;

                mask[(size_t)o * layer->shape.inputs + k + i] = taken;
                left -= taken;
            }
        }
    }
}

static uint32_t between(uint64_t *seed, uint32_t least, uint32_t most)
{
    return least + (uint32_t)random_below(seed, most - least + 1);
}

static bool once_in(uint64_t *seed, uint32_t times)
{
    return random_below(seed, times) == 0;
}

static void random_buffers(struct machine *machine, uint64_t *seed)
{
    bool wide = once_in(seed, 2);

    machine->activations.banks = wide ? 64 : between(seed, 1, 4);
    machine->activations.width = between(seed, 1, 8);
    machine->outputs.banks = wide ? 64 : between(seed, 1, 16);
    machine->outputs.ports = between(seed, 1, 2);
    machine->outputs.fifo = once_in(seed, 2) ? 0 : between(seed, 1, 20);
    if (once_in(seed, 3))
        machine->activations.capacity = between(seed, 20, 300);
    if (once_in(seed, 3))
        machine->outputs.capacity = between(seed, 200, 700);
    if (once_in(seed, 3)) {
        machine->dram.rate = between(seed, 1, 64);
        machine->dram.latency = between(seed, 0, 60);
        machine->dram.staging = between(seed, 1, 700);
    }
}

static void random_patterns(struct machine *machine, uint64_t *seed)
{
    static const char *const lists[] = {
        "dense",          "2:4,dense",     "4:8,2:4,1:2,dense",
        "4:8,2:4",        "1:8,3:8,dense", "5:10,6:12,3:6,1:2,dense",
        "8:16,4:16,dense"
    };
    size_t count = sizeof lists / sizeof *lists;
    struct error err;

    if (!once_in(seed, 4))
        return;
    strcpy(machine->patterns, lists[random_below(seed, count)]);
    if (machine_check(machine, &err) < 0) /* none is within reach */
        strcpy(machine->patterns, "any");
}

static void random_modes(struct machine *machine, uint64_t *seed)
{
    uint32_t length = 0;

    if (once_in(seed, 2))
        return;
    for (uint64_t mode = 1; mode <= machine->macro.sub_macros; mode *= 2) {
        if (once_in(seed, 2))
            length +=
                (uint32_t)sprintf(machine->merge.modes + length, "%s%llu",
                                  length ? "," : "", (unsigned long long)mode);
    }
    if (length == 0)
        strcpy(machine->merge.modes, "all");
}

void random_trees(struct machine *machine, uint64_t *seed)
{
    uint32_t share = 1u << between(seed, 0, 3),
             selects = 1u << between(seed, 0, 3);
    struct error err;

    golden_machine(machine);
    machine->macro.sub_macros = 1u << between(seed, 0, 3);
    machine->macro.rows = 1u << between(seed, 0, 4);
    machine->macro.columns = share * selects * between(seed, 1, 3);
    machine->macro.input_bits = 1u
                                << (once_in(seed, 3) ? between(seed, 0, 2) : 3);
    machine->macros = once_in(seed, 2) ? 1 : between(seed, 2, 3);
    machine->loop = between(seed, 0, 1);
    machine->select.share = share;
    machine->select.selects = selects;
    machine->select.reach = 1u << between(seed, 0, 3);
    machine->select.straddle = once_in(seed, 3);
    machine->select.strict_serial = once_in(seed, 8);
    machine->weights.banks = between(seed, 1, 3);
    machine->weights.port_bytes = once_in(seed, 2) ? between(seed, 1, 99) : 0;
    machine->fallback = once_in(seed, 6);
    machine->weights.storage = between(seed, 0, 1);
    machine->clock = between(seed, 1, 2000);
    machine->array.level_registers = !once_in(seed, 4);
    machine->array.input_registers = once_in(seed, 3);
    machine->array.product_registers =
        !machine->array.level_registers && once_in(seed, 2);
    random_modes(machine, seed);
    random_buffers(machine, seed);
    random_patterns(machine, seed);
    ck_assert_msg(machine_check(machine, &err) == 0, "%s", err.text);
}

static void random_systolic(struct machine *machine, uint64_t *seed)
{
    machine->array.kind = ARRAY_systolic;
    machine->array.broadcast = 1;
    while (machine->macro.columns % (2 * machine->array.broadcast) == 0 &&
           once_in(seed, 2))
        machine->array.broadcast *= 2;
    machine->array.level_registers = true;
    strcpy(machine->merge.modes, "all");
    machine->select.share = 1;
    machine->select.selects = machine->macro.columns;
    machine->macro.input_bits = 8;
    machine->array.product_registers = once_in(seed, 3);
    if (!once_in(seed, 4))
        return;
    machine->array.input_registers = machine->array.product_registers = false;
    if (machine->macro.rows + machine->macro.columns == 2)
        machine->macro.rows = 2; /* one cell would have a latency of none */
    machine->array.published = MACHINE_WEIGHT_STATIONARY;
    machine->array.broadcast = 1;
    machine->macro.sub_macros = 1;
    machine->weights.banks = 1;
    machine->dram.rate = 0;
}

static void random_skipping(struct machine *machine)
{
    machine->select.skip = true;
    machine->select.share = machine->macro.columns;
    machine->select.selects = 1;
    strcpy(machine->patterns, "dense");
}

static void random_row_wise(struct machine *machine, uint64_t *seed)
{
    static const char *const lists[] = { "1:4,2:4,dense", "1:2,dense",
                                         "2:8,3:8,6:8,dense", "2:6,dense" };

    machine->select.row_wise = true;
    machine->select.share = 1;
    machine->select.reach = 4;
    strcpy(machine->patterns,
           lists[random_below(seed, sizeof lists / sizeof *lists)]);
}

/* The numbers of a kind that is nobody's. */
static void random_memory(struct machine *machine, uint64_t *seed)
{
    machine->dram.kind = 5; /* own */
    strcpy(machine->dram.name, "drawn");
    machine->dram.peak = between(seed, 1, 1000000);
    machine->dram.ceiling = (double)between(seed, 200, 1000) / 1000;
    machine->dram.interval = (double)between(seed, 500, 8000);
    machine->dram.busy = (double)between(seed, 0, 400);
    machine->dram.wait = (double)between(seed, 0, 90);
    machine->dram.moving = (double)between(seed, 0, 200) / 10;
    machine->dram.standing = (double)between(seed, 0, 90) / 10;
}

/* What a layer alone does not use (models/inference). */
static void random_inference(struct machine *machine, uint64_t *seed)
{
    if (once_in(seed, 2))
        return;
    machine->dram.kind =
        machine->array.published ? 0 : (unsigned)between(seed, 0, 5);
    if (machine->dram.kind == 5)
        random_memory(machine, seed);
    machine->dram.efficiency = once_in(seed, 2) ? between(seed, 1, 10000) : 0;
    machine->dram.staging = between(seed, 1, 5000);
    machine->dram.code = (unsigned)between(seed, 0, 2);
    machine->blocking = (unsigned)between(seed, 0, 2);
    machine->vector.lanes = between(seed, 1, 99);
    machine->vector.latency = between(seed, 0, 9);
    machine->vector.softmax = between(seed, 0, 3);
    machine->vector.clock = once_in(seed, 2) ? between(seed, 100, 900) : 0;
    machine->scan.lanes = between(seed, 1, 99);
    machine->scan.fused = once_in(seed, 2);
    machine->scan.passes = between(seed, 1, 9);
    machine->scan.clock = once_in(seed, 2) ? between(seed, 100, 900) : 0;
    machine->state.capacity = once_in(seed, 2) ? between(seed, 0, 9999) : 0;
    machine->inference.overlap = (unsigned)between(seed, 0, 2);
    machine->scan.bits = once_in(seed, 2) ? 16 : 32;
    machine->state.bits = 4u << between(seed, 0, 2);
    machine->attention.engine = (unsigned)between(seed, 0, 1);
    machine->attention.macs = between(seed, 1, 99);
    machine->attention.latency = between(seed, 0, 9);
    if (machine->array.kind == ARRAY_trees || machine->attention.engine)
        machine->attention.bits = once_in(seed, 2) ? 4 : 8;
}

void random_machine(struct machine *machine, uint64_t *seed)
{
    struct error err;

    random_trees(machine, seed);
    if (once_in(seed, 5))
        random_systolic(machine, seed);
    else if (once_in(seed, 6))
        random_skipping(machine);
    if (!machine->select.skip && once_in(seed, 6))
        random_row_wise(machine, seed);
    random_inference(machine, seed);
    if (machine->array.kind == ARRAY_trees && once_in(seed, 4))
        machine->weights.bits = 4;
    ck_assert_msg(machine_check(machine, &err) == 0, "%s", err.text);
}

void random_case(struct test_case *test, uint64_t *seed)
{
    uint16_t m = (uint16_t)(2 * between(seed, 1, 8));
    uint16_t n = (uint16_t)between(seed, 1, m);
    struct pattern pattern = { n, m };
    uint32_t agreement = once_in(seed, 3) ? 1u << between(seed, 0, 5) : 1;

    if (once_in(seed, 6))
        agreement = between(seed, 1, 12);
    if (n == m)
        pattern = pattern_dense;
    make_case(test, "random", pattern, between(seed, 1, 8),
              between(seed, 1, 70), between(seed, 1, 30), agreement);
    random_mask(test->mask, &test->layer, seed);
    fill_case(test, seed);
}

int32_t *integer_product(const struct test_case *test)
{
    const struct layer *layer = &test->layer;
    int32_t *product = memory_new((size_t)layer->tokens * layer->shape.outputs,
                                  sizeof *product);

    for (uint32_t t = 0; t < layer->tokens; t++) {
        for (uint32_t o = 0; o < layer->shape.outputs; o++) {
            const int8_t *row = test->weights + (size_t)o * layer->shape.inputs;
            const uint8_t *kept = test->mask + (size_t)o * layer->shape.inputs;
            const int8_t *x = test->input + (size_t)t * layer->shape.inputs;
            int32_t sum = 0;

            for (uint32_t k = 0; k < layer->shape.inputs; k++)
                sum += kept[k] ? row[k] * x[k] : 0;
            product[(size_t)t * layer->shape.outputs + o] = sum;
        }
    }
    return product;
}

static void check_ways(const struct layer_result *slow,
                       const struct layer_result *fast,
                       const struct layer *layer, uint64_t seed)
{
    unsigned long long number = seed;

    ck_assert_msg(pattern_equal(slow->run_as, fast->run_as), "seed %llu",
                  number);
    ck_assert_msg(slow->cycles == fast->cycles,
                  "seed %llu: the slow way takes %llu cycles, the fast way "
                  "%llu",
                  number, (unsigned long long)slow->cycles,
                  (unsigned long long)fast->cycles);
    for (int i = 0; i < CLOCK_CATEGORIES; i++)
        ck_assert_msg(slow->clocks[i] == fast->clocks[i],
                      "seed %llu: %s differs", number, clock_category_names[i]);
    for (int i = 0; i < COUNTERS; i++)
        ck_assert_msg(slow->counters[i] == fast->counters[i],
                      "seed %llu: %s %s is %llu the slow way, %llu the fast",
                      number, counter_table[i].block, counter_table[i].name,
                      (unsigned long long)slow->counters[i],
                      (unsigned long long)fast->counters[i]);
    if (slow->outputs)
        ck_assert_msg(memcmp(slow->outputs, fast->outputs,
                             sizeof *slow->outputs * layer->tokens *
                                 layer->shape.outputs) == 0,
                      "seed %llu: outputs differ", number);
}

int run_both_ways(struct layer_result *result, const struct machine *machine,
                  const struct layer *layer, bool outputs, uint64_t seed,
                  struct error *err)
{
    struct accelerator_options options = { .outputs = outputs, .slow = true };
    struct layer_result fast;
    int status = accelerator_run(result, machine, layer, &options, err);

    options.slow = false;
    ck_assert_int_eq(accelerator_run(&fast, machine, layer, &options, err),
                     status);
    if (status == 0) {
        check_ways(result, &fast, layer, seed);
        layer_result_release(&fast);
    }
    return status;
}

void release_case(struct test_case *test)
{
    layer_release_packed(&test->layer);
    layer_shape_release(&test->layer.shape);
    free(test->weights);
    free(test->mask);
    free(test->input);
}
