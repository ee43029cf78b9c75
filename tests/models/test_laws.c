/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every machine, whatever its parameters; MODELS_SOAK=1 asks
 * a hundred times as many. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "models/layout/placement.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

enum { SOAK = 100 };

static uint64_t cycles_of(const struct machine *machine,
                          const struct layer *layer, uint64_t seed)
{
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct error err;

    ck_assert_msg(accelerator_run(&result, machine, layer, &options, &err) == 0,
                  "seed %llu: %s", (unsigned long long)seed, err.text);
    return result.cycles;
}

static bool can_run(const struct machine *machine, const struct layer *layer)
{
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct error err;

    return accelerator_run(&result, machine, layer, &options, &err) == 0;
}

/* One macro, resident, reads and output operations hidden behind a pass. */
static void wide_machine(struct machine *machine, uint64_t *seed)
{
    random_trees(machine, seed);
    machine->macros = 1;
    strcpy(machine->merge.modes, "all");
    machine->fallback = MACHINE_FALLBACK_NEVER;
    machine->activations.banks = 4096;
    machine->outputs.banks = 4096;
    machine->outputs.ports = 2;
    machine->outputs.fifo = 0;
    machine->activations.capacity = machine->outputs.capacity = 0;
    machine->dram.rate = machine->dram.kind = 0;
}

/* Weights, a bit of metadata each, and a select for each set, through a port
 * that is as wide as a column of dense cells where nothing is said. */
static uint64_t load_form(const struct placement *placement,
                          const struct column_tile *column,
                          const struct tile *tile)
{
    const struct machine *machine = placement->machine;
    uint64_t port = machine->weights.port_bytes,
             steps = machine->weights.storage == MACHINE_REGISTERS
                         ? 1
                         : column->columns,
             select = 0, bits, clocks;

    if (port == 0)
        port = machine->macro.sub_macros * machine->macro.rows;
    while (2u << select < placement->mapping.run_as.m)
        select++;
    bits = placement->mapping.dense
               ? 8ull * tile->slots * column->columns
               : (9ull * column->columns + select * column->sets) * tile->slots;
    clocks = ((bits + 7) / 8 + port - 1) / port;
    return clocks < steps ? steps : clocks;
}

/*
 * With G the load and E the entries of a tile, in order:
 *   one bank    sum of G + sum of E + latency
 *   two banks   first G + sum of max(E, next G) + last E + latency
 * With input registers a bank may be loaded a clock later than its last entry
 * alone would let: with one bank each G but the first is a clock longer, with
 * two from the third on, where the tile before did not have to wait for its
 * own.
 */
static uint64_t closed_form(const struct machine *machine,
                            const struct placement *placement)
{
    uint64_t latency = machine_latency(machine), total = 0, before = 0;
    uint64_t beats = machine_beats(machine), tiles = 0, waited = 0;

    for (uint32_t i = 0; i < placement->column_tiles; i++) {
        const struct column_tile *column = &placement->column_tile[i];
        uint64_t enter = placement->layer->tokens * column->passes * beats;

        for (uint32_t t = 0; t < column->tiles; t++) {
            uint64_t load = load_form(placement, column, &column->tile[t]);

            if (machine->array.input_registers &&
                tiles >= machine->weights.banks && waited == 0)
                load++;
            if (machine->weights.banks == 1 || tiles == 0) {
                total += load + enter;
            } else {
                waited = load > before ? load - before : 0;
                total += waited + enter;
            }
            before = enter;
            tiles++;
        }
    }
    return total + latency;
}

START_TEST(one_resident_macro_takes_the_clocks_of_the_closed_form)
{
    uint64_t seed = (uint64_t)_i << 32;

    for (int round = 0; round < 1000; round++) {
        struct machine machine;
        struct test_case test;
        struct mapping mapping;
        struct placement placement;
        struct error err;

        wide_machine(&machine, &seed);
        random_case(&test, &seed);
        machine.weights.banks = 1 + random_below(&seed, 2);
        machine.loop = MACHINE_K_INNER;
        if (mapping_choose(&mapping, &machine, &test.layer,
                           (struct mapping_way){ 0 }, &err) == 0 &&
            placement_init(&placement, &machine, &test.layer, &mapping, &err) ==
                0) {
            ck_assert_msg(closed_form(&machine, &placement) ==
                              cycles_of(&machine, &test.layer, seed),
                          "loop %d round %d", _i, round);
            placement_release(&placement);
        }
        release_case(&test);
    }
}
END_TEST

/* A parameter that is made better, and how. */
struct betterment {
    const char *name;
    size_t offset;
    uint64_t limit; /* of doubling */
};

