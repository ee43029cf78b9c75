/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every machine that is shipped runs every layer: MACHINES names their folder.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/price/part.h"
#include "replay/data_file.h"
#include "replay/machine_file.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static struct error err;
static glob_t files;

static void find_machines(void)
{
    char *pattern = memory_printf("%s/*.yaml", getenv("MACHINES"));

    ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
    free(pattern);
}

static void forget_machines(void)
{
    globfree(&files);
}

static struct machine machine_at(size_t i)
{
    struct machine_file file;
    struct machine machine;

    if (machine_file_read(&file, files.gl_pathv[i], NULL, 0, &err) < 0)
        ck_abort_msg("%s", err.text);
    machine = file.machine;
    machine_file_release(&file);
    return machine;
}

static void run_exactly(size_t i, const struct test_case *test, uint64_t seed)
{
    struct machine machine = machine_at(i);
    int32_t *product = integer_product(test);
    struct layer_result result;

    ck_assert_msg(run_both_ways(&result, &machine, &test->layer, true, seed,
                                &err) == 0,
                  "%s, seed %llu: %s", files.gl_pathv[i],
                  (unsigned long long)seed, err.text);
    ck_assert_msg(memcmp(product, result.outputs,
                         sizeof *product * test->layer.tokens *
                             test->layer.shape.outputs) == 0,
                  "%s, seed %llu: not the integer product", files.gl_pathv[i],
                  (unsigned long long)seed);
    layer_result_release(&result);
    free(product);
}

START_TEST(every_machine_makes_the_integer_product_of_any_layer)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        for (uint64_t seed = 0; seed < 40; seed++) {
            uint64_t state = seed;
            struct test_case test;

            random_case(&test, &state);
            run_exactly(i, &test, seed);
            release_case(&test);
        }
    }
}
END_TEST

START_TEST(every_machine_runs_every_pattern_dense_too)
{
    static const char *const patterns[] = { "dense", "1:2", "2:4",  "1:4",
                                            "4:8",   "2:8", "1:8",  "3:8",
                                            "6:8",   "3:6", "5:14", "4:16" };

    ck_assert_uint_ge(files.gl_pathc, 13);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
            struct test_case test;

            golden_case(&test, patterns[p], 3, 336, 37, p % 2 ? 1 : 32);
            run_exactly(i, &test, p);
            release_case(&test);
        }
    }
}
END_TEST

/* At equal multipliers: 4096 products of 8 bits a clock, over all macros. */
START_TEST(every_machine_multiplies_as_much_in_a_clock)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct machine machine = machine_at(i);

        ck_assert_msg(machine_multipliers(&machine) / machine_beats(&machine) ==
                          4096,
                      "%s", files.gl_pathv[i]);
    }
}
END_TEST

/* Results are stored under a machine's hash: one that changes without its
 * machine orphans them.  A row that only some machines have tells itself in
 * their texts alone (parameter.h). */
