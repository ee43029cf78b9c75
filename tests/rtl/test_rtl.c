/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The macro's blocks against Verilog: a random layer runs on the C blocks; its
 * loads and entries, with all the bubbles between them, drive the Verilog
 * macro; and what trees, accumulators, partial-sum buffer and merge hand over
 * must be the same values in the same clocks.
 *
 * usage: test_rtl FOLDER-OF-VERILOG; Icarus Verilog runs it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "tests/models/cases.h"
#include "tests/rtl/stimulus.h"
#include "tests/suite.h"

struct config {
    uint32_t sub_macros, rows, columns, bits, share, selects, reach, banks;
    bool input_registers;
};

static const struct config configs[] = {
    { 1, 4, 1, 8, 1, 1, 1, 1, 0 },    { 2, 4, 4, 8, 1, 4, 4, 1, 1 },
    { 4, 4, 8, 8, 4, 1, 4, 2, 0 },    { 4, 4, 8, 8, 2, 2, 4, 1, 0 },
    { 8, 4, 4, 8, 1, 2, 8, 3, 1 },    { 2, 4, 4, 2, 1, 2, 4, 1, 1 },
    { 4, 8, 8, 8, 8, 1, 4, 2, 0 },    { 4, 4, 4, 8, 1, 1, 2, 1, 0 },
    { 4, 4, 8, 4, 1, 8, 4, 1, 0 },    { 2, 8, 4, 2, 2, 2, 4, 2, 0 },
    { 4, 4, 4, 1, 1, 4, 4, 1, 1 },    { 1, 64, 2, 8, 1, 2, 4, 1, 0 },
    { 4, 4, 64, 8, 4, 4, 4, 1, 0 },   { 4, 32, 32, 8, 1, 32, 4, 1, 0 },
    { 8, 64, 4, 8, 4, 1, 8, 2, 1 },   { 4, 32, 32, 8, 32, 1, 4, 1, 1 },
    { 4, 16, 16, 1, 1, 4, 4, 2, 0 },  { 4, 4, 4, 8, 4, 1, 4, 1, 1 },
    { 4, 32, 32, 8, 1, 32, 4, 1, 1 },
};

enum { QUICK = 6, ALL = sizeof configs / sizeof *configs };

static const char *const stage_names[STAGES] = { "tree", "pass", "buffered",
                                                 "merged" };

struct line {
    uint64_t clock;
    enum macro_stage stage;
    char *text;
};

struct recording {
    const struct machine *machine;
    struct stimulus *stimulus;
    const struct image **image; /* [banks] */
    const struct mapping *mapping;
    struct line *line;
    size_t lines, capacity;
};

static void on_load(void *context, const struct watch_load *load)
{
    struct recording *recording = context;

    recording->image[load->bank] = load->image;
    stimulus_load(recording->stimulus, load);
}

static void on_enter(void *context, uint32_t macro, uint64_t clock,
                     const struct pass *pass, const int8_t *vector)
{
    struct recording *recording = context;
    uint64_t banks = recording->machine->weights.banks;

    ck_assert_uint_eq(macro, 0);
    stimulus_enter(recording->stimulus, clock, pass,
                   recording->image[pass->wave % banks], vector);
}

/* Sub-macro by sub-macro, and behind the merge team by team: in Verilog's
 * order, where the blocks have each lane's columns of all teams beside each
 * other. */
static void on_hand_over(void *context, uint32_t macro, enum macro_stage stage,
                         uint64_t clock, const struct pass *pass)
{
    struct recording *recording = context;
    const struct mapping *mapping = recording->mapping;
    uint32_t wide = (uint32_t)recording->machine->macro.columns,
             lanes = stage == STAGE_MERGED ? 1 : mapping->lanes;
    const int32_t *value = pass_values_of(pass);
    struct text text;

    (void)macro;
    text_init(&text);
    text_addf(&text, "%llu %s", (unsigned long long)clock, stage_names[stage]);
    for (uint32_t i = 0; i < lanes * mapping->columns; i++) {
        uint32_t p = i / wide, c = p / lanes * wide + i % wide;

        text_addf(&text, " %d",
                  stimulus_serves(recording->stimulus, pass, c)
                      ? value[p % lanes * mapping->columns + c]
                      : 0);
    }
    text_add(&text, "\n");
    recording->line = memory_grow(recording->line, &recording->capacity,
                                  recording->lines + 1, sizeof(struct line));
    recording->line[recording->lines++] =
        (struct line){ clock, stage, text_take(&text) };
    text_release(&text);
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *left = a, *right = b;

    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return (int)left->stage - (int)right->stage;
}

/* Which adds `merged` sub-macros for an output. */
static void make_machine(struct machine *machine, const struct config *config,
                         uint32_t merged, uint64_t *seed)
{
    struct error err;

    random_trees(machine, seed);
    machine->macro.sub_macros = config->sub_macros;
    machine->macro.rows = config->rows;
    machine->macro.columns = config->columns;
    machine->macro.input_bits = config->bits;
    machine->macros = 1;
    machine->array.level_registers = true;
    machine->array.input_registers = config->input_registers;
    machine->array.product_registers = false;
    sprintf(machine->merge.modes, "%u", (unsigned)merged);
    machine->select.share = config->share;
    machine->select.selects = config->selects;
    machine->select.reach = config->reach;
    strcpy(machine->patterns, "any");
    machine->weights.banks = config->banks;
    machine->weights.port_bytes = 1 << 20; /* a column a clock */
    machine->weights.storage = MACHINE_SRAM;
    machine->fallback = MACHINE_FALLBACK_NEVER;
    machine->activations.capacity = machine->outputs.capacity = 0;
    ck_assert_msg(machine_check(machine, &err) == 0, "%s", err.text);
}