static const struct betterment betterments[] = {
    { "activations.banks", offsetof(struct machine, activations.banks), 4096 },
    { "outputs.banks", offsetof(struct machine, outputs.banks), 4096 },
    { "outputs.ports", offsetof(struct machine, outputs.ports), 2 },
    { "outputs.fifo", offsetof(struct machine, outputs.fifo), 4096 },
    { "weights.banks", offsetof(struct machine, weights.banks), 8 },
    { "weights.port_bytes", offsetof(struct machine, weights.port_bytes),
      4096 },
    { "dram.rate", offsetof(struct machine, dram.rate), 4096 },
    { "dram.staging", offsetof(struct machine, dram.staging), 1 << 20 },
    { "select.selects", offsetof(struct machine, select.selects), 64 },
};

static uint64_t *field(struct machine *machine, const struct betterment *better)
{
    return (uint64_t *)(void *)((char *)machine + better->offset);
}

enum { BETTERMENTS = sizeof betterments / sizeof *betterments };

START_TEST(more_of_a_resource_never_costs_cycles)
{
    const struct betterment *better = &betterments[_i % BETTERMENTS];
    unsigned tried = 0;

    for (uint64_t seed = (uint64_t)(_i / BETTERMENTS) << 32; tried < 500;
         seed++) {
        uint64_t state = seed << 8, before, after, *value;
        struct machine machine;
        struct test_case test;
        struct error err;

        random_machine(&machine, &state);
        random_case(&test, &state);
        value = field(&machine, better);
        if (*value > 0 && 2 * *value <= better->limit &&
            can_run(&machine, &test.layer)) {
            before = cycles_of(&machine, &test.layer, seed);
            *value *= 2;
            if (machine_check(&machine, &err) == 0) {
                after = cycles_of(&machine, &test.layer, seed);
                ck_assert_msg(after <= before,
                              "seed %llu: %s = %llu takes %llu cycles, half "
                              "of it %llu",
                              (unsigned long long)seed, better->name,
                              (unsigned long long)*value,
                              (unsigned long long)after,
                              (unsigned long long)before);
                tried++;
            }
        }
        release_case(&test);
    }
}
END_TEST

START_TEST(a_sparser_pattern_never_costs_more_compute_and_load)
{
    static const char *const patterns[] = { "dense", "1:2", "2:4", "4:8",
                                            "1:4",   "2:8", "1:8" };
    static const unsigned density[] = { 8, 4, 4, 4, 2, 2, 1 };
    struct accelerator_options options = { 0 };
    uint64_t seed = (uint64_t)_i;
    uint32_t inputs = 1 + (uint32_t)random_below(&seed, 2000),
             outputs = 1 + (uint32_t)random_below(&seed, 100),
             tokens = 1 + (uint32_t)random_below(&seed, 100);
    uint64_t clocks[7];
    struct machine machine;

    golden_machine(&machine);
    for (int i = 0; i < 7; i++) {
        struct test_case test;
        struct layer_result result;
        struct error err;

        golden_case(&test, patterns[i], tokens, inputs, outputs, 1);
        ck_assert_int_eq(
            accelerator_run(&result, &machine, &test.layer, &options, &err), 0);
        clocks[i] =
            result.clocks[CLOCK_COMPUTE] + result.clocks[CLOCK_WEIGHT_LOAD];
        for (int j = 0; j < i; j++) {
            if (density[i] < density[j])
                ck_assert_msg(clocks[i] <= clocks[j],
                              "%s costs more than %s at K = %u, O = %u",
                              patterns[i], patterns[j], inputs, outputs);
        }
        release_case(&test);
    }
}
END_TEST

/* Changes the metadata bit or the select of one cell that holds a weight,
 * counted over all images of a run. */
struct damage {
    uint64_t cell;
    bool select;
    uint64_t seen; /* out: cells that hold one */
    bool done;     /* out: not where a group has one pair to select from */
};

static void damage_cell(struct damage *damage, struct image *image, size_t slot,
                        size_t at)
{
    if (!damage->select)
        image->metadata[at] ^= 1;
    else
        image->select[at] =
            (uint8_t)((image->select[at] + 1) % image->pairs[slot]);
    damage->done = !damage->select || image->pairs[slot] > 1;
}

static void damage_image(void *context, const struct watch_load *load)
{
    struct damage *damage = context;
    struct image *image = load->image;

    for (size_t slot = 0; slot < image->span; slot++) {
        for (size_t column = 0; column < image->columns; column++) {
            size_t at = slot * image->stride + column;

            if (image->pairs[slot] && image->word[at] != 0 &&
                damage->seen++ == damage->cell)
                damage_cell(damage, image, slot, at);
        }
    }
}