START_TEST(no_machine_has_another_hash_than_it_had)
{
    static const char *const hashes[][2] = {
        { "dense", "15d2c8123fb231b36d0c18a5c2e4bf17"
                   "308fd8f4972ca9e40cf6397096e7a637" },
        { "fixed-2-4", "2d28b6f6fe61eac1f6aac40936b89ae6"
                       "8877bc2ad331cc206ca62390ecbe3925" },
        { "fixed-4-8", "a01a78ac13c383138bc30ee3bf33cd8b"
                       "db4cd130c04309f6aa3235ee530b390a" },
        { "flexcim-reach-8", "28f9fd8e821134037eb5389cf34d7609"
                             "b6254fe78589c970ca9730ab8cf30886" },
        { "flexcim-serial", "df39c651a7c401fe4941b649189f703e"
                            "0196304714c3d1e83be1feedd7cdda50" },
        { "flexcim-shared-reach-8", "63a43a40f8940e9a5e3c8fc1868ea72d"
                                    "f1b48bd918a8bdb58d838e32073f8ec3" },
        { "flexcim-shared", "32e89001aca71bcd33330cc05fcf2194"
                            "12076b0a3dbea527644dea4395e20319" },
        { "flexcim-merged", "150614d67434e0809f9f8fa92182ad32"
                            "ee2253f8deb6e8ca26772852fdf46ed1" },
        { "flexcim", "1ae8ebddc9c7bd0cf33d0616b1635e11"
                     "cd62920684ac5a87011d31a8db4b036d" },
        { "flexcim-serial-adaptive", "6077d8445de9f683bb2822a3e3f7f081"
                                     "31e9eede19a41e9a77401d9b55194bd3" },
        { "flexcim-shared-adaptive", "3a250b29f0f48163f5a2383b300be859"
                                     "1fe71f847b0c8b776c5d8544b9466ff7" },
        { "sdp", "dbc6e58407b2429e58931d7c2e185584"
                 "3e42f1a965f5cf1e195e6a6a49ca702f" },
        { "sdp-pipelined", "7b1a7856ee841b036d1dca2aa83b6716"
                           "f8843f05ab059a82a5150795d8575c7f" },
        { "flexcim-pipelined", "8099201d8004edacf01a6ddfa182ab45"
                               "17d4e57a5b7c28382eb3ad454e8926d3" },
        { "vegeta-n8-pipelined", "e1304d4856f718d20923a592e0783fa5"
                                 "bb3730887b0bec8ab5d808e361790de6" },
        { "sparse-tensor-core", "f99c76d16b54897e5fc1520e576b0b0c"
                                "fe79ad83ce6fe4653aefbbe6bcdd375c" },
        { "vegeta-n4-row-wise", "acb91dd66ae55cd80244388cb3afc1dd"
                                "974fbc5b56e5856c5f944ef6c5eec475" },
        { "vegeta-n4", "7f760c7b4e1c8f472ff24fd6b40a1845"
                       "14113f031d5f6a81e05a33ce7b9cc9df" },
        { "vegeta-n8", "74723b65dde7150be3c34054568b8778"
                       "acbf666f8ff032b0d5a9a120297ef34f" },
    };
    struct machine_file file;

    ck_assert_uint_eq(files.gl_pathc, sizeof hashes / sizeof *hashes);
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        ck_assert_msg(machine_file_read(&file, hashes[i][0], NULL, 0, &err) ==
                          0,
                      "%s", err.text);
        ck_assert_str_eq(file.hash, hashes[i][1]);
        machine_file_release(&file);
    }
}
END_TEST

/* Three readings of selects by two of merging: what merges as a layer needs
 * has banks for every sum of every sub-macro, and nothing else of its own.  All
 * others that merge are composed as the released RTL is. */
START_TEST(merging_is_an_axis_of_its_own)
{
    static const char *const pairs[][2] = {
        { "flexcim", "flexcim-merged" },
        { "flexcim-shared-adaptive", "flexcim-shared" },
        { "flexcim-serial-adaptive", "flexcim-serial" },
    };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct machine_file adaptive, merged;

        ck_assert_int_eq(
            machine_file_read(&adaptive, pairs[i][0], NULL, 0, &err), 0);
        ck_assert_int_eq(machine_file_read(&merged, pairs[i][1], NULL, 0, &err),
                         0);
        ck_assert_uint_eq(machine_merge_modes(&adaptive.machine), 1 | 2 | 4);
        ck_assert_uint_eq(machine_merge_modes(&merged.machine), 4);
        ck_assert_uint_eq(adaptive.machine.outputs.banks, 4 * 32);
        ck_assert_uint_eq(merged.machine.outputs.banks, 32);
        adaptive.machine.merge = merged.machine.merge;
        adaptive.machine.outputs.banks = merged.machine.outputs.banks;
        memcpy(adaptive.machine.title, merged.machine.title, PARAMETER_TEXT);
        ck_assert_mem_eq(&adaptive.machine, &merged.machine,
                         sizeof merged.machine);
        machine_file_release(&adaptive);
        machine_file_release(&merged);
    }
}
END_TEST

START_TEST(no_rival_merges_otherwise_than_it_did)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct machine machine = machine_at(i);

        if (strstr(files.gl_pathv[i], "/flexcim"))
            continue;
        ck_assert_msg(machine_merge_modes(&machine) == machine.macro.sub_macros,
                      "%s", files.gl_pathv[i]);
        ck_assert_uint_eq(machine.outputs.banks, 32);
    }
}
END_TEST

static struct part_list parts_of(const char *name, const char *const *settings,
                                 size_t count)
{
    struct machine_file file;
    struct part_list parts;

    ck_assert_msg(machine_file_read(&file, name, settings, count, &err) == 0,
                  "%s", err.text);
    part_list_make(&parts, &file.machine);
    machine_file_release(&file);
    return parts;
}

/* How many of a component a part has; 0: there is no such part. */
static double count_in(const struct part_list *parts, const struct part *like)
{
    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->at[i];

        if (part->use == like->use && strcmp(part->block, like->block) == 0 &&
            strcmp(part->name, like->name) == 0 &&
            strcmp(part->component, like->component) == 0 &&
            part->counter == like->counter)
            return part->count;
    }
    return 0;
}

static bool is_route(const struct part *part)
{
    return strcmp(part->name, "routes") == 0 ||
           strcmp(part->name, "pairs to sub-macros") == 0;
}

