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
        { "dense", "995767dae6a87dbf681c5dd892b07159"
                   "258402a73c139674cac13591660b5f3b" },
        { "fixed-2-4", "53b31288380a296863ff5720a672fefa"
                       "ba9b22430d83d8b0fa2a00b635aa52a3" },
        { "fixed-4-8", "e29d6c0de2a2b4a9b4990d510d117b3e"
                       "52ae9467a9d08d793a85e85f5ca60460" },
        { "flexcim-reach-8", "18bd94177c5300733df7ffb02f6b5b67"
                             "2365a25fa23ed7b3e098bd2bb0c6059f" },
        { "flexcim-serial", "ac03b39e2b524ea492044b52407b2b6d"
                            "336ae83eda6c695950ee428555a07d77" },
        { "flexcim-shared-reach-8", "483c8d16d62dcd0af2eb8008f4ca6d95"
                                    "507bb7b2d1b1f73acb627bf843808874" },
        { "flexcim-shared", "7ce661b5561c4eaa13a394cdbc464282"
                            "9a8f1cb5f890638c6451e20ceae2fc5d" },
        { "flexcim-merged", "5556765ab51ccd092f44cf3b340a3f29"
                            "8fc102a5166283136502cd292fde653c" },
        { "flexcim", "2bd11a40854ae3d8f94aabfc20b6bb89"
                     "b16827bbfab970fe6588a65e251f8c27" },
        { "flexcim-serial-adaptive", "98e5d58454dfbd9acbb2ae71070f42ce"
                                     "358b69bcb1bfcfc429dd621347e9d347" },
        { "flexcim-shared-adaptive", "1d9f3bdc9eaf2a193f9e04c5f6ba4263"
                                     "4034cc4150c66d7060659f65de0dc914" },
        { "sdp", "146590df3c6dacc5aab12d90f387c3bb"
                 "a26f6db1abc8b4ed92e6c4c4a3b5174f" },
        { "sparse-tensor-core", "f31ef0d31426d29a34d3c63b520cbbdf"
                                "198962bf19d32784785fd1192b6e50af" },
        { "vegeta-n4-row-wise", "518e4bca8f7595315d3e00f54c6147c7"
                                "b4e77436f55d8af0a972a967c30a9d26" },
        { "vegeta-n4", "8d712d2d19a020fa504ecd2abf42351f"
                       "5c3f968a1c350f18803389c429ae7ff0" },
        { "vegeta-n8", "96d6ba939b545a2e055dce148351e94c"
                       "60184643a801434f8184aa84c5b83515" },
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
