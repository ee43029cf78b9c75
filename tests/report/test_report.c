/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole page, of the example's results and of hostile ones. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "report/item.h"
#include "report/report.h"
#include "tests/store/example.h"
#include "tests/store/scratch.h"
#include "tests/suite.h"

static struct error err;
static struct report_count count;
static char *search_path;

static void setup(void)
{
    scratch_enter();
    search_path = memory_text(getenv("PATH"));
    mkdir("temporary", 0700);
    setenv("TMPDIR", "temporary", 1);
}

static void leave(void)
{
    setenv("PATH", search_path, 1);
    free(search_path);
    scratch_leave();
}

static void make_example(const char *path)
{
    struct store *store;

    ck_assert_int_eq(store_open(&store, path, STORE_WRITE, &err), 0);
    ck_assert_int_eq(example_fill(store, &err), 0);
    store_close(store);
}

static int report(const char *database, const char *page, const char *folder)
{
    const struct report_request request = { page, folder, "1.2.3" };
    struct store *store;
    int status;

    if (store_open(&store, database, STORE_READ, &err) < 0)
        ck_abort_msg("%s", err.text);
    status = report_write(&count, store, &request, &err);
    store_close(store);
    return status;
}

static char *read_page(const char *path)
{
    char *text = file_read_text(path, 1 << 26, &err);

    if (!text)
        ck_abort_msg("%s", err.text);
    return text;
}

static size_t entries(const char *folder)
{
    DIR *open = opendir(folder);
    size_t found = 0;

    ck_assert_ptr_nonnull(open);
    while (readdir(open))
        found++;
    closedir(open);
    return found - 2; /* . and .. */
}

static size_t times(const char *text, const char *part)
{
    size_t found = 0;

    for (; (text = strstr(text, part)); text++)
        found++;
    return found;
}

/* The example has something to draw in every figure. */
static size_t figures(void)
{
    size_t found = 0;

    for (size_t i = 0; i < report_item_count; i++)
        found += report_items[i].script != NULL;
    return found;
}

START_TEST(the_same_results_give_the_same_page_with_all_figures)
{
    char *one, *other;

    make_example("r.db");
    ck_assert_msg(report("r.db", "a.html", NULL) == 0, "%s", err.text);
    ck_assert_uint_eq(count.figures, figures());
    ck_assert_uint_eq(count.tables, 6);
    ck_assert_msg(report("r.db", "b.html", NULL) == 0, "%s", err.text);
    one = read_page("a.html");
    other = read_page("b.html");
    ck_assert_str_eq(one, other);
    ck_assert_uint_eq(times(one, "<svg "), figures());
    ck_assert_uint_eq(times(one, "</svg>"), figures());
    ck_assert_uint_eq(times(one, "<details>"), report_item_count);
    ck_assert_uint_eq(entries("temporary"), 0);
    free(one);
    free(other);
}
END_TEST

START_TEST(the_page_says_what_the_example_holds)
{
    char *page;

    make_example("r.db");
    ck_assert_msg(report("r.db", "r.html", NULL) == 0, "%s", err.text);
    page = read_page("r.html");
    ck_assert_ptr_nonnull(strstr(page, "tiny pruned by 60 %: the lowest "
                                       "perplexity is 24.25 (flow)."));
    ck_assert_ptr_nonnull(strstr(page, "the fewest cycles are 5000 (flow on "
                                       "flexcim; ‘dense’ takes 2.00 times"));
    ck_assert_ptr_nonnull(strstr(page, ">1:8</text>"));
    /* Every layer of flow on both machines, in thousands of the example. */
    ck_assert_uint_eq(times(page, "<td class=\"s\">blocks.1.o</td>"), 2);
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"n\">4000</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"n\">2000</td>"));
    free(page);
}
END_TEST

START_TEST(the_page_begins_with_what_was_asked_the_answer_and_one_picture)
{
    static const char *const in_order[] = { "Asked: tiny pruned by 60 %",
                                            "the lowest perplexity is 24.25",
                                            "the fewest cycles are 5000",
                                            "id=\"pareto\"",
                                            "<svg ",
                                            "<table" };
    const char *at;
    char *page;

    make_example("r.db");
    ck_assert_msg(report("r.db", "r.html", NULL) == 0, "%s", err.text);
    at = page = read_page("r.html");
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        ck_assert_msg(strstr(page, in_order[i]) >= at, "%s", in_order[i]);
        at = strstr(page, in_order[i]);
    }
    free(page);
}
END_TEST

