/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/window.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static struct machine machine;
static struct test_case test;

/* Two tiles of 4:8: load 0-31, entries 32-47, load 48-79, entries 80-95. */
static void record(struct window *window, uint64_t from, uint64_t to)
{
    struct error err;

    golden_machine(&machine);
    golden_case(&test, "4:8", 16, 256, 64, 1);
    ck_assert_msg(window_record(window, &machine, &test.layer, from, to,
                                &err) == 0,
                  "%s", err.text);
}

static void release(struct window *window)
{
    window_release(window);
    release_case(&test);
}

static uint64_t clocks_of(const struct window *window, enum watch_unit unit)
{
    uint64_t clocks = 0;

    for (size_t i = 0; i < window->spans; i++) {
        if (window->span[i].unit == unit)
            clocks += window->span[i].end - window->span[i].start;
    }
    return clocks;
}

START_TEST(the_whole_layer_shows_every_clock_of_every_unit)
{
    struct window window;
    size_t merged = 0;

    record(&window, 0, 1000);
    ck_assert_uint_eq(clocks_of(&window, WATCH_LOAD), 64);
    ck_assert_uint_eq(clocks_of(&window, WATCH_ENTRY), 32);
    ck_assert_uint_eq(clocks_of(&window, WATCH_READ), 32);
    ck_assert_uint_eq(clocks_of(&window, WATCH_OUTPUT), 32);
    ck_assert_uint_eq(clocks_of(&window, WATCH_WAIT), 64 + 11);
    ck_assert_uint_eq(clocks_of(&window, WATCH_DRAM), 0);
    for (size_t i = 0; i < window.sums_count; i++)
        merged += window.sums[i].stage == STAGE_MERGED;
    ck_assert_uint_eq(merged, 32);
    release(&window);
}
END_TEST

START_TEST(a_window_holds_what_touches_it_and_no_more)
{
    struct window window;

    record(&window, 40, 50);
    ck_assert_uint_eq(clocks_of(&window, WATCH_ENTRY), 8);
    ck_assert_uint_eq(clocks_of(&window, WATCH_LOAD), 32);
    for (size_t i = 0; i < window.sums_count; i++)
        ck_assert(window.sums[i].clock >= 40 && window.sums[i].clock < 50);
    release(&window);
}
END_TEST

START_TEST(an_empty_or_endless_window_is_misuse)
{
    static const uint64_t wrong[][2] = { { 5, 5 }, { 6, 5 }, { 0, 1000001 } };

    golden_machine(&machine);
    golden_case(&test, "4:8", 2, 16, 4, 1);
    for (int i = 0; i < 3; i++) {
        struct window window;
        struct error err;

        ck_assert_int_eq(window_record(&window, &machine, &test.layer,
                                       wrong[i][0], wrong[i][1], &err),
                         -1);
        ck_assert_int_eq(err.kind, ERROR_USAGE);
    }
    release_case(&test);
}
END_TEST

START_TEST(the_timeline_is_json_with_each_unit_on_its_track)
{
    static char path[] = "/tmp/test_window.XXXXXX";
    struct window window;
    struct error err;
    json_t *root, *event;
    json_error_t problem;
    double busy = 0;
    size_t i;
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    close(file);
    record(&window, 0, 1000);
    ck_assert_int_eq(window_write_timeline(&window, path, &err), 0);
    root = json_load_file(path, 0, &problem);
    ck_assert_msg(root != NULL, "%s", problem.text);
    json_array_foreach(json_object_get(root, "traceEvents"), i, event)
    {
        const char *phase = json_string_value(json_object_get(event, "ph"));

        if (strcmp(phase, "X") == 0 &&
            json_integer_value(json_object_get(event, "tid")) ==
                WATCH_ENTRY + 1)
            busy += json_real_value(json_object_get(event, "dur"));
    }
    /* 32 clocks of 2 ns, in microseconds */
    ck_assert_double_eq_tol(busy, 0.064, 1e-9);
    json_decref(root);
    unlink(path);
    release(&window);
}
END_TEST

/* Counts the lines "1CODE" of the variable of that name: its rising edges. */
static unsigned rises(const char *text, const char *scope, const char *name)
{
    char *declared = memory_printf(" %s $end", name), code[16], *edge;
    const char *at = strstr(text, scope), *end;
    unsigned count = 0;

    ck_assert_ptr_nonnull(at);
    at = strstr(at, declared);
    ck_assert_ptr_nonnull(at);
    for (end = at; at[-1] != ' '; at--)
        ;
    snprintf(code, sizeof code, "%.*s", (int)(end - at), at);
    edge = memory_printf("\n1%s\n", code);
    for (at = text; (at = strstr(at, edge)); at++)
        count++;
    free(edge);
    free(declared);
    return count;
}