/* Runs the C blocks and writes stimulus and expectation into `folder`. */
static void record(const struct machine *machine, uint32_t merged,
                   const struct layer *layer, uint64_t seed, const char *folder)
{
    const struct image *image[16] = { NULL };
    struct mapping mapping = { 0 };
    struct recording recording = { .machine = machine,
                                   .stimulus =
                                       stimulus_new(machine, &mapping, seed),
                                   .image = image,
                                   .mapping = &mapping };
    struct accelerator_watch watch = { .context = &recording,
                                       .load = on_load,
                                       .enter = on_enter,
                                       .hand_over = on_hand_over };
    struct accelerator_options options = { .outputs = true,
                                           .slow = true,
                                           .watch = &watch };
    struct layer_result result;
    struct error err;
    char *path = memory_printf("%s/stimulus", folder);
    FILE *file;

    ck_assert_int_eq(mapping_choose(&mapping, machine, layer,
                                    (struct mapping_way){ .merged = merged },
                                    &err),
                     0);
    ck_assert_msg(accelerator_run(&result, machine, layer, &options, &err) == 0,
                  "%s", err.text);
    file = fopen(path, "w");
    stimulus_write(recording.stimulus, file, result.cycles + 2);
    fclose(file);
    free(path);
    path = memory_printf("%s/expected", folder);
    file = fopen(path, "w");
    qsort(recording.line, recording.lines, sizeof *recording.line,
          compare_lines);
    for (size_t i = 0; i < recording.lines; i++) {
        fputs(recording.line[i].text, file);
        free(recording.line[i].text);
    }
    fclose(file);
    free(path);
    free(recording.line);
    stimulus_free(recording.stimulus);
    layer_result_release(&result);
}

static void compile(const struct config *config, const char *folder)
{
    char *command = memory_printf(
        "iverilog -g2005 -s testbench -Ptestbench.P=%u -Ptestbench.R=%u "
        "-Ptestbench.C=%u -Ptestbench.BITS=%u -Ptestbench.REACH=%u "
        "-Ptestbench.SELECTS=%u -Ptestbench.BANKS=%u "
        "-Ptestbench.INPUT_REGISTERS=%u -o %s/run %s/*.v",
        config->sub_macros, config->rows, config->columns, config->bits,
        config->reach, config->selects, config->banks,
        (unsigned)config->input_registers, folder, getenv("RTL_FOLDER"));

    ck_assert_msg(system(command) == 0, "%s", command);
    free(command);
}

static void simulate(const char *folder, unsigned number, uint32_t merged,
                     uint64_t seed)
{
    char *command = memory_printf(
        "cd %s && vvp -n run +mode=%u >found && cmp expected found", folder,
        (unsigned)machine_log2(merged));

    ck_assert_msg(
        system(command) == 0,
        "configuration %u merging %u, seed %llu: Verilog and C differ", number,
        (unsigned)merged, (unsigned long long)seed);
    free(command);
}

/* Not if a group needs more slots than the few of a team. */
static bool can_run(const struct machine *machine, const struct layer *layer)
{
    struct accelerator_options options = { 0 };
    struct layer_result result;
    struct error err;

    return accelerator_run(&result, machine, layer, &options, &err) == 0;
}

/* So many layers in each merge mode, beginning with all sub-macros. */
static void check_config(unsigned number, unsigned layers)
{
    char folder[] = "/tmp/test_rtl.XXXXXX", *command;
    const struct config *config = &configs[number];
    uint64_t seed = 100 * number;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    compile(config, folder);
    for (uint32_t merged = config->sub_macros; merged > 0; merged /= 2) {
        for (unsigned ran = 0; ran < layers;) {
            uint64_t first = seed;
            struct machine machine;
            struct test_case test;

            make_machine(&machine, config, merged, &seed);
            random_case(&test, &seed);
            if (can_run(&machine, &test.layer)) {
                record(&machine, merged, &test.layer, first, folder);
                simulate(folder, number, merged, first);
                ran++;
            }
            release_case(&test);
        }
    }
    command = memory_printf("rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

START_TEST(verilog_gives_the_same_values_in_the_same_clocks)
{
    check_config((unsigned)_i, 1);
}
END_TEST

START_TEST(large_verilog_gives_the_same_values_in_the_same_clocks)
{
    check_config((unsigned)_i, 4);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("rtl");
    TCase *blocks = tcase_create("blocks");
    bool soak = getenv("RTL_SOAK") != NULL;

    tcase_set_timeout(blocks, 600);
    if (soak)
        tcase_add_loop_test(
            blocks, large_verilog_gives_the_same_values_in_the_same_clocks, 0,
            (int)suite_share(ALL));
    else
        tcase_add_loop_test(
            blocks, verilog_gives_the_same_values_in_the_same_clocks, 0, QUICK);
    suite_add_tcase(suite, blocks);
    return suite;
}
