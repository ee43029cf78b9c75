/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/machine_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "replay/yaml_file.h"
#include "tests/suite.h"

static char folder[] = "/tmp/test_machine_file.XXXXXX";

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char *command = memory_printf("rm -r %s", folder);

    ck_assert_int_eq(system(command), 0);
    free(command);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

/* Writes a file into the test's folder; its path is good until the next. */
static const char *write_file(const char *name, const char *text, size_t length)
{
    static char path[256];
    struct error err;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(file_put(path, text, length, &err) == 0, "%s", err.text);
    return path;
}

static int read_text(struct machine_file *file, const char *text,
                     struct error *err)
{
    return machine_file_read(file, write_file("m.yaml", text, strlen(text)),
                             NULL, 0, err);
}

START_TEST(what_the_file_does_not_say_has_its_default)
{
    struct machine_file file;
    struct error err;

    ck_assert_msg(read_text(&file, "macro: {rows: 64}\n", &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(file.machine.macro.rows, 64);
    ck_assert_uint_eq(file.machine.macro.sub_macros, 4);
    ck_assert_uint_eq(file.machine.dram.rate, 0);
    ck_assert_str_eq(file.name, "m");
    machine_file_release(&file);
}
END_TEST

START_TEST(the_resolved_form_reads_back_as_the_same_machine)
{
    static const char *const settings[] = { "dram.rate=64", "fallback=fastest",
                                            "select.straddle=yes",
                                            "title=a \"b\" \\ c" };
    struct machine_file file, back;
    struct error err;
    char **names;
    size_t count = machine_names(&names);

    ck_assert_uint_ge(count, 7);
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(machine_file_read(&file, names[i], settings, 4, &err) ==
                          0,
                      "%s", err.text);
        ck_assert_str_eq(file.name, names[i]);
        ck_assert_msg(read_text(&back, file.text, &err) == 0, "%s", err.text);
        ck_assert_str_eq(back.text, file.text);
        ck_assert_str_eq(back.hash, file.hash);
        machine_file_release(&file);
        machine_file_release(&back);
        free(names[i]);
    }
    free(names);
}
END_TEST

START_TEST(an_extended_machine_changes_only_what_it_says)
{
    struct machine_file base, shared;
    struct error err;

    ck_assert_int_eq(machine_file_read(&base, "flexcim-merged", NULL, 0, &err),
                     0);
    ck_assert_int_eq(
        machine_file_read(&shared, "flexcim-shared", NULL, 0, &err), 0);
    ck_assert_uint_eq(base.machine.select.selects, 32);
    ck_assert_uint_eq(shared.machine.select.selects, 1);
    shared.machine.select = base.machine.select;
    memcpy(shared.machine.title, base.machine.title, PARAMETER_TEXT);
    ck_assert_mem_eq(&shared.machine, &base.machine, sizeof base.machine);
    machine_file_release(&base);
    machine_file_release(&shared);
}
END_TEST

START_TEST(an_extended_path_counts_from_the_files_own_folder)
{
    struct machine_file file;
    struct error err;
    char *below = memory_printf("%s/below", folder);

    ck_assert_int_eq(mkdir(below, 0777), 0);
    free(below);
    write_file("base.yaml", "macros: 3\n", 10);
    ck_assert_msg(machine_file_read(&file,
                                    write_file("below/m.yaml",
                                               "extends: ../base.yaml\n", 22),
                                    NULL, 0, &err) == 0,
                  "%s", err.text);
    ck_assert_uint_eq(file.machine.macros, 3);
    machine_file_release(&file);
}
END_TEST

START_TEST(a_machine_that_extends_itself_is_refused)
{
    struct machine_file file;
    struct error err;

    ck_assert_int_eq(read_text(&file, "extends: m.yaml\n", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "extends itself"));
    ck_assert_ptr_nonnull(strstr(err.text, "m.yaml:1:10: "));
}
END_TEST

/* What is wrong, and where the sentence must say that it is. */
static const struct {
    const char *text, *where, *why;
} wrong[] = {
    { "macros: 3x\n", ":1:9: ", "3x" },
    { "macros: 010\n", ":1:9: ", "010" },
    { "macros: 0x10\n", ":1:9: ", "0x10" },
    { "macros: -1\n", ":1:9: ", "-1" },
    { "macros: 1.5\n", ":1:9: ", "1.5" },
    { "macros:\n", ":1:8: ", "\"\"" },
    { "macros: 2000\n", ":1:9: ", "outside 1..1024" },
    { "macros: none\n", ":1:9: ", "none" },
    { "macros: 18446744073709551617\n", ":1:9: ", "18446744073709551617" },
    { "clock: fast\n", ":1:8: ", "fast" },
    { "clock: 1e9\n", ":1:8: ", "outside" },
    { "loop: inner\n", ":1:7: ", "no inner; did you mean k_inner?" },
    { "loop: sideways\n", ":1:7: ", "there is k_inner, o_inner" },
    { "macro:\n  rows: 48\n", ":2:9: ", "power of two" },
    { "macro:\n  row: 48\n", ":2:8: ", "macro.rows" },
    { "makro:\n  rows: 32\n", ":2:9: ", "macro.rows" },
    { "macros: 1\n\nmacros: 2\n", ":3:1: ", "in line 1" },
    { "macro:\n  rows: 8\nmacro:\n  columns: 8\n", ":3:1: ", "in line 1" },
    { "macro: {rows: 8}\nmacro.rows: 16\n", ":2:13: ", "there already" },
    { "macro: 4\n", ":1:8: ", "no such parameter" },
    { "macros: [1, 2]\n", ":1:10: ", "a list" },
    { "macros: []\n", ":1:9: ", "empty" },
    { "macros: {a: {b: 1}}\n", ":1:17: ", "no such parameter" },
    { "macros: [[1]]\n", ":1:10: ", "single values" },
    { "macros: &a 1\n", ":1:9: ", "anchors" },
    { "macro:\n  rows: *a\n", ":2:9: ", "aliases" },
    { "macros: !!int 1\n", ":1:9: ", "tags" },
    { "%YAML 1.1\n---\nmacros: 1\n", ":1:1: ", "directives" },
    { "macros: 1\n---\nmacros: 2\n", ":2:1: ", "second document" },
    { "---\n---\nmacros: 2\n", ":2:1: ", "second document" },
    { "---\nmacros: 1\n---\nmacros: 2\n", ":3:1: ", "second document" },
    { "macros: 1\n...\n", ":2:1: ", "end of document" },
    { "macros: 1\n\tloop: k_inner\n", ":2:", "not YAML" },
    { "macros: \"1\n", ":", "not YAML" },
    { "- 1\n", ":1:1: ", "key: value" },
    { "word\n", ":1:1: ", "key: value" },
    { "", ": ", "empty" },
    { "# nothing\n", ": ", "empty" },
    { "\"a b\": 1\n", ":1:1: ", "a key must be a word" },
    { "? [a]\n: 1\n", ":1:3: ", "a key must be a word" },
    { "a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}\n", ":1:", "deeply" },
    { "macros: \xff\n", "byte ", "UTF-8" },
    { "extends: [flexcim]\n", ":1:11: ", "a list" },
    { "extends: flexcmi\n", ":1:10: ", "did you mean flexcim?" },
    { "extends: ./nothing.yaml\n", ":1:10: ", "nothing.yaml" },
    { "patterns: 4:7\n", ": ", "patterns" },
    { "patterns: 4:8,4:8\n", ": ", "twice" },
    { "patterns: 8:16\n", ": ", "select.reach" },
    { "macro: {columns: 24}\n", ": ", "do not divide" },
    { "weights:\n  ports: 2\n", ":2:10: ", "write weights.port_bytes" },
    { "dram: {prefetch: 2}\n", ":1:18: ", "write dram.staging" },
    { "select: {share: 64}\n", ": ", "do not divide" },
};

START_TEST(a_wrong_file_is_refused_where_it_is_wrong)
{
    struct machine_file file;
    struct error err;

    ck_assert_msg(read_text(&file, wrong[_i].text, &err) == -1, "took\n%s",
                  wrong[_i].text);
    ck_assert_msg(strstr(err.text, "m.yaml") &&
                      strstr(err.text, wrong[_i].where),
                  "%s: not at %s", err.text, wrong[_i].where);
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s: no word of %s",
                  err.text, wrong[_i].why);
    ck_assert(err.kind == ERROR_DATA || err.kind == ERROR_NO_INPUT);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
    char *text = memory_new(YAML_MAX_BYTES + 2, 1);
    struct machine_file file;
    struct error err;

    memset(text, '#', YAML_MAX_BYTES + 1);
    ck_assert_int_eq(read_text(&file, text, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    free(text);
}
END_TEST

START_TEST(no_damage_of_a_byte_does_more_than_a_sentence)
{
    char *path, *text, *damaged;
    struct machine_file file;
    struct error err;
    size_t length;

    ck_assert_int_eq(machine_file_read(&file, "flexcim", NULL, 0, &err), 0);
    path = memory_printf("%s/damaged.yaml", folder);
    text = file.text;
    length = strlen(text);
    damaged = memory_text(text);
    for (size_t i = 0; i < 2 * length; i++) {
        struct yaml_file yaml;

        damaged[i / 2] = i % 2 ? '\x01' : "*&!%{[:\"-\n\t\xc3"[i / 2 % 12];
        if (yaml_text_read(&yaml, damaged, length, "damaged", &err) == 0)
            yaml_file_release(&yaml);
        else
            ck_assert_uint_gt(strlen(err.text), 0);
        damaged[i / 2] = text[i / 2];
    }
    free(damaged);
    free(path);
    machine_file_release(&file);
}
END_TEST

START_TEST(a_setting_is_the_users_to_get_right)
{
    static const char *const wrong_settings[] = {
        "macro.rows",       "macro.row=64", "macro.rows=63",
        "macro.columns=40", "=1",           ""
    };
    struct machine_file file;
    struct error err;

    for (size_t i = 0; i < sizeof wrong_settings / sizeof *wrong_settings;
         i++) {
        ck_assert_int_eq(machine_file_read(&file, "flexcim", &wrong_settings[i],
                                           1, &err),
                         -1);
        ck_assert_int_eq(err.kind, ERROR_USAGE);
    }
}
END_TEST

START_TEST(a_name_is_sought_in_the_users_folders_first)
{
    struct machine_file file;
    struct error err;

    write_file("flexcim.yaml", "macros: 7\n", 10);
    ck_assert_int_eq(machine_file_read(&file, "flexcim", NULL, 0, &err), 0);
    ck_assert_uint_eq(file.machine.macros, 1);
    machine_file_release(&file);
    setenv("FLEXCIM_PATH", folder, 1);
    ck_assert_int_eq(machine_file_read(&file, "flexcim", NULL, 0, &err), 0);
    ck_assert_uint_eq(file.machine.macros, 7);
    machine_file_release(&file);
    ck_assert_int_eq(machine_file_read(&file, "dense", NULL, 0, &err), 0);
    machine_file_release(&file);
    unsetenv("FLEXCIM_PATH");
}
END_TEST

START_TEST(a_misspelt_name_is_answered_with_the_nearest)
{
    struct machine_file file;
    struct error err;

    ck_assert_int_eq(machine_file_read(&file, "flexcin", NULL, 0, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean flexcim?"));
    ck_assert_int_eq(machine_file_read(&file, "none.yaml", NULL, 0, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_NO_INPUT);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("machine file");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, what_the_file_does_not_say_has_its_default);
    tcase_add_test(files, the_resolved_form_reads_back_as_the_same_machine);
    tcase_add_test(files, an_extended_machine_changes_only_what_it_says);
    tcase_add_test(files, an_extended_path_counts_from_the_files_own_folder);
    tcase_add_test(files, a_machine_that_extends_itself_is_refused);
    tcase_add_loop_test(files, a_wrong_file_is_refused_where_it_is_wrong, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(files, a_file_that_is_too_large_is_refused);
    tcase_add_test(files, no_damage_of_a_byte_does_more_than_a_sentence);
    tcase_add_test(files, a_setting_is_the_users_to_get_right);
    tcase_add_test(files, a_name_is_sought_in_the_users_folders_first);
    tcase_add_test(files, a_misspelt_name_is_answered_with_the_nearest);
    suite_add_tcase(suite, files);
    return suite;
}
