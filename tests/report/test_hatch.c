/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/hatch.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "tests/suite.h"

/* As gnuplot 5.4 writes a box that is filled with a pattern. */
#define HATCHED(style, path, points)                                           \
    "<g fill=\"none\">\n\t<defs>\n\t\t<pattern id='gpPat7' "                   \
    "patternUnits='userSpaceOnUse' x='0' y='0' width='8' height='8'>\n"        \
    "\t\t\t<path style='" style "' d='" path "'/>\n\t\t</pattern>\n"           \
    "\t</defs>\n\t<g stroke='none' shape-rendering='crispEdges'>\n"            \
    "\t\t<polygon  fill = 'url(#gpPat7)' points = '" points                    \
    "'/>\n\t</g></g>\n"

#define LINES "fill:none; stroke:rgb(1,2,3)"

static const char *const paths[] = {
    "M0,0 L8,8 M0,8 L8,0",
    "M0,0 L8,8 M0,8 L8,0 M0,4 L4,8 L8,4 L4,0 L0,4",
    "M-4,8 L8,-4 M0,12 L12,0",
    "M-2,8 L4,-4 M0,12 L8,-4 M4,12 L10,0",
    "M-2,0 L4,12 M0,-4 L8,12 M4,-4 L10,8",
};

struct lines {
    double from[4096][2];
    double to[4096][2];
    int count;
};

/* What a path of moves and lines draws. */
static void read_lines(struct lines *lines, const char *at)
{
    double x, y;
    char letter;
    int length;

    lines->count = 0;
    memset(lines->from, 0, sizeof lines->from[0]);
    while (sscanf(at, " %c%lf,%lf%n", &letter, &x, &y, &length) == 3) {
        int i = lines->count;

        ck_assert_int_lt(i, 4095);
        if (letter == 'L') {
            lines->to[i][0] = x, lines->to[i][1] = y;
            lines->count++;
        }
        lines->from[lines->count][0] = x, lines->from[lines->count][1] = y;
        at += length;
    }
}

static bool is_on(const struct lines *lines, double x, double y)
{
    for (int i = 0; i < lines->count; i++) {
        double dx = lines->to[i][0] - lines->from[i][0];
        double dy = lines->to[i][1] - lines->from[i][1];
        double along =
            (x - lines->from[i][0]) * dx + (y - lines->from[i][1]) * dy;
        double square = dx * dx + dy * dy;
        double place = square > 0 ? fmin(fmax(along / square, 0), 1) : 0;

        if (hypot(lines->from[i][0] + place * dx - x,
                  lines->from[i][1] + place * dy - y) < 0.05)
            return true;
    }
    return false;
}

/* A tile is cut off at its edges, so that each point is only in its own. */
static bool is_on_pattern(const struct lines *pattern, double x, double y)
{
    return is_on(pattern, fmod(x, 8), fmod(y, 8));
}

static struct lines pattern, drawn;

static void compare(const char *path, double left, double top, double right,
                    double bottom)
{
    char svg[1024], points[128];
    struct text text;
    const char *d;

    snprintf(points, sizeof points, "%.2f,%.2f %.2f,%.2f %.2f,%.2f %.2f,%.2f ",
             left, bottom, right, bottom, right, top, left, top);
    snprintf(svg, sizeof svg, HATCHED(LINES, "%s", "%s"), path, points);
    text_init(&text);
    hatch_add(&text, svg);
    ck_assert_ptr_null(strstr(text.at, "pattern"));
    d = strstr(text.at, "stroke='rgb(1,2,3)'");
    ck_assert_ptr_nonnull(d);
    read_lines(&pattern, path);
    read_lines(&drawn, strstr(d, " d='") + 4);
    text_release(&text);
    for (double y = top; y <= bottom; y += 0.35)
        for (double x = left; x <= right; x += 0.35)
            ck_assert_msg(is_on(&drawn, x, y) ==
                                  is_on_pattern(&pattern, x, y) ||
                              x - left < 0.1 || right - x < 0.1 ||
                              y - top < 0.1 || bottom - y < 0.1,
                          "%s in %s at %g %g", path, points, x, y);
    for (int i = 0; i < drawn.count; i++) {
        ck_assert(fmin(drawn.from[i][0], drawn.to[i][0]) > left - 0.011);
        ck_assert(fmax(drawn.from[i][0], drawn.to[i][0]) < right + 0.011);
        ck_assert(drawn.from[i][1] > top - 0.011);
        ck_assert(drawn.to[i][1] < bottom + 0.011);
    }
}

START_TEST(a_hatched_box_is_drawn_as_the_lines_that_its_pattern_has_in_it)
{
    uint64_t random = 20261122;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        compare(paths[i], 0, 0, 24, 16);
        for (int round = 0; round < 6; round++) {
            double left = (double)random_below(&random, 90000) / 100;
            double top = (double)random_below(&random, 50000) / 100;

            compare(paths[i], left, top,
                    left + 1 + (double)random_below(&random, 2500) / 100,
                    top + 1 + (double)random_below(&random, 2500) / 100);
        }
    }
}
END_TEST

START_TEST(a_pattern_that_is_one_colour_becomes_a_fill)
{
    struct text text;

    text_init(&text);
    hatch_add(&text,
              HATCHED("stroke:none; fill:rgb(0,114,178)",
                      "M0,0 L0,8 L8,8 L8,0 L0,0", "1,30 5.5,30 5.5,10 1,10 "));
    ck_assert_ptr_null(strstr(text.at, "pattern"));
    ck_assert_ptr_nonnull(
        strstr(text.at, "<rect fill='rgb(0,114,178)' x='1.00' y='10.00' "
                        "width='4.50' height='20.00'/>"));
    text_release(&text);
}
END_TEST

START_TEST(what_is_no_hatched_box_is_copied)
{
    static const char *const others[] = {
        "",
        "<svg><defs><circle id='a'/></defs><defs></svg>",
        HATCHED(LINES, "M0,0 L8,8", "1,30 5,31 5,10 1,10 "),
        HATCHED(LINES, "M0,0 L8,8", "1,30 5,30 5,10 "),
        HATCHED("stroke:red", "M0,0 L8,8", "1,30 5,30 5,10 1,10 "),
    };
    struct text text;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        text_init(&text);
        hatch_add(&text, others[i]);
        ck_assert_str_eq(text.at, others[i]);
        text_release(&text);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("hatch");
    TCase *hatch = tcase_create("hatch");

    tcase_add_test(
        hatch, a_hatched_box_is_drawn_as_the_lines_that_its_pattern_has_in_it);
    tcase_add_test(hatch, a_pattern_that_is_one_colour_becomes_a_fill);
    tcase_add_test(hatch, what_is_no_hatched_box_is_copied);
    suite_add_tcase(suite, hatch);
    return suite;
}
