/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/infer_forecast.h"

#include <math.h>

#include "replay/infer_run.h"
#include "tests/suite.h"

static struct error err;

/* A constant, and what grows with the size or its square. */
START_TEST(a_whole_is_on_the_line_or_square_that_goes_through_its_parts)
{
    static const double falls[] = { 5, 4, 3 }, rises[] = { 1, 2, 100 };

    for (double power = 1; power <= 2; power++) {
        const double part[] = { 3 + pow(7, power), 3 + pow(14, power),
                                3 + pow(28, power) };

        ck_assert_double_eq_tol(infer_forecast_whole(part), 3 + pow(224, power),
                                1e-9 * pow(224, power));
    }
    /* nothing grows faster than with the square, or falls */
    ck_assert_double_eq(infer_forecast_whole(rises), 100 + 98 * (4 + 16 + 64));
    ck_assert_double_eq(infer_forecast_whole(falls), 3);
}
END_TEST

/* Of 34 segments a step and 5 steps; half of the time is the prompt's. */
START_TEST(the_share_that_is_over_grows_to_all_of_it)
{
    double before = 0;

    for (size_t segments = 1; segments <= 5 * 34; segments++) {
        double share = infer_forecast_share(segments, 5 * 34, 34, 0.5);

        ck_assert_double_gt(share, before);
        before = share;
        if (segments == 2)
            ck_assert_double_eq(share, 0.375);
        if (segments == 34)
            ck_assert_double_eq(share, 0.5);
        if (segments == 34 + 2 * 34)
            ck_assert_double_eq(share, 0.75);
    }
    ck_assert_double_eq(before, 1);
    ck_assert_double_eq(infer_forecast_share(34, 34, 34, 1), 1);
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
    struct shape_options options = { 0 };
    struct machine_file machine;
    struct model_sizes sizes;
    struct input input;

    ck_assert_msg(machine_file_read(&machine, "dense",
                                    (const char *const *)settings, 1,
                                    &err) == 0,
                  "%s", err.text);
    ck_assert_int_eq(input_open_shapes(&input, "opt-1.3b", &options, &err), 0);
    ck_assert_int_eq(infer_sizes(&sizes, &input, &err), 0);
    sizes.blocks = 6;
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
        ck_assert_uint_gt(heard.calls, 3);
        ck_assert_uint_eq(heard.all, 8 * asked.generate);
        ck_assert_uint_eq(heard.segments, heard.all);
        if (way == INFERENCE_SLOW)
            break;
        asked.prompt = 64;
        infer_forecast(&forecast, &asked, 0);
        ck_assert_double_gt(forecast.prompt, 0);
        ck_assert_uint_eq(heard.segments, heard.all); /* of pieces nothing */
        infer_forecast(&forecast, &asked, 1e9);
        ck_assert_double_eq(forecast.prompt, 0);
    }
    input_close(&input);
    machine_file_release(&machine);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("infer_forecast");
    TCase *all = tcase_create("all");

    tcase_add_test(
        all, a_whole_is_on_the_line_or_square_that_goes_through_its_parts);
    tcase_add_test(all, the_share_that_is_over_grows_to_all_of_it);
    tcase_add_test(all, an_inference_tells_how_far_it_is);
    suite_add_tcase(suite, all);
    return suite;
}