/* Settings may differ under one name; a run is one row all the same. */
START_TEST(a_second_machine_called_dense_doubles_nothing)
{
    static const char cell[] = "<td class=\"n\">5000</td>";
    size_t before;
    char *page;

    make_example("r.db");
    ck_assert_msg(report("r.db", "a.html", NULL) == 0, "%s", err.text);
    page = read_page("a.html");
    before = times(page, cell);
    free(page);
    scratch_execute(
        "r.db",
        "CREATE TEMP TABLE r AS SELECT r.* FROM runs AS r JOIN machines AS m"
        " USING (machine_hash) WHERE m.name = 'dense';"
        "CREATE TEMP TABLE l AS SELECT * FROM layer_results"
        " WHERE run IN (SELECT run FROM r);"
        "UPDATE r SET run = 'cc' || substr(run, 3), machine_hash ="
        " (SELECT machine_hash FROM machines WHERE name = 'small');"
        "UPDATE l SET run = 'cc' || substr(run, 3);"
        "UPDATE machines SET name = 'dense' WHERE name = 'small';"
        "INSERT INTO runs SELECT * FROM r;"
        "INSERT INTO layer_results SELECT * FROM l");
    ck_assert_msg(report("r.db", "b.html", NULL) == 0, "%s", err.text);
    page = read_page("b.html");
    ck_assert_uint_gt(before, 0);
    ck_assert_uint_eq(times(page, cell), before);
    ck_assert_ptr_nonnull(strstr(page, "the fewest cycles are 5000 (flow on "
                                       "flexcim; ‘dense’ takes 2.00 times"));
    free(page);
}
END_TEST

START_TEST(the_page_fetches_nothing_and_runs_nothing)
{
    static const char *const never[] = { "<script", "<link",  "<img",
                                         "<iframe", "src=",   "@import",
                                         "<base",   "onload", "https:" };
    char *page;

    make_example("r.db");
    ck_assert_msg(report("r.db", "r.html", NULL) == 0, "%s", err.text);
    page = read_page("r.html");
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        ck_assert_msg(!strstr(page, never[i]), "%s", never[i]);
    /* Only the names of the two XML vocabularies. */
    ck_assert_uint_eq(times(page, "http:"),
                      times(page, "=\"http://www.w3.org/2000/svg\"") +
                          times(page, "=\"http://www.w3.org/1999/xlink\""));
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
    free(page);
}
END_TEST

START_TEST(names_out_of_a_database_are_text_in_page_and_figures)
{
    char *page;

    make_example("r.db");
    scratch_execute(
        "r.db",
        "PRAGMA foreign_keys = ON;"
        "UPDATE models SET name = '<script>alert(1)</script>';"
        "UPDATE machines SET name = '''\"`touch broken`\\' || char(10) || '}]'"
        "  WHERE name = 'dense';"
        "UPDATE machines SET name = '</svg>&amp;{/:Bold x}_y^z@'"
        "  WHERE name = 'flexcim';"
        "UPDATE plans SET method = CAST(x'ff27225c60' AS TEXT) || char(9) || "
        "'%s'"
        "  WHERE method = 'flow';"
        "UPDATE layers SET name = '\"' || name || '\\' WHERE layer = 1");
    ck_assert_msg(report("r.db", "r.html", "figures") == 0, "%s", err.text);
    page = read_page("r.html");
    ck_assert_ptr_null(strstr(page, "<script"));
    ck_assert_uint_eq(times(page, "</svg>"), figures());
    ck_assert_ptr_nonnull(strstr(page, "&lt;script&gt;alert(1)"));
    ck_assert_ptr_nonnull(strstr(page, "&lt;/svg&gt;&amp;amp;{/:Bold x}_y^z@"));
    ck_assert_int_ne(access("broken", F_OK), 0);
    ck_assert_uint_eq(entries("temporary"), 0);
    free(page);
}
END_TEST