/* To the digit, whatever the name: what counts is what a machine is made of. */
static void assert_same_parts(const struct part_list *a,
                              const struct part_list *b, bool but_for_routes)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct part *part = &a->at[i];

        if (!but_for_routes || !is_route(part))
            ck_assert_msg(part->count == count_in(b, part), "%s, %s: %s",
                          part->block, part->name, part->component);
    }
}

START_TEST(flexcim_that_selects_like_dense_costs_what_dense_costs)
{
    static const char *const settings[] = {
        "patterns=dense",  "select.share=32",      "select.selects=1",
        "select.reach=1",  "activations.banks=32", "merge.modes=all",
        "outputs.banks=32"
    };
    struct part_list flexcim = parts_of("flexcim", settings, 7),
                     dense = parts_of("dense", settings + 4, 3);

    ck_assert_uint_gt(dense.count, 30);
    assert_same_parts(&flexcim, &dense, false);
    assert_same_parts(&dense, &flexcim, false);
}
END_TEST

START_TEST(flexcim_of_one_pattern_costs_what_a_fixed_macro_costs)
{
    static const char *const settings[] = { "activations.banks=32",
                                            "merge.modes=all",
                                            "outputs.banks=32",
                                            "patterns=4:8,dense" };
    struct part_list fixed = parts_of("fixed-4-8", settings, 3),
                     flexcim = parts_of("flexcim", settings, 3);

    assert_same_parts(&flexcim, &fixed, true);
    assert_same_parts(&fixed, &flexcim, true);
    flexcim = parts_of("flexcim", settings, 4);
    assert_same_parts(&flexcim, &fixed, false);
    assert_same_parts(&fixed, &flexcim, false);
}
END_TEST

/* What only one of the shipped machines has: where a price could be made for
 * it alone.  Each is of a row of its file that any machine may set. */
static const char *const own_parts[][3] = {
    { "sdp", "distribution", "gathering" },
    { "sdp", "shift_accumulator", "adders" },
    { "sdp", "shift_accumulator", "registers" },
    { "vegeta-n4-row-wise", "distribution", "patterns of tiles" },
    { "flexcim-pipelined", "sub_macro_array", "chosen inputs" },
    { "vegeta-n8-pipelined", "systolic_array", "chosen inputs" },
    { "vegeta-n8-pipelined", "systolic_array", "product registers" },
};

static bool machine_has(const char *path, const struct part *like)
{
    struct part_list parts = parts_of(path, NULL, 0);

    for (size_t i = 0; i < parts.count; i++) {
        if (strcmp(parts.at[i].block, like->block) == 0 &&
            strcmp(parts.at[i].name, like->name) == 0)
            return true;
    }
    return false;
}

static bool may_be_own(const char *machine, const struct part *part)
{
    for (size_t i = 0; i < sizeof own_parts / sizeof *own_parts; i++) {
        if (strcmp(own_parts[i][0], machine) == 0 &&
            strcmp(own_parts[i][1], part->block) == 0 &&
            strcmp(own_parts[i][2], part->name) == 0)
            return true;
    }
    return false;
}

START_TEST(no_machine_has_a_price_that_is_made_for_it)
{
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct part_list parts = parts_of(files.gl_pathv[i], NULL, 0);
        char *name = data_name(files.gl_pathv[i]);

        for (size_t p = 0; p < parts.count; p++) {
            bool others = parts.at[p].use == PART_PATH;

            for (size_t j = 0; j < files.gl_pathc && !others; j++)
                others = j != i && machine_has(files.gl_pathv[j], &parts.at[p]);
            ck_assert_msg(others || may_be_own(name, &parts.at[p]),
                          "%s alone has %s, %s", name, parts.at[p].block,
                          parts.at[p].name);
        }
        free(name);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("shipped machines");
    TCase *tcase = tcase_create("shipped machines");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, find_machines, forget_machines);
    tcase_add_test(tcase, every_machine_makes_the_integer_product_of_any_layer);
    tcase_add_test(tcase, every_machine_runs_every_pattern_dense_too);
    tcase_add_test(tcase, every_machine_multiplies_as_much_in_a_clock);
    tcase_add_test(tcase, no_machine_has_another_hash_than_it_had);
    tcase_add_test(tcase,
                   flexcim_that_selects_like_dense_costs_what_dense_costs);
    tcase_add_test(tcase,
                   flexcim_of_one_pattern_costs_what_a_fixed_macro_costs);
    tcase_add_test(tcase, merging_is_an_axis_of_its_own);
    tcase_add_test(tcase, no_rival_merges_otherwise_than_it_did);
    tcase_add_test(tcase, no_machine_has_a_price_that_is_made_for_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