/* Inputs that are all different, so that another input is another sum. */
static void distinct_inputs(struct test_case *test)
{
    ck_assert_uint_lt(test->layer.shape.inputs, 127);
    for (uint32_t t = 0; t < test->layer.tokens; t++) {
        for (uint32_t k = 0; k < test->layer.shape.inputs; k++)
            test->input[t * test->layer.shape.inputs + k] = (int8_t)(k + 1);
    }
    for (size_t i = 0;
         i < (size_t)test->layer.shape.inputs * test->layer.shape.outputs; i++)
        test->weights[i] = test->weights[i] ? test->weights[i] : 1;
    layer_release_packed(&test->layer);
    layer_pack(&test->layer, test->weights, test->mask);
}

static const struct damaged_case {
    const char *machine, *pattern;
} damaged_cases[] = {
    { "", "4:8" },
    { "", "dense" },
    { "select.share=8 select.selects=1", "4:8" },
    { "select.share=2 select.selects=2 weights.banks=2", "2:4" },
    { "select.share=1 select.selects=1 select.straddle=yes", "3:8" },
    { "macro.input_bits_per_cycle=1", "1:4" },
    { "macros=2 select.reach=8", "8:16" },
    { "select.reach=8 loop=o_inner", "4:16" },
    { "dram.rate=8", "1:2" },
    { "array.kind=systolic patterns=4:8,dense", "4:8" },
};

/* One cell is damaged, one way; true if there was such a cell. */
static bool change_one(const struct machine *machine,
                       const struct test_case *test, const int32_t *product,
                       struct damage *damage, bool slow)
{
    struct accelerator_watch watch = { .context = damage,
                                       .load = damage_image };
    struct accelerator_options options = { .outputs = true,
                                           .slow = slow,
                                           .watch = &watch };
    size_t sums = (size_t)test->layer.tokens * test->layer.shape.outputs;
    struct layer_result result;
    struct error err;
    bool equal;

    damage->seen = 0;
    damage->done = false;
    ck_assert_msg(accelerator_run(&result, machine, &test->layer, &options,
                                  &err) == 0,
                  "%s", err.text);
    equal = memcmp(product, result.outputs, sums * sizeof *product) == 0;
    layer_result_release(&result);
    ck_assert_msg(equal != damage->done,
                  "%s of cell %llu, %s way: outputs are %s",
                  damage->select ? "select" : "metadata",
                  (unsigned long long)damage->cell, slow ? "slow" : "fast",
                  equal ? "the same" : "others");
    return damage->seen > damage->cell;
}

START_TEST(every_flipped_metadata_bit_and_select_changes_an_output)
{
    const struct damaged_case *what = &damaged_cases[_i / 2];
    struct damage damage = { .select = _i % 2 };
    bool slow = true, more = true;
    unsigned changed = 0, cells = 0;
    struct machine machine;
    struct test_case test;
    int32_t *product;

    golden_machine(&machine);
    set_machine(&machine, "macro.sub_macros=2 macro.rows=4 macro.columns=8 "
                          "select.share=1 select.selects=8");
    set_machine(&machine, what->machine);
    golden_case(&test, what->pattern, 2, 27, 11, 1);
    distinct_inputs(&test);
    product = integer_product(&test);
    while (more) {
        more = change_one(&machine, &test, product, &damage, slow);
        changed += damage.done;
        cells += more && !slow;
        damage.cell += !slow;
        slow = !slow;
    }
    ck_assert_uint_eq(cells,
                      layer_kept(&test.layer) * test.layer.shape.outputs);
    if (!damage.select)
        ck_assert_uint_eq(changed, 2 * cells);
    else if (strcmp(what->pattern, "dense") != 0 &&
             strcmp(what->pattern, "1:2") != 0)
        ck_assert_uint_gt(changed, cells);
    free(product);
    release_case(&test);
}
END_TEST

Suite *make_suite(void)
{
    int times = getenv("MODELS_SOAK") ? (int)suite_share(SOAK) : 1;
    int cases = sizeof damaged_cases / sizeof *damaged_cases;
    Suite *suite = suite_create("laws");
    TCase *laws = tcase_create("laws");

    tcase_set_timeout(laws, 600);
    tcase_add_loop_test(laws,
                        one_resident_macro_takes_the_clocks_of_the_closed_form,
                        0, 4 * times);
    tcase_add_loop_test(laws, more_of_a_resource_never_costs_cycles, 0,
                        BETTERMENTS * times);
    tcase_add_loop_test(laws,
                        a_sparser_pattern_never_costs_more_compute_and_load, 0,
                        60 * times);
    tcase_add_loop_test(laws,
                        every_flipped_metadata_bit_and_select_changes_an_output,
                        0, 2 * cases);
    suite_add_tcase(suite, laws);
    return suite;
}
