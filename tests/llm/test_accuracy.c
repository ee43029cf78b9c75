/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/accuracy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "llm/head.h"
#include "tensor/safetensors_out.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

/* Three questions of 2, 3 and 2 requests. */
enum { REQUESTS = 7, QUESTIONS = 3, IDS = 44 };

struct file {
    int32_t ids[IDS], begin[REQUESTS + 1], context[REQUESTS],
        question[REQUESTS], length[REQUESTS], gold[QUESTIONS];
};

static const struct file
    good = {
        .ids = { 1, 5, 2, 7, 3, 1,  5, 2, 9, 10, 4, 4, 8, 6, 0,
                 3, 2, 4, 4, 8, 1,  9, 2, 4, 4,  8, 6, 0, 3, 7,
                 5, 6, 7, 8, 9, 10, 1, 2, 3, 6,  7, 8, 9, 10 },
        .begin = { 0, 5, 10, 17, 23, 30, 39, 44 },
        .context = { 3, 3, 3, 3, 3, 7, 1 },
        .question = { 0, 0, 1, 1, 1, 2, 2 },
        .length = { 9, 4, 11, 2, 5, 3, 30 },
        .gold = { 1, 2, 0 },
    };

static struct model *model;

static void enter(void)
{
    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
}

static void leave(void)
{
    model_close(model);
    unlink("t");
    tiny_leave();
}

static void write_file(const struct file *file, const char *skip)
{
    const struct {
        const char *name;
        const int32_t *numbers;
        uint64_t count;
    } tensors[] = {
        { "ids", file->ids, IDS },
        { "begin", file->begin, REQUESTS + 1 },
        { "context", file->context, REQUESTS },
        { "question", file->question, REQUESTS },
        { "length", file->length, REQUESTS },
        { "gold", file->gold, QUESTIONS },
    };
    struct safetensors_out *out = safetensors_out_new();
    struct error err;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
            if (skip && strcmp(tensors[i].name, skip) == 0)
                continue;
            if (pass == 0)
                safetensors_out_declare(out, tensors[i].name, DTYPE_I32, 1,
                                        &tensors[i].count);
            else
                ck_assert_int_eq(safetensors_out_put(out, tensors[i].name,
                                                     tensors[i].numbers, &err),
                                 0);
        }
        if (pass == 0)
            ck_assert_int_eq(safetensors_out_create(out, "t", &err), 0);
    }
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
}

/* Log-softmax sums of a request that runs alone, over its last tokens. */
static double score_alone(const int32_t *ids, uint32_t tokens,
                          uint32_t continuation, uint32_t longest)
{
    uint32_t used = tokens - 1 < longest ? tokens - 1 : longest;
    int32_t input[IDS];
    struct model_tokens rows = { .ids = input, .rows = 1, .length = used };
    float hidden[IDS * TINY_WIDTH], normed[IDS * TINY_WIDTH];
    float logits[IDS * TINY_VOCABULARY];
    const struct model_walk walk = { .work.workers = 1 };
    struct head *head;
    struct error err;
    double score = 0;

    memcpy(input, ids + tokens - 1 - used, used * sizeof *ids);
    ck_assert_int_eq(model_walk_blocks(model, &rows, &walk, hidden, &err), 0);
    ck_assert_int_eq(head_load(&head, model, &err), 0);
    head_logits(head, hidden, used, normed, logits);
    head_free(head);
    for (uint32_t t = used - continuation; t < used; t++) {
        const float *row = logits + t * TINY_VOCABULARY;
        double sum = 0;

        for (int w = 0; w < TINY_VOCABULARY; w++)
            sum += exp((double)row[w]);
        score += (double)row[ids[tokens - used + t]] - log(sum);
    }
    return score;
}

