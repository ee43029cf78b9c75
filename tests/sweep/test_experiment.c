/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/experiment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arithmetic.h"
#include "base/file.h"
#include "base/memory.h"
#include "sweep/point.h"
#include "sweep/sweep.h"
#include "tests/suite.h"

static struct error err;
static char folder[64];

static const char list[] = "layers:\n"
                           "  q: {inputs: 64, outputs: 48}\n"
                           "  o: {inputs: 48, outputs: 40}\n";

static void enter(void)
{
    strcpy(folder, "/tmp/flexcim-experiment-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(file_put("list.yaml", list, strlen(list), &err), 0);
    ck_assert_int_eq(file_put("b.yaml", list, strlen(list), &err), 0);
}

static void leave(void)
{
    char *command = memory_printf("rm -rf %s", folder);

    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

static int read_text(struct experiment *experiment, const char *text)
{
    ck_assert_int_eq(file_put("e.yaml", text, strlen(text), &err), 0);
    return experiment_read(experiment, "e.yaml", &err);
}

static void read_good(struct experiment *experiment, const char *text)
{
    if (read_text(experiment, text) < 0)
        ck_abort_msg("%s", err.text);
}

START_TEST(points_are_all_combinations_in_order)
{
    static const char *const names[] = { "list", "list", "b", "b" };
    static const char *const patterns[] = { "4:8", "2:8", "4:8", "2:8" };
    static const char *const machines[] = { "dense", "flexcim" };
    static const uint64_t rows[] = { 16, 8, 64 }, fifo[] = { 0, 9 };
    char pattern[INPUT_TEXT];
    struct experiment experiment;
    uint64_t number = 0;

    read_good(&experiment, "shapes: [list.yaml, b.yaml]\n"
                           "patterns: [4:8, 2:8]\n"
                           "machines: [dense, flexcim]\n"
                           "parameters:\n"
                           "  macro: {rows: [16, 8, 64]}\n"
                           "  outputs.fifo: [none, 9]\n");
    ck_assert_str_eq(experiment.name, "e");
    ck_assert(experiment.verify);
    ck_assert_uint_eq(experiment.points, 4 * 2 * 3 * 2);
    for (unsigned i = 0; i < 4; i++)
        for (unsigned m = 0; m < 2; m++)
            for (unsigned r = 0; r < 3; r++)
                for (unsigned f = 0; f < 2; f++, number++) {
                    struct point point;

                    ck_assert(point_make(&point, &experiment, number));
                    ck_assert_str_eq(point.input->name, names[i]);
                    input_pattern(pattern, point.input);
                    ck_assert_str_eq(pattern, patterns[i]);
                    ck_assert_str_eq(point.machine.name, machines[m]);
                    ck_assert_uint_eq(point.machine.machine.macro.rows,
                                      rows[r]);
                    ck_assert_uint_eq(point.machine.machine.outputs.fifo,
                                      fifo[f]);
                    ck_assert_int_eq(point.trouble.kind, ERROR_NONE);
                    ck_assert_uint_gt(point_estimate(&point), 0);
                    if (number == 1)
                        ck_assert_str_eq(
                            point.settings,
                            "{\"macro.rows\":16,\"outputs.fifo\":9}");
                    if (number == 0)
                        ck_assert_str_eq(
                            point.settings,
                            "{\"macro.rows\":16,\"outputs.fifo\":\"none\"}");
                    point_release(&point);
                }
    experiment_release(&experiment);
}
END_TEST

START_TEST(digits_tell_model_tokens_input_machine_and_values)
{
    struct experiment experiment;
    uint32_t inputs[2][2] = { 0 }, digit[6];

    read_good(&experiment, "shapes: [list.yaml, b.yaml]\n"
                           "tokens: [1, 16]\n"
                           "machines: [dense, flexcim]\n"
                           "parameters:\n"
                           "  macro: {rows: [16, 8, 64]}\n"
                           "  outputs.fifo: [none, 9]\n");
    ck_assert_uint_eq(point_digits_count(&experiment), 6);
    for (uint32_t i = 0; i < 4; i++) {
        const struct input *input = &experiment.input[i];

        inputs[strcmp(input->name, "b") == 0][input->layer->tokens == 16] = i;
    }
    for (uint64_t number = 0; number < experiment.points; number++) {
        const struct input *input = &experiment.input[number / 12];
        bool is_b = strcmp(input->name, "b") == 0;
        bool is_long = input->layer->tokens == 16;

        point_digits(digit, &experiment, number);
        ck_assert_uint_eq(digit[0], min(inputs[is_b][0], inputs[is_b][1]));
        ck_assert_uint_eq(digit[1],
                          min(inputs[0][is_long], inputs[1][is_long]));
        ck_assert_uint_eq(digit[2], number / 12);
        ck_assert_uint_eq(digit[3], number / 6 % 2);
        ck_assert_uint_eq(digit[4], number / 2 % 3);
        ck_assert_uint_eq(digit[5], number % 2);
    }
    experiment_release(&experiment);
}
END_TEST

START_TEST(a_point_is_the_machine_that_the_settings_name)
{
    static const char *const settings[] = { "macro.rows=16", "select.share=2" };
    struct machine_file file;
    struct experiment experiment;
    struct point point;

    read_good(&experiment, "shapes: list.yaml\nmachines: flexcim-shared\n"
                           "parameters: {macro.rows: 16, select.share: 2}\n");
    ck_assert(point_make(&point, &experiment, 0));
    ck_assert_int_eq(
        machine_file_read(&file, "flexcim-shared", settings, 2, &err), 0);
    ck_assert_str_eq(point.machine.hash, file.hash);
    ck_assert_str_eq(point.machine.text, file.text);
    machine_file_release(&file);
    point_release(&point);
    experiment_release(&experiment);
}
END_TEST

START_TEST(conditions_exclude_points_and_no_machine_is_told)
{
    struct experiment experiment;
    unsigned excluded = 0, troubled = 0;

    read_good(&experiment,
              "shapes: list.yaml\nmachines: flexcim\n"
              "parameters:\n"
              "  select: {share: [1, 4, 32], selects: [1, 8, 32]}\n"
              "where: select.share * select.selects <= 128\n");
    for (uint64_t n = 0; n < experiment.points; n++) {
        uint64_t together;
        struct point point;

        if (!point_make(&point, &experiment, n)) {
            excluded++; /* 32 * 8 and 32 * 32 */
            continue;
        }
        together = point.machine.machine.select.share *
                   point.machine.machine.select.selects;
        ck_assert_int_eq(point.trouble.kind,
                         together > 32 ? ERROR_DATA : ERROR_NONE);
        troubled += together > 32; /* 4 * 32 */
        point_release(&point);
    }
    ck_assert_uint_eq(excluded, 2);
    ck_assert_uint_eq(troubled, 1);
    experiment_release(&experiment);
}
END_TEST

START_TEST(the_identity_is_the_question_and_not_its_spelling)
{
    struct experiment a, b, c;

    read_good(&a, "shapes: [list.yaml]\nmachines: [dense]\n"
                  "parameters: {macro.rows: [16, 32], clock: 500}\n");
    read_good(&b, "# the same\nparameters:\n  macro:\n    rows:\n    - 16\n"
                  "    - 32\n  clock: 5e2\nmachines: dense\n"
                  "shapes: ./list.yaml\n");
    read_good(&c, "shapes: [list.yaml]\nmachines: [dense]\n"
                  "parameters: {macro.rows: [32, 16], clock: 500}\n");
    ck_assert_str_eq(a.hash, b.hash);
    ck_assert_str_ne(a.hash, c.hash);
    experiment_add_text(&b, "budget: 3\n");
    ck_assert_str_ne(a.hash, b.hash);
    experiment_release(&a);
    experiment_release(&b);
    experiment_release(&c);
}
END_TEST

START_TEST(what_is_wrong_is_told_with_line_and_column)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        { "machines: dense\n", "e.yaml: neither `traces` nor `shapes`" },
        { "shapes: list.yaml\n", "e.yaml: `machines` is missing" },
        { "shape: list.yaml\n",
          "e.yaml:1:8: no key shape; did you mean shapes" },
        { "macro.rows: 3\n", "under `parameters:`" },
        { "shapes: list.yaml\nmachines: dens\n", "e.yaml:2:11: no machine is "
                                                 "called dens" },
        { "shapes: lists.yaml\nmachines: dense\n", "e.yaml:1:9: " },
        { "traces: none.trace\nmachines: dense\n", "e.yaml:1:9: " },
        { "machines: [dense, dense]\n", "1:19: machines: dense stands there "
                                        "twice" },
        { "parameters: {macro.rows: [16, 16]}\n", "1:31: macro.rows: 16 stands "
                                                  "there twice" },
        { "parameters: {clock: [500, 5e2]}\n",
          "clock: 5e2 stands there twice" },
        { "parameters: {macro.rows: 3}\n", "1:26: macro.rows: 3 is not a power "
                                           "of two" },
        { "parameters: {macro.rwos: 3}\n", "did you mean macro.rows" },
        { "parameters: {macro.rows: 16, macro: {rows: 32}}\n",
          "macro.rows is there already" },
        { "verify: maybe\n", "1:9: verify: \"maybe\" is neither yes nor no" },
        { "name: [a, b]\n", "name: a list, where one value is expected" },
        { "machines: dense\nshapes: list.yaml\nwhere: [macro.rows < x]\n",
          "e.yaml:3:9: x is neither" },
        { "machines: dense\nshapes: list.yaml\npatterns: 9:8\n",
          "e.yaml:3:11: " },
        { "machines: dense\nshapes: list.yaml\ntokens: 0\n",
          "e.yaml:3:9: tokens: 0 is not" },
        { "machines: dense\ntokens: 3\n", "2:9: tokens belongs to lists of "
                                          "shapes" },
        { "", "e.yaml" },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct experiment experiment;

        ck_assert_msg(read_text(&experiment, wrong[i].text) == -1, "%s",
                      wrong[i].text);
        ck_assert_msg(strstr(err.text, wrong[i].words) != NULL,
                      "%s: says \"%s\"", wrong[i].text, err.text);
    }
}
END_TEST

