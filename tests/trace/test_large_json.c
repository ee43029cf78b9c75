/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What large texts of JSON take: at most four times their length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "tests/suite.h"
#include "trace/plan.h"

enum { LAYERS = 60000, TIMES = 4, SLACK = 512 /* kB */ };

/* kB at the highest so far. */
static long most_memory(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* By a plan's file, in a process of its own; it says by its status if the plan
 * was read, and if so keeps it until its identity is known. */
static void read_alone(const char *path, size_t length, int wanted)
{
    long limit = (long)(TIMES * length / 1024) + SLACK;
    pid_t child;
    int status;

    if (suite_is_instrumented())
        return;
    child = fork();
    if (child == 0) {
        long before = most_memory(), more;
        char hash[HASH_TEXT];
        struct plan plan;
        struct error err;
        int read = plan_read(&plan, path, &err);

        if (read == 0)
            plan_hash(&plan, hash);
        more = most_memory() - before;
        if (more > limit)
            fprintf(stderr, "%ld kB more for %zu\n", more, length / 1024);
        _exit(more > limit ? 3 : read == 0 ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), wanted);
}

static void put_and_read(const struct text *text, int wanted)
{
    char *folder = memory_text("/tmp/flexcim-large-XXXXXX"), *path;
    struct error err;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    path = memory_printf("%s/plan.json", folder);
    ck_assert_msg(file_put(path, text->at, text->length, &err) == 0, "%s",
                  err.text);
    read_alone(path, text->length, wanted);
    remove(path);
    rmdir(folder);
    free(path);
    free(folder);
}

/* A plan's text with other layers, or another member, in the place of its own.
 */
static void begin_plan(struct text *text)
{
    struct plan plan;
    char *whole;

    plan_init(&plan, 1);
    plan.reached = 0.5;
    memset(plan.checkpoint, 'a', HASH_TEXT - 1);
    memset(plan.trace, 'b', HASH_TEXT - 1);
    memset(plan.tokens, 'c', HASH_TEXT - 1);
    whole = plan_text(&plan);
    text_init(text);
    text_add_bytes(text, whole,
                   (size_t)(strstr(whole, "\"layers\":[") - whole));
    text_add(text, strstr(whole, "\"mask\""));
    text->length--; /* the } */
    free(whole);
    plan_release(&plan);
}

START_TEST(a_plan_of_many_layers_is_read)
{
    struct text text;

    begin_plan(&text);
    text_add(&text, ",\"layers\":[");
    for (unsigned i = 0; i < LAYERS; i++)
        text_addf(&text,
                  "%s{\"name\":\"layer.%u\",\"block\":0,\"inputs\":16,"
                  "\"outputs\":3,\"pattern\":\"4:8\",\"score\":null,"
                  "\"reason\":\"cheapest\"}",
                  i > 0 ? "," : "", i);
    text_add(&text, "]}");
    put_and_read(&text, 0);
    text_release(&text);
}
END_TEST

/* Each as short as a value can be. */
START_TEST(a_list_of_small_values_is_refused)
{
    static const char *const value[] = { "0", "{}", "[]", "\"\"",
                                         "{\"name\":{}}" };
    struct text text;

    begin_plan(&text);
    text_add(&text, ",\"layers\":[");
    while (text.length < 5000000)
        text_addf(&text, "%s,", value[_i]);
    text_addf(&text, "%s]}", value[_i]);
    put_and_read(&text, 1);
    text_release(&text);
}
END_TEST

START_TEST(what_a_method_was_told_is_short)
{
    struct text text, told;
    char *at;

    begin_plan(&text);
    text_init(&told);
    at = strstr(text.at, "\"parameters\":{}") + strlen("\"parameters\":{");
    text_add_bytes(&told, text.at, (size_t)(at - text.at));
    for (unsigned i = 0; told.length < 5000000; i++)
        text_addf(&told, "%s\"%u\":{}", i > 0 ? "," : "", i);
    text_add_bytes(&told, at, text.length - (size_t)(at - text.at));
    text_add(&told, ",\"layers\":[{\"name\":\"l\",\"block\":0,\"inputs\":16,"
                    "\"outputs\":3,\"pattern\":\"4:8\",\"score\":null,"
                    "\"reason\":\"\"}]}");
    put_and_read(&told, 1);
    text_release(&told);
    text_release(&text);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("large_json");
    TCase *plans = tcase_create("plans");

    tcase_set_timeout(plans, 120);
    tcase_add_test(plans, a_plan_of_many_layers_is_read);
    tcase_add_loop_test(plans, a_list_of_small_values_is_refused, 0, 5);
    tcase_add_test(plans, what_a_method_was_told_is_short);
    suite_add_tcase(suite, plans);
    return suite;
}