START_TEST(the_waveform_shows_loads_entries_and_sums)
{
    static char path[] = "/tmp/test_window.XXXXXX";
    struct window window;
    struct error err;
    char *text;
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    close(file);
    record(&window, 0, 120);
    ck_assert_msg(window_write_vcd(&window, path, &err) == 0, "%s", err.text);
    text = file_read_text(path, 1 << 24, &err);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(rises(text, "weight_loader", "busy"), 2);
    ck_assert_uint_eq(rises(text, "module entry", "busy"), 2);
    ck_assert_uint_eq(rises(text, "macro0", "merged_valid"), 2);
    /* The first entry is at clock 32, its sum at clock 43, of 2 ns each. */
    ck_assert_ptr_nonnull(strstr(text, "\n#64000\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n#86000\n"));
    free(text);
    unlink(path);
    release(&window);
}
END_TEST

/* What the variable SCOPE.NAME is in the end; INT64_MIN: it never was given a
 * value but its first. */
static int64_t last_value(const char *text, const char *scope, const char *name)
{
    char *declared = memory_printf(" %s $end", name), code[16], *change;
    const char *at = strstr(text, scope), *end, *found = NULL;
    unsigned changes = 0;
    int64_t value;

    ck_assert_ptr_nonnull(at);
    at = strstr(at, declared);
    ck_assert_msg(at != NULL, "%s has no %s", scope, name);
    for (end = at; at[-1] != ' '; at--)
        ;
    snprintf(code, sizeof code, "%.*s", (int)(end - at), at);
    change = memory_printf(" %s\n", code);
    for (at = strstr(text, "$enddefinitions"); (at = strstr(at, change));
         at++) {
        for (found = at; found[-1] != '\n'; found--)
            ;
        changes++;
    }
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(*found, 'b');
    value = (int32_t)(uint32_t)strtoull(found + 1, NULL, 2);
    free(change);
    free(declared);
    return changes > 1 ? value : INT64_MIN;
}

/* Two teams, the second of 8 columns: 40 outputs of 256 inputs at 1:4, in one
 * tile of 64 slots.  A sum's last value is that of the last token. */
START_TEST(a_waveform_of_teams_has_the_sums_of_each)
{
    static char path[] = "/tmp/test_window.XXXXXX";
    struct window window;
    struct error err;
    int32_t *product;
    char *text;
    int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    close(file);
    golden_machine(&machine);
    strcpy(machine.merge.modes, "1,2,4");
    machine.outputs.banks = 128;
    golden_case(&test, "1:4", 16, 256, 40, 1);
    ck_assert_msg(window_record(&window, &machine, &test.layer, 0, 1000,
                                &err) == 0,
                  "%s", err.text);
    ck_assert_uint_eq(window.mapping.lanes, 2);
    ck_assert_msg(window_write_vcd(&window, path, &err) == 0, "%s", err.text);
    text = file_read_text(path, 1 << 24, &err);
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, " sub_macros_added $end"));
    product = integer_product(&test);
    for (uint32_t c = 0; c < 64; c++) {
        char name[16];
        int64_t value;

        snprintf(name, sizeof name, "sum_%u", c % 32);
        value =
            last_value(text, c < 32 ? "module team0" : "module team1", name);
        if (c < 40)
            ck_assert_int_eq(value, product[15 * 40 + c]);
        else
            ck_assert_int_eq(value, INT64_MIN);
    }
    free(product);
    free(text);
    unlink(path);
    release(&window);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("window");
    TCase *windows = tcase_create("windows");

    tcase_add_test(windows, the_whole_layer_shows_every_clock_of_every_unit);
    tcase_add_test(windows, a_window_holds_what_touches_it_and_no_more);
    tcase_add_test(windows, an_empty_or_endless_window_is_misuse);
    tcase_add_test(windows, the_timeline_is_json_with_each_unit_on_its_track);
    tcase_add_test(windows, the_waveform_shows_loads_entries_and_sums);
    tcase_add_test(windows, a_waveform_of_teams_has_the_sums_of_each);
    suite_add_tcase(suite, windows);
    return suite;
}