START_TEST(a_space_too_large_is_refused)
{
    struct experiment experiment;
    struct text text;

    text_init(&text);
    text_add(&text, "shapes: list.yaml\nmachines: dense\nparameters:\n");
    for (unsigned axis = 0; axis < 4; axis++) {
        static const char *const paths[] = { "dram.latency", "macros", "clock",
                                             "activations.width" };

        text_addf(&text, "  %s: [1", paths[axis]);
        for (unsigned i = 2; i <= 200; i++)
            text_addf(&text, ", %u", i);
        text_add(&text, "]\n");
    }
    ck_assert_int_eq(read_text(&experiment, text.at), -1);
    ck_assert_msg(strstr(err.text, "1.6e+09 points, more than 2^30") != NULL,
                  "%s", err.text);
    text_release(&text);
}
END_TEST

START_TEST(shards_part_the_points_and_twins_are_replayed_once)
{
    struct experiment experiment;
    unsigned to_do = 0;

    /* They differ in their selects alone, so half are twins. */
    read_good(&experiment, "shapes: list.yaml\ntokens: [3, 5]\n"
                           "machines: [flexcim-merged, flexcim-shared]\n"
                           "parameters:\n"
                           "  title: same\n"
                           "  select.share: [1, 8]\n"
                           "  select.selects: [1, 4]\n"
                           "  macro.rows: [8, 16, 32]\n");
    for (uint64_t shard = 1; shard <= 5; shard++) {
        unsigned twins = 0, mine = 0;
        struct sweep sweep;

        ck_assert_int_eq(sweep_plan(&sweep, &experiment, shard, 5, &err), 0);
        ck_assert_uint_eq(sweep.points, 48);
        for (size_t i = 0; i < sweep.points; i++) {
            if (i > 0)
                ck_assert_uint_ge(sweep.point[i - 1].estimate,
                                  sweep.point[i].estimate);
            twins += sweep.point[i].state == SWEEP_TWIN;
            mine += sweep.point[i].state == SWEEP_TO_DO;
        }
        ck_assert_uint_eq(twins, 24);
        to_do += mine;
        sweep_release(&sweep);
    }
    ck_assert_uint_eq(to_do, 24);
    experiment_release(&experiment);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("experiment");
    TCase *tcase = tcase_create("experiment");

    tcase_add_checked_fixture(tcase, enter, leave);
    tcase_add_test(tcase, points_are_all_combinations_in_order);
    tcase_add_test(tcase, digits_tell_model_tokens_input_machine_and_values);
    tcase_add_test(tcase, a_point_is_the_machine_that_the_settings_name);
    tcase_add_test(tcase, conditions_exclude_points_and_no_machine_is_told);
    tcase_add_test(tcase, the_identity_is_the_question_and_not_its_spelling);
    tcase_add_test(tcase, what_is_wrong_is_told_with_line_and_column);
    tcase_add_test(tcase, a_space_too_large_is_refused);
    tcase_add_test(tcase, shards_part_the_points_and_twins_are_replayed_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
