/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/infer_forecast.h"

#include "replay/infer_run.h"
#include "replay/infer_tell.h"
#include "tests/suite.h"

static struct error err;

static struct input input;
static struct model_sizes sizes;

/* Sizes and layers of a shipped list, whose model then has so many blocks. */
static void open_list(const char *name, uint32_t blocks)
{
    struct shape_options options = { 0 };

    ck_assert_msg(input_open_shapes(&input, name, &options, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(infer_sizes(&sizes, &input, &err), 0);
    if (blocks > 0)
        sizes.blocks = blocks;
}

/* Segments 1 .. 24 + 2 of a model, the first its start. */
START_TEST(three_blocks_of_a_kind_are_run_and_the_rest_gone_over)
{
    struct infer_pace pace = { .sizes = &sizes, .blocks = INFER_ALIKE };

    open_list("opt-1.3b", 24);
    ck_assert_uint_eq(infer_pace_left(&pace, 0), 3);
    ck_assert_uint_eq(infer_pace_left(&pace, 1), 3);
    ck_assert_uint_eq(infer_pace_left(&pace, 2), 2);
    ck_assert_uint_eq(infer_pace_left(&pace, 3), 1);
    ck_assert_uint_eq(infer_pace_left(&pace, 20), 1); /* it took longer */
    ck_assert_uint_eq(infer_pace_left(&pace, 24), 1);
    ck_assert_uint_eq(infer_pace_left(&pace, 25), 0);
    ck_assert_uint_eq(infer_pace_left(&pace, 26), 0);
    pace.blocks = INFER_UNLIKE;
    ck_assert_uint_eq(infer_pace_left(&pace, 0), 24);
    ck_assert_uint_eq(infer_pace_left(&pace, 1), 24);
    ck_assert_uint_eq(infer_pace_left(&pace, 3), 22);
    ck_assert_uint_eq(infer_pace_left(&pace, 25), 0);
    input_close(&input);
    /* attention in blocks 9, 18 and 27 of 32: runs of 9, 1, 8, 1, 8, 1, 4 */
    open_list("bamba-9b", 32);
    pace.blocks = INFER_ALIKE;
    ck_assert_uint_eq(infer_pace_left(&pace, 0), 15);
    ck_assert_uint_eq(infer_pace_left(&pace, 10), 12);
    ck_assert_uint_eq(infer_pace_left(&pace, 11), 11);
    input_close(&input);
}
END_TEST

/* When segments were over, in seconds, as seen on one computer: after two
 * blocks of a prompt, and after a step, all is known. */
START_TEST(all_is_foretold_as_it_was_seen)
{
    static const struct {
        const char *list;
        uint32_t tokens, steps;
        struct {
            size_t segments;
            double seconds;
        } seen[6];
        double all, near;
        bool is_sure;
    } cases[] = {
        { "llama-2-7b",
          32768,
          1,
          { { 1, 1.784 }, { 2, 3.801 } },
          7.89,
          1.05,
          1 },
        { "llama-2-7b",
          32768,
          4,
          { { 1, 1.784 }, { 2, 3.801 }, { 32, 5.888 } },
          7.92,
          1.05,
          0 },
        { "llama-3.1-70b",
          2048,
          1,
          { { 1, 1.693 }, { 2, 2.590 } },
          4.322,
          1.05,
          1 },
        { "bamba-9b", 4096, 1, { { 1, 1.013 }, { 2, 1.268 } }, 5.36, 1.2, 1 },
        { "llama-2-7b",
          4096,
          4096,
          { { 1, 0.425 },
            { 2, 0.701 },
            { 32, 0.97 },
            { 34, 1.237 },
            { 747, 1.2498 } },
          6.6,
          1.7,
          1 },
        { "llama-2-7b",
          16,
          8192,
          { { 1, 0.1 }, { 2, 0.105 }, { 34, 0.109 }, { 34 * 64, 0.120 } },
          9.07,
          1.4,
          1 },
        /* a block and a step are over: of three blocks that take all of it */
        { "mamba-2.8b",
          8192,
          512,
          { { 1, 0.197 },
            { 2, 0.3132 },
            { 66, 0.5465 },
            { 131, 0.5723 },
            { 134, 0.5809 } },
          9.41,
          1.5,
          1 },
        /* a step takes as long whatever was before it */
        { "mamba-2.8b",
          16,
          1001,
          { { 1, 0.5 }, { 2, 1 }, { 66, 2 }, { 66 * 101, 3 } },
          12,
          1.001,
          1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct infer_pace pace = { .sizes = &sizes,
                                   .tokens = cases[i].tokens,
                                   .steps = cases[i].steps };

        open_list(cases[i].list, 0);
        ck_assert_double_eq(infer_pace_all(&pace), 0);
        for (size_t s = 0; s < 6 && cases[i].seen[s].segments > 0; s++)
            infer_pace_hear(&pace, cases[i].seen[s].segments,
                            cases[i].seen[s].seconds);
        ck_assert_msg(infer_pace_all(&pace) < cases[i].all * cases[i].near &&
                          infer_pace_all(&pace) > cases[i].all / cases[i].near,
                      "%s, case %zu: %.3f s, and it took %.3f", cases[i].list,
                      i, infer_pace_all(&pace), cases[i].all);
        ck_assert(infer_pace_is_sure(&pace) == cases[i].is_sure);
        input_close(&input);
    }
}
END_TEST

/* Seen with --slow: it took 8.3 s. */
START_TEST(where_nothing_is_gone_over_a_step_is_a_part_of_the_prompt)
{
    struct infer_pace pace = {
        .sizes = &sizes, .tokens = 16, .steps = 32, .blocks = INFER_SLOW
    };

    open_list("mamba-2.8b", 0);
    infer_pace_hear(&pace, 1, 0.02);
    infer_pace_hear(&pace, 65, 1.5969);
    infer_pace_hear(&pace, 66, 1.6145);
    ck_assert(!infer_pace_is_sure(&pace));
    ck_assert_double_eq_tol(infer_pace_all(&pace), 8.3, 2);
    infer_pace_hear(&pace, 99, 1.72); /* half of a step */
    ck_assert_double_eq_tol(infer_pace_all(&pace), 8.3, 2);
    infer_pace_hear(&pace, 132, 1.8246);
    ck_assert(infer_pace_is_sure(&pace));
    ck_assert_double_eq_tol(infer_pace_all(&pace), 8.3, 0.5);
    input_close(&input);
}
END_TEST

/* Jobs of two machines, for two workers: of the first one job is done and
 * another half over; of the second, which takes less, one is over. */
START_TEST(all_jobs_take_what_their_like_takes)
{
    struct infer_tell tell;
    struct infer_tell_sum sum;

    open_list("opt-1.3b", 24);
    infer_tell_init(&tell, 7);
    for (size_t i = 0; i < 7; i++) {
        tell.job[i].is_wanted = i != 5;
        tell.job[i].kind = i / 3;
        tell.job[i].pace = (struct infer_pace){ .sizes = &sizes, .steps = 1 };
    }
    tell.workers = 2;
    ck_assert(!infer_tell_sum(&tell).is_known);
    tell.job[0].is_done = true;
    tell.job[0].pace.now = 8;
    infer_pace_hear(&tell.job[1].pace, 1, 2);
    infer_pace_hear(&tell.job[1].pace, 2, 4);
    tell.job[3].is_done = true;
    tell.job[3].pace.now = 1;
    sum = infer_tell_sum(&tell);
    ck_assert(sum.is_known && sum.is_sure);
    /* one worker: 8, 8; the other: 8, 1, 1, and of neither the mean 17 / 3 */
    ck_assert_double_eq_tol(sum.all, 16, 1e-9);
    /* one: 4, 1, 17 / 3; the other: 8 */
    ck_assert_double_eq_tol(sum.left, 5 + 17 / 3.0, 1e-9);
    tell.job[1].pace.steps = 5; /* then a step is guessed */
    ck_assert(!infer_tell_sum(&tell).is_sure);
    infer_tell_release(&tell);
    input_close(&input);
}
END_TEST

START_TEST(a_guess_is_told_after_seconds_of_work_not_of_waiting)
{
    static const struct {
        struct infer_tell_sum sum; /* all, left, known, sure */
        double took, told;
    } cases[] = {
        { { 30, 29, false, false }, 20, 0 },
        { { 30, 29, true, true }, 0.9, 0 },
        { { 30, 29, true, true }, 2, 60 },
        /* mamba-2.8b of 64 sequences: 1.3 s were told of 4.4 */
        { { 1.3, 0.9, true, false }, 9, 0 },
        { { 60, 53, true, false }, 90, 0 },
        { { 60, 50, true, false }, 20, 120 },
        { { 60, 60, true, true }, 20, 0 },
        { { 60, 59, true, true }, 1.1, 66 },
        { { 3, 1, true, true }, 2, 0 }, /* it is over soon */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_double_eq_tol(infer_tell_expected(&cases[i].sum,
                                                    cases[i].took),
                                cases[i].told, 1e-9);
}
END_TEST

struct heard {
    size_t calls, segments, all;
};

static void hear(void *context, size_t segments, size_t all)
{
    struct heard *heard = context;

    ck_assert_uint_gt(segments, heard->segments);
    heard->segments = segments;
    heard->all = all;
    heard->calls++;
}

/* Before its end, either way, and of what is gone over at once, too. */
START_TEST(an_inference_tells_how_far_it_is)
{
    static const char *const settings[] = { "dram.kind=lpddr5-6400", NULL };
    struct machine_file machine;

    ck_assert_msg(machine_file_read(&machine, "dense",
                                    (const char *const *)settings, 1,
                                    &err) == 0,
                  "%s", err.text);
    open_list("opt-1.3b", 6);
    for (int way = INFERENCE_FAST; way <= INFERENCE_SLOW; way++) {
        struct heard heard = { 0 };
        struct inference_asked asked = { .machine = &machine.machine,
                                         .sizes = &sizes,
                                         .layers = input.layer,
                                         .layer_count = input.layers / 24 * 6,
                                         .prompt = 3,
                                         .generate = 4,
                                         .batch = 1,
                                         .way = (enum inference_way)way,
                                         .passed = hear,
                                         .context = &heard };
        struct inference_result result;
        struct infer_forecast forecast;

        if (way == INFERENCE_SLOW)
            asked.generate = 1;
        ck_assert_msg(inference_run(&result, &asked, &err) == 0, "%s",
                      err.text);
        inference_result_release(&result);
        /* start, two or three blocks, end; or all of them */
        ck_assert_uint_ge(heard.calls, way == INFERENCE_SLOW ? 8 : 4 * 4);
        ck_assert_uint_le(heard.calls, way == INFERENCE_SLOW ? 8 : 5 * 4);
        ck_assert_uint_eq(heard.all, 8 * asked.generate);
        ck_assert_uint_eq(heard.segments, heard.all);
        if (way == INFERENCE_SLOW)
            break;
        infer_forecast(&forecast, &asked);
        ck_assert_double_gt(forecast.seconds, 0);
        ck_assert_double_lt(forecast.seconds, 60);
        ck_assert_uint_eq(heard.segments, heard.all); /* of the piece nothing */
    }
    input_close(&input);
    machine_file_release(&machine);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("infer_forecast");
    TCase *all = tcase_create("all");

    tcase_add_test(all, three_blocks_of_a_kind_are_run_and_the_rest_gone_over);
    tcase_add_test(all, all_is_foretold_as_it_was_seen);
    tcase_add_test(all,
                   where_nothing_is_gone_over_a_step_is_a_part_of_the_prompt);
    tcase_add_test(all, all_jobs_take_what_their_like_takes);
    tcase_add_test(all, a_guess_is_told_after_seconds_of_work_not_of_waiting);
    tcase_add_test(all, an_inference_tells_how_far_it_is);
    suite_add_tcase(suite, all);
    return suite;
}
