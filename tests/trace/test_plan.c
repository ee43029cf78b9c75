/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/suite.h"

static char folder[] = "/tmp/flexcim-plan-XXXXXX";

static void enter_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    unlink("plan.json");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

/* Two layers, one with a ragged last group: 3:8 of 13 keeps 3 + 3. */
static void make_plan(struct plan *plan)
{
    struct error err;

    plan_init(plan, 2);
    plan_set(&plan->model, memory_text("tiny"));
    plan_set(&plan->method, memory_text("flow"));
    hash_bytes(plan->checkpoint, "c", 1);
    hash_bytes(plan->trace, "t", 1);
    hash_bytes(plan->tokens, "k", 1);
    json_object_set_new(plan->parameters, "h", json_real(3.5));
    ck_assert_int_eq(pattern_list_parse(&plan->patterns, "3:8,4:8,dense", &err),
                     0);
    layer_shape_rename(&plan->layer[0].shape, memory_text("blocks.0.q"));
    layer_shape_rename(&plan->layer[1].shape, memory_text("blocks.1.\xc3\xa9"));
    plan->layer[0].shape.inputs = 13;
    plan->layer[0].shape.outputs = 5;
    plan->layer[0].pattern = (struct pattern){ 3, 8 };
    plan->layer[0].score = 0.1;
    plan->layer[1].shape.block = 1;
    plan->layer[1].shape.inputs = 8;
    plan->layer[1].shape.outputs = 2;
    plan->asked = 1. / 3;
    plan->objective = 0.1 + 0.2;
    plan->reached = plan_sparsity(plan);
}

START_TEST(sparsity_counts_kept_weights_and_not_n_over_m)
{
    struct plan plan;

    make_plan(&plan);
    ck_assert_uint_eq(plan_kept(&plan), 5 * 6 + 2 * 8);
    ck_assert_uint_eq(plan_weights(&plan), 5 * 13 + 2 * 8);
    ck_assert_double_eq(plan_sparsity(&plan), 35. / 81);
    plan_release(&plan);
}
END_TEST

START_TEST(a_plan_comes_back_as_it_was_written)
{
    struct plan plan, back;
    struct error err;
    char hash[HASH_TEXT], hash_back[HASH_TEXT], *text;

    make_plan(&plan);
    ck_assert_int_eq(plan_write(&plan, "plan.json", &err), 0);
    ck_assert_msg(plan_read(&back, "plan.json", &err) == 0, "%s", err.text);
    plan_hash(&plan, hash);
    plan_hash(&back, hash_back);
    ck_assert_str_eq(hash, hash_back);
    ck_assert_double_eq(back.objective, 0.1 + 0.2);
    ck_assert(isnan(back.next) && isnan(back.layer[1].score));
    ck_assert_str_eq(back.layer[1].shape.name, plan.layer[1].shape.name);
    ck_assert(pattern_equal(back.layer[0].pattern, (struct pattern){ 3, 8 }));
    plan_release(&back);
    text = plan_text(&plan);
    ck_assert_ptr_null(strchr(text, ' '));
    ck_assert_int_eq(plan_parse(&back, text, "text", &err), 0);
    plan_hash(&back, hash_back);
    ck_assert_str_eq(hash, hash_back);
    free(text);
    plan_release(&back);
    plan_release(&plan);
}
END_TEST

START_TEST(the_identity_changes_with_one_pattern)
{
    struct plan plan;
    char before[HASH_TEXT], after[HASH_TEXT];

    make_plan(&plan);
    plan_hash(&plan, before);
    plan.layer[1].pattern = (struct pattern){ 4, 8 };
    plan_hash(&plan, after);
    ck_assert_str_ne(before, after);
    plan_release(&plan);
}
END_TEST

/* What the CPU's last bits, or a folder's name, could change. */
static void change_what_stands_beside(struct plan *plan)
{
    plan_set(&plan->model, memory_text("copy-of-tiny"));
    plan_set(&plan->trace_path, memory_text("/elsewhere/tiny.trace"));
    plan_set(&plan->reason, memory_text("cost 0.300001"));
    plan_set(&plan->layer[0].reason, memory_text("2.01 % outliers"));
    plan->layer[0].score = 0.10000001;
    plan->objective = 0.3;
    plan->bound = 0.29;
}

START_TEST(the_identity_is_what_the_plan_is_and_not_where_or_on_which_cpu)
{
    struct plan plan;
    char before[HASH_TEXT], after[HASH_TEXT];

    make_plan(&plan);
    plan_hash(&plan, before);
    change_what_stands_beside(&plan);
    plan_hash(&plan, after);
    ck_assert_str_eq(before, after);
    json_object_set_new(plan.parameters, "h", json_real(3.25));
    plan_hash(&plan, after);
    ck_assert_str_ne(before, after);
    plan_release(&plan);
}
END_TEST

/* The hash is that of the text as version 1 of the format was written. */
START_TEST(a_plan_of_version_1_keeps_the_identity_that_it_had)
{
    struct plan plan, back;
    struct error err;
    char hash[HASH_TEXT], of_text[HASH_TEXT], *text;

    make_plan(&plan);
    plan.version = 1;
    text = plan_text(&plan);
    hash_bytes(of_text, text, strlen(text));
    plan_hash(&plan, hash);
    ck_assert_str_eq(hash, of_text);
    ck_assert_int_eq(plan_write(&plan, "plan.json", &err), 0);
    ck_assert_int_eq(plan_read(&back, "plan.json", &err), 0);
    plan_hash(&back, hash);
    ck_assert_str_eq(hash, of_text);
    change_what_stands_beside(&back);
    plan_hash(&back, hash);
    ck_assert_str_ne(hash, of_text);
    plan_release(&back);
    plan_release(&plan);
    free(text);
}
END_TEST