START_TEST(an_empty_results_file_gives_a_page_without_figures)
{
    struct store *store;
    size_t said = 0;
    char *page;

    ck_assert_int_eq(store_open(&store, "r.db", STORE_WRITE, &err), 0);
    store_close(store);
    ck_assert_msg(report("r.db", "r.html", NULL) == 0, "%s", err.text);
    ck_assert_uint_eq(count.figures, 0);
    page = read_page("r.html");
    ck_assert_ptr_nonnull(strstr(page, "Nothing yet."));
    /* Sentences say it otherwise, pictures in short nothing, and claims say
     * what would decide them. */
    for (size_t i = 0; i < report_item_count; i++)
        said += report_items[i].section != REPORT_SHORT;
    ck_assert_uint_eq(times(page, "Nothing in these results yet."), said - 1);
    ck_assert_ptr_nonnull(strstr(page, "missing: "));
    free(page);
}
END_TEST

START_TEST(figures_for_papers_can_be_drawn_again_from_their_files)
{
    char *before, *after;

    make_example("r.db");
    ck_assert_msg(report("r.db", "r.html", "figures") == 0, "%s", err.text);
    ck_assert_uint_eq(entries("figures"), 5 * figures());
    before = read_page("figures/pareto.svg");
    ck_assert_int_eq(unlink("figures/pareto.svg"), 0);
    ck_assert_int_eq(system("cd figures && gnuplot -d pareto.gp"), 0);
    after = read_page("figures/pareto.svg");
    ck_assert_str_eq(before, after);
    ck_assert_int_eq(system("head -c 5 figures/pareto.pdf | grep -q '^%PDF-'"),
                     0);
    free(before);
    free(after);
}
END_TEST

START_TEST(without_gnuplot_it_says_so_and_leaves_the_old_page)
{
    char *page;

    make_example("r.db");
    ck_assert_int_eq(file_put("r.html", "old", 3, &err), 0);
    setenv("PATH", "/nonexistent", 1);
    ck_assert_int_eq(report("r.db", "r.html", NULL), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_str_eq(err.text, "gnuplot: no such program; it draws the figures "
                               "(Debian: gnuplot-nox)");
    page = read_page("r.html");
    ck_assert_str_eq(page, "old");
    ck_assert_uint_eq(entries("temporary"), 0);
    free(page);
}
END_TEST

/* From here on, gnuplot is these commands of the shell. */
static void put_gnuplot(const char *commands)
{
    char *script = memory_printf("#!/bin/sh\n%s\n", commands);
    char *here = getcwd(NULL, 0);

    ck_assert_int_eq(file_put("gnuplot", script, strlen(script), &err), 0);
    ck_assert_int_eq(chmod("gnuplot", 0700), 0);
    setenv("PATH", here, 1);
    free(here);
    free(script);
}

START_TEST(a_gnuplot_that_fails_is_told_with_its_last_words)
{
    make_example("r.db");
    put_gnuplot("echo first >&2; echo 'no such font' >&2; echo; exit 3");
    ck_assert_int_eq(report("r.db", "r.html", NULL), -1);
    ck_assert_str_eq(err.text, "figure pareto: gnuplot: ended with exit "
                               "code 3: no such font");
    put_gnuplot("kill -9 $$");
    ck_assert_int_eq(report("r.db", "r.html", NULL), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "was ended by signal 9"));
    put_gnuplot("exit 0");
    ck_assert_int_eq(report("r.db", "r.html", NULL), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "pareto.svg"));
    ck_assert_int_ne(access("r.html", F_OK), 0);
    ck_assert_uint_eq(entries("temporary"), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");

    tcase_add_checked_fixture(tests, setup, leave);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_same_results_give_the_same_page_with_all_figures);
    tcase_add_test(tests, the_page_says_what_the_example_holds);
    tcase_add_test(
        tests, the_page_begins_with_what_was_asked_the_answer_and_one_picture);
    tcase_add_test(tests, a_second_machine_called_dense_doubles_nothing);
    tcase_add_test(tests, the_page_fetches_nothing_and_runs_nothing);
    tcase_add_test(tests, names_out_of_a_database_are_text_in_page_and_figures);
    tcase_add_test(tests, an_empty_results_file_gives_a_page_without_figures);
    tcase_add_test(tests,
                   figures_for_papers_can_be_drawn_again_from_their_files);
    tcase_add_test(tests, without_gnuplot_it_says_so_and_leaves_the_old_page);
    tcase_add_test(tests, a_gnuplot_that_fails_is_told_with_its_last_words);
    suite_add_tcase(suite, tests);
    return suite;
}