/* With room for all, and with so little that contexts are cut. */
START_TEST(scores_and_answers_are_those_of_each_request_run_alone)
{
    const uint32_t longest = _i == 0 ? 100 : 4;
    struct accuracy_run run = { .model = model, .longest = longest };
    struct tasks tasks;
    struct accuracy accuracy;
    struct error err;
    double right = 0, right_by_length = 0, score[REQUESTS];

    write_file(&good, NULL);
    ck_assert_msg(tasks_read(&tasks, "t", model, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(tasks.questions, QUESTIONS);
    run.tasks = &tasks;
    ck_assert_msg(accuracy_measure(&accuracy, &run, &err) == 0, "%s", err.text);
    for (int r = 0; r < REQUESTS; r++) {
        uint32_t tokens = (uint32_t)(good.begin[r + 1] - good.begin[r]);

        score[r] = score_alone(good.ids + good.begin[r], tokens,
                               tokens - (uint32_t)good.context[r], longest);
        ck_assert_double_eq_tol(accuracy.score[r], score[r], 1e-5);
    }
    for (int q = 0, first = 0, end; q < QUESTIONS; q++, first = end) {
        int best = first, by_length = first;

        for (end = first; end < REQUESTS && good.question[end] == q; end++) {
            if (score[end] > score[best])
                best = end;
            if (score[end] / good.length[end] >
                score[by_length] / good.length[by_length])
                by_length = end;
        }
        ck_assert_uint_eq(accuracy.answer[q], (unsigned)(best - first));
        ck_assert_uint_eq(accuracy.by_length[q], (unsigned)(by_length - first));
        right += best - first == good.gold[q];
        right_by_length += by_length - first == good.gold[q];
    }
    ck_assert_double_eq(accuracy.right, right / QUESTIONS);
    ck_assert_double_eq(accuracy.right_by_length, right_by_length / QUESTIONS);
    ck_assert_double_eq_tol(
        accuracy.error,
        sqrt((right * pow(1 - accuracy.right, 2) +
              (QUESTIONS - right) * pow(accuracy.right, 2)) /
             (QUESTIONS - 1) / QUESTIONS),
        1e-12);
    for (size_t first = 0; first < REQUESTS; first++) {
        double some[REQUESTS];

        ck_assert_int_eq(accuracy_scores(some, &run, first, REQUESTS, &err), 0);
        ck_assert_mem_eq(some, accuracy.score + first,
                         (REQUESTS - first) * sizeof *some);
    }
    accuracy_release(&accuracy);
    tasks_release(&tasks);
}
END_TEST

/* Scores of requests of `tokens` each, alone or together; `ids` of all. */
static void score_lengths(double *score, const struct model *of,
                          const uint32_t *tokens, size_t requests)
{
    static int32_t ids[256];
    struct task_request request[4] = { 0 };
    uint32_t gold = 0;
    struct tasks tasks = { .ids = ids,
                           .request = request,
                           .requests = requests,
                           .gold = &gold,
                           .questions = 1 };
    const struct accuracy_run run = { .model = of, .tasks = &tasks };
    struct error err;

    for (size_t r = 0; r < requests; r++) /* each begins as the others do */
        request[r] = (struct task_request){ .begin = 0,
                                            .tokens = tokens[r],
                                            .context = tokens[r] - 3,
                                            .length = 5 };
    for (int i = 0; i < 256; i++)
        ids[i] = (i * 7919 + 101) % 97;
    ck_assert_msg(accuracy_scores(score, &run, 0, requests, &err) == 0, "%s",
                  err.text);
}

/* Rope that turns by the length of the sequence: of the request's own, whatever
 * is asked beside it.  Both models were trained with 32 positions. */
START_TEST(a_score_is_of_the_length_of_its_own_request)
{
    static const char *const models[] = { "llama-dynamic", "phi3-longrope",
                                          "llama-yarn" };
    static const uint32_t tokens[] = { 20, 61, 33, 45 };
    struct model *of;
    char *folder =
        memory_printf(SOURCE_ROOT "/tests/llm/families/%s", models[_i]);
    double together[4], alone;

    of = tiny_open(folder);
    score_lengths(together, of, tokens, 4);
    for (int r = 0; r < 4; r++) {
        score_lengths(&alone, of, &tokens[r], 1);
        ck_assert_double_eq_tol(together[r], alone, 1e-5);
    }
    model_close(of);
    free(folder);
}
END_TEST

/* A table of learnt positions ends. */
START_TEST(inputs_longer_than_the_model_takes_are_refused)
{
    struct model *learnt = tiny_open(SOURCE_ROOT "/tests/llm/families/opt");
    struct accuracy_run run = { .model = learnt };
    struct accuracy accuracy;
    struct tasks tasks;
    struct error err;
    char *words;

    write_file(&good, NULL);
    ck_assert_int_eq(tasks_read(&tasks, "t", learnt, &err), 0);
    run.tasks = &tasks;
    run.longest = model_longest(learnt);
    ck_assert_uint_gt(run.longest, 0);
    ck_assert_msg(accuracy_measure(&accuracy, &run, &err) == 0, "%s", err.text);
    accuracy_release(&accuracy);
    run.longest++;
    words = memory_printf("inputs of up to %u tokens; opt takes at most %u",
                          run.longest, run.longest - 1);
    ck_assert_int_eq(accuracy_measure(&accuracy, &run, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_USAGE);
    ck_assert_str_eq(err.text, words);
    free(words);
    tasks_release(&tasks);
    model_close(learnt);
}
END_TEST

START_TEST(the_first_of_equal_scores_is_the_answer)
{
    struct file same = good;
    struct accuracy_run run = { .model = model };
    struct tasks tasks;
    struct accuracy accuracy;
    struct error err;

    memcpy(same.ids + 5, same.ids, 5 * sizeof *same.ids);
    same.length[1] = same.length[0];
    write_file(&same, NULL);
    ck_assert_int_eq(tasks_read(&tasks, "t", model, &err), 0);
    run.tasks = &tasks;
    ck_assert_int_eq(accuracy_measure(&accuracy, &run, &err), 0);
    ck_assert_double_eq(accuracy.score[0], accuracy.score[1]);
    ck_assert_uint_eq(accuracy.answer[0], 0);
    ck_assert_uint_eq(accuracy.by_length[0], 0);
    accuracy_release(&accuracy);
    run.longest = 1;
    ck_assert_int_eq(accuracy_measure(&accuracy, &run, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "request 0: its continuation of 2"));
    tasks_release(&tasks);
}
END_TEST

static void must_refuse(const struct file *file, const char *skip,
                        const char *words)
{
    struct error err = { .text = "accepted" };
    struct tasks tasks;

    write_file(file, skip);
    ck_assert_int_eq(tasks_read(&tasks, "t", model, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}

START_TEST(files_that_are_no_questions_are_refused)
{
    struct file bad;

    must_refuse(&good, "gold", "a tensor `gold`");
    bad = good, bad.begin[3] = 10;
    must_refuse(&bad, NULL, "request 2: ids 10 to 10");
    bad = good, bad.begin[0] = 1;
    must_refuse(&bad, NULL, "must go from 0");
    bad = good, bad.begin[REQUESTS] = 45;
    must_refuse(&bad, NULL, "must go from 0");
    bad = good, bad.context[4] = 0;
    must_refuse(&bad, NULL, "request 4");
    bad = good, bad.context[4] = 7;
    must_refuse(&bad, NULL, "a continuation, were expected");
    bad = good, bad.question[6] = 4;
    must_refuse(&bad, NULL, "question 4 after 2");
    bad = good, bad.question[0] = 1;
    must_refuse(&bad, NULL, "question 1 after -1");
    bad = good, bad.length[2] = 0;
    must_refuse(&bad, NULL, "of 0 characters");
    bad = good, bad.gold[1] = 3;
    must_refuse(&bad, NULL, "choice 3 is right, of 3");
    bad = good, bad.gold[0] = -1;
    must_refuse(&bad, NULL, "choice -1");
    bad = good, bad.ids[43] = TINY_VOCABULARY;
    must_refuse(&bad, NULL, "number 43: token 11");
}
END_TEST

START_TEST(questions_cut_from_rows_have_the_true_end_first)
{
    enum { ROWS = 5, LENGTH = 23 };
    struct model_tokens rows = { .rows = ROWS, .length = LENGTH };
    const struct tasks_cut cut = { 6, 4, 3 };
    struct tasks tasks;
    struct error err;

    rows.ids = memory_new(ROWS * LENGTH, sizeof *rows.ids);
    for (int i = 0; i < ROWS * LENGTH; i++)
        rows.ids[i] = i; /* says where it stood */
    ck_assert_int_eq(tasks_from_rows(&tasks, &rows, cut, &err), 0);
    ck_assert_uint_eq(tasks.questions, ROWS * 2);
    ck_assert_uint_eq(tasks.requests, ROWS * 2 * 4);
    for (size_t r = 0; r < tasks.requests; r++) {
        const struct task_request *request = &tasks.request[r];
        const int32_t *ids = tasks.ids + request->begin;
        int row = (int)(r / 8), at = (int)(r / 4 % 2) * 10;
        int from = (ids[6] - at - 6) / LENGTH;

        ck_assert_uint_eq(request->tokens, 10);
        ck_assert_uint_eq(request->context, 6);
        ck_assert_uint_eq(request->question, r / 4);
        for (int i = 0; i < 6; i++)
            ck_assert_int_eq(ids[i], row * LENGTH + at + i);
        ck_assert_int_eq(from == row, r % 4 == 0);
        for (int i = 6; i < 10; i++)
            ck_assert_int_eq(ids[i], from * LENGTH + at + i);
        for (size_t other = r / 4 * 4; other < r; other++)
            ck_assert_int_ne(tasks.ids[tasks.request[other].begin + 6], ids[6]);
    }
    tasks_release(&tasks);
    rows.rows = 3;
    ck_assert_int_eq(tasks_from_rows(&tasks, &rows, cut, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "4 rows of at least 10 tokens"));
    free(rows.ids);
}
END_TEST

/* Binomials by hand: of 10 pairs that differ, 1 or fewer one way. */
/* families/accuracy.txt; what it holds says families/README.md. */
enum { ASKED = 12, ASKED_IDS = 12 * 28 };

static void ask(struct tasks *tasks)
{
    static int32_t ids[ASKED_IDS];
    static struct task_request request[ASKED];
    static uint32_t gold[] = { 0, 2, 1, 2 };
    size_t at = 0;

    for (uint32_t r = 0; r < ASKED; r++) {
        uint32_t tokens = 20 + 5 * r % 9;

        request[r] = (struct task_request){ .begin = at,
                                            .tokens = tokens,
                                            .context = tokens - (2 + r % 4),
                                            .question = r / 3,
                                            .length = 3 + 7 * r % 11 };
        for (uint32_t i = 0; i < tokens; i++, at++)
            ids[at] = (int32_t)((at * 7919 + 101) % 97);
    }
    *tasks = (struct tasks){ .ids = ids,
                             .request = request,
                             .requests = ASKED,
                             .gold = gold,
                             .questions = 4 };
}

START_TEST(scores_and_answers_are_pytorchs_for_every_family)
{
    FILE *file = fopen(SOURCE_ROOT "/tests/llm/families/accuracy.txt", "r");
    char line[1024], family[64], folder[512];
    struct tasks tasks;
    int lines = 0;

    ask(&tasks);
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        struct accuracy_run run = { .tasks = &tasks, .longest = 24 };
        struct accuracy accuracy;
        struct model *of;
        struct error err;
        char *rest;
        int at;

        ck_assert_int_eq(sscanf(line, "%63s%n", family, &at), 1);
        rest = line + at;
        snprintf(folder, sizeof folder, SOURCE_ROOT "/tests/llm/families/%s",
                 family);
        ck_assert_msg(model_open(&of, folder, &err) == 0, "%s", err.text);
        run.model = of;
        ck_assert_msg(accuracy_measure(&accuracy, &run, &err) == 0, "%s: %s",
                      family, err.text);
        ck_assert_double_eq_tol(accuracy.right, strtod(rest, &rest), 1e-9);
        ck_assert_double_eq_tol(accuracy.error, strtod(rest, &rest), 1e-8);
        ck_assert_double_eq_tol(accuracy.right_by_length, strtod(rest, &rest),
                                1e-9);
        ck_assert_double_eq_tol(accuracy.error_by_length, strtod(rest, &rest),
                                1e-8);
        for (int r = 0; r < ASKED; r++) {
            double wanted = strtod(rest, &rest);

            ck_assert_msg(fabs(accuracy.score[r] - wanted) <=
                              1e-4 * fabs(wanted),
                          "%s: request %d: %.9g, not %.9g", family, r,
                          accuracy.score[r], wanted);
        }
        accuracy_release(&accuracy);
        model_close(of);
        lines++;
    }
    fclose(file);
    ck_assert_int_eq(lines, 26);
}
END_TEST

START_TEST(mcnemars_test_is_the_binomial_one)
{
    ck_assert_double_eq_tol(accuracy_mcnemar(1, 9), 2 * 11.0 / 1024, 1e-12);
    ck_assert_double_eq_tol(accuracy_mcnemar(9, 1), 2 * 11.0 / 1024, 1e-12);
    ck_assert_double_eq_tol(accuracy_mcnemar(0, 3), 0.25, 1e-12);
    ck_assert_double_eq(accuracy_mcnemar(5, 5), 1);
    ck_assert_double_eq(accuracy_mcnemar(0, 0), 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("accuracy");
    TCase *all = tcase_create("accuracy");

    tcase_add_checked_fixture(all, enter, leave);
    tcase_add_loop_test(
        all, scores_and_answers_are_those_of_each_request_run_alone, 0, 2);
    tcase_add_loop_test(all, a_score_is_of_the_length_of_its_own_request, 0, 3);
    tcase_add_test(all, inputs_longer_than_the_model_takes_are_refused);
    tcase_add_test(all, the_first_of_equal_scores_is_the_answer);
    tcase_add_test(all, files_that_are_no_questions_are_refused);
    tcase_add_test(all, questions_cut_from_rows_have_the_true_end_first);
    tcase_add_test(all, scores_and_answers_are_pytorchs_for_every_family);
    tcase_add_test(all, mcnemars_test_is_the_binomial_one);
    suite_add_tcase(suite, all);
    return suite;
}