static const struct damage {
    const char *old, *new, *words;
} damages[] = {
    { "\"method\"", "\"metod\"", "unknown key \"metod\"; \"method\" was" },
    { "\"method\":\"flow\",", "", "\"method\" is missing" },
    { "\"flow\"", "7", "\"method\" is an integer; a text was expected" },
    { "\"3:8\",\"reason", "\"3:7\",\"reason",
      "layer blocks.0.q: \"3:7\" is no pattern" },
    { "\"inputs\":13", "\"inputs\":0", "layer blocks.0.q: \"inputs\" is 0" },
    { "\"inputs\":13", "\"inputs\":131072", "1 to 131071 was expected" },
    { "\"inputs\":13", "\"inputs\":16", "patterns make it" },
    { "blocks.1.\xc3\xa9", "blocks.0.q", "layer blocks.0.q is there twice" },
    { "\"wanda\"", "\"wand\"", "\"score\": no wand; did you mean wanda?" },
    { "\"wanda\"", "\"sparsegpt\"", "but \"update\" is \"none\"" },
    { "\"wanda\"", "\"admm\"", "but \"update\" is \"none\"" },
    { "\"none\"", "\"admm-dense\"", "is \"wanda\", but \"update\" is" },
    { "\"statistics\":\"dense\"", "\"statistics\":\"\"",
      "\"statistics\": no ; there is dense, sequential" },
    { "\"version\":2", "\"version\":3", "newer than this program" },
    { "flexcim-plan", "flexcim-plum", "\"flexcim-plan\" was expected" },
    { "\"agreement\":1", "\"agreement\":0", "\"agreement\" is 0" },
    { "{\"h\":3.5}", "[]", "\"parameters\" is a list" },
    { "\"bound\":null", "\"bound\":\"x\"", "a number or null was expected" },
    { "\"patterns\":[\"3:8\"", "\"patterns\":[3", "item 0: a text was" },
    { "}", "]", "line 1, byte" },
};

START_TEST(a_damaged_plan_is_refused_with_the_place)
{
    const struct damage *damage = &damages[_i];
    struct plan plan;
    struct error err = { .text = "accepted" };
    char *text, *at, *broken;

    make_plan(&plan);
    text = plan_text(&plan);
    plan_release(&plan);
    at = strstr(text, damage->old);
    ck_assert_msg(at != NULL, "%s", damage->old);
    broken = memory_printf("%.*s%s%s", (int)(at - text), text, damage->new,
                           at + strlen(damage->old));
    ck_assert_int_eq(
        file_put("plan.json", broken, strlen(broken), &(struct error){ 0 }), 0);
    ck_assert_msg(plan_read(&plan, "plan.json", &err) == -1, "%s", damage->new);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, damage->words) &&
                      strncmp(err.text, "plan.json: ", 11) == 0,
                  "%s", err.text);
    free(broken);
    free(text);
}
END_TEST

START_TEST(every_cut_plan_is_refused)
{
    struct plan plan;
    struct error err;
    char *text;

    make_plan(&plan);
    text = plan_text(&plan);
    plan_release(&plan);
    for (size_t length = strlen(text); length-- > 0;) {
        text[length] = '\0';
        ck_assert_int_eq(plan_parse(&plan, text, "cut", &err), -1);
        ck_assert_int_eq(err.kind, ERROR_DATA);
    }
    free(text);
}
END_TEST

START_TEST(a_plan_for_another_model_is_refused_in_one_sentence)
{
    struct layer_shape shapes[3] = { { "blocks.0.q", 0, 13, 5 },
                                     { "blocks.1.\xc3\xa9", 1, 8, 2 },
                                     { "blocks.2.o", 2, 8, 2 } };
    struct plan plan;
    struct error err;

    make_plan(&plan);
    ck_assert_int_eq(plan_check_layers(&plan, shapes, 2, "tiny", &err), 0);
    ck_assert_int_eq(plan_check_layers(&plan, shapes, 3, "big", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "it has 2 layers, big has 3"));
    shapes[1].outputs = 3;
    ck_assert_int_eq(plan_check_layers(&plan, shapes, 2, "big", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "[2][8] in block 1"));
    shapes[0].name = "model.q";
    ck_assert_int_eq(plan_check_layers(&plan, shapes, 2, "big", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "that of big is model.q"));
    ck_assert_int_eq(err.kind, ERROR_DATA);
    plan_release(&plan);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *plans = tcase_create("plans");

    tcase_add_unchecked_fixture(plans, enter_folder, leave_folder);
    tcase_add_test(
        plans, the_identity_is_what_the_plan_is_and_not_where_or_on_which_cpu);
    tcase_add_test(plans, a_plan_of_version_1_keeps_the_identity_that_it_had);
    tcase_add_test(plans, sparsity_counts_kept_weights_and_not_n_over_m);
    tcase_add_test(plans, a_plan_comes_back_as_it_was_written);
    tcase_add_test(plans, the_identity_changes_with_one_pattern);
    tcase_add_loop_test(plans, a_damaged_plan_is_refused_with_the_place, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_test(plans, every_cut_plan_is_refused);
    tcase_add_test(plans, a_plan_for_another_model_is_refused_in_one_sentence);
    suite_add_tcase(suite, plans);
    return suite;
}
