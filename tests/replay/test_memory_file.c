/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/memory_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "models/inference/memory.h"
#include "replay/machine_file.h"
#include "tests/suite.h"

static char folder[] = "/tmp/test_memory_file.XXXXXX";

static void make_folder(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    char *command = memory_printf("rm -r %s", folder);

    ck_assert_int_eq(system(command), 0);
    free(command);
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
}

static void write_file(const char *name, const char *text)
{
    struct error err;

    ck_assert_msg(file_put(name, text, strlen(text), &err) == 0, "%s",
                  err.text);
}

static const char graphics[] = "source: made up\n"
                               "peak: 64000\n"
                               "ceiling: 0.875\n"
                               "busy: 195\n"
                               "interval: 1900.5\n"
                               "wait: 33\n"
                               "moving: 5.5\n"
                               "standing: 1.25\n";

static int read_machine(struct machine_file *file, const char *name,
                        const char *setting, struct error *err)
{
    return machine_file_read(file, name, &setting, setting ? 1 : 0, err);
}

/* Beside the machine, from where the program runs, and again from the text. */
START_TEST(a_file_stands_for_its_kind)
{
    struct machine_file file, again;
    struct memory_kind kind;
    struct error err;

    ck_assert_int_eq(system("mkdir of"), 0);
    write_file("of/graphics.yaml", graphics);
    write_file("of/m.yaml",
               "extends: flexcim\ndram:\n  kind: ./graphics.yaml\n");
    ck_assert_msg(read_machine(&file, "of/m.yaml", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert(memory_kind_of(&kind, &file.machine));
    ck_assert_str_eq(kind.name, "graphics");
    ck_assert_uint_eq(kind.peak, 64000000000);
    ck_assert_double_eq(kind.latency, 33);
    ck_assert_uint_eq(memory_efficiency(&file.machine),
                      7852); /* 0.875 (1 - 195 / 1900.5) */
    ck_assert_ptr_nonnull(
        strstr(file.text, "  kind: own\n  name: \"graphics\"\n  peak: 64000\n"
                          "  ceiling: 0.875\n  busy: 195\n  interval: 1900.5\n"
                          "  wait: 33\n  moving: 5.5\n  standing: 1.25\n"));
    write_file("again.yaml", file.text);
    ck_assert_msg(read_machine(&again, "again.yaml", NULL, &err) == 0, "%s",
                  err.text);
    ck_assert_str_eq(again.hash, file.hash);
    machine_file_release(&again);
    ck_assert_msg(read_machine(&again, "flexcim", "dram.kind=of/graphics.yaml",
                               &err) == 0,
                  "%s", err.text);
    ck_assert_str_eq(again.hash, file.hash);
    machine_file_release(&again);

    /* Other numbers are another machine, and another kind leaves none. */
    write_file("of/graphics.yaml", "peak: 64001\nceiling: 0.875\nbusy: 195\n"
                                   "interval: 1900.5\nwait: 33\nmoving: 5.5\n"
                                   "standing: 1.25\n");
    ck_assert_int_eq(read_machine(&again, "of/m.yaml", NULL, &err), 0);
    ck_assert_str_ne(again.hash, file.hash);
    machine_file_release(&again);
    machine_file_release(&file);
    ck_assert_int_eq(read_machine(&file, "of/m.yaml", "dram.kind=hbm2", &err),
                     0);
    ck_assert_int_eq(read_machine(&again, "flexcim", "dram.kind=hbm2", &err),
                     0);
    ck_assert_str_eq(again.hash, file.hash);
    machine_file_release(&again);
    machine_file_release(&file);
}
END_TEST

static const struct {
    const char *line, *sentence; /* in place of that of the same key */
} wrong[] = {
    { "peak: 0", "m.yaml:1:7: dram.peak: 0 is outside 1..1000000 MB/s" },
    { "peak: none", "m.yaml: dram.kind: own needs dram.peak" },
    { "peak: 1e30", "m.yaml:1:7: dram.peak: \"1e30\" is not a whole number" },
    { "moving: nan", "m.yaml:6:9: dram.moving: \"nan\" is not a number" },
    { "moving: inf", "m.yaml:6:9: dram.moving: \"inf\" is not a number" },
    { "standing: -1", "m.yaml:7:11: dram.standing: -1 is outside 0..10000 W" },
    { "busy: 1900.5", "m.yaml: dram.busy = 1900.5 ns: a refresh does not end" },
    { "wait: [1, 2]", "m.yaml:5:8: wait: a kind of memory has peak, ceiling" },
    { "wait: {a: 1}",
      "m.yaml:5:11: wait.a: a kind of memory has peak, ceiling" },
    { "wait: 1\nrate: 5", "m.yaml:6:7: rate: a kind of memory has peak," },
    { "wait: 1\nkind: hbm3", "m.yaml:6:7: kind: a kind of memory has peak," },
    { "wait:", "m.yaml: does not say `wait` of the memory" },
    { "wait: &a 1", "m.yaml:5:" },
};

START_TEST(a_wrong_file_is_refused_where_it_is_wrong)
{
    static const char *const lines[] = {
        "peak: 64000", "ceiling: 0.95", "busy: 195",      "interval: 1900",
        "wait: 33",    "moving: 5.5",   "standing: 1.25",
    };
    const char *line = wrong[_i].line;
    size_t key = strcspn(line, ":") + 1;
    struct machine_file file;
    struct error err;
    char text[256] = "";

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        bool other = strncmp(lines[i], line, key) == 0;

        if (other && !line[key])
            continue; /* left out */
        strcat(strcat(text, other ? line : lines[i]), "\n");
    }
    write_file("m.yaml", text);
    ck_assert_int_eq(read_machine(&file, "flexcim", "dram.kind=m.yaml", &err),
                     -1);
    ck_assert_msg(strstr(err.text, wrong[_i].sentence), "%s", err.text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_told)
{
    struct machine_file file;
    struct error err;

    ck_assert_int_eq(read_machine(&file, "flexcim", "dram.kind=no.yaml", &err),
                     -1);
    ck_assert_msg(strstr(err.text, "no.yaml"), "%s", err.text);
}
END_TEST

/* Whatever byte is another: a machine that can be built, or a sentence. */
START_TEST(no_damage_of_a_byte_does_more_than_a_sentence)
{
    char text[sizeof graphics];
    size_t read = 0;

    for (size_t i = 0; i < 3 * (sizeof graphics - 1); i++) {
        struct machine_file file;
        struct error err = { 0 };

        memcpy(text, graphics, sizeof graphics);
        text[i / 3] = "*9-"[i % 3];
        write_file("m.yaml", text);
        if (read_machine(&file, "flexcim", "dram.kind=m.yaml", &err) == 0) {
            uint64_t rate[2];

            ck_assert(memory_rate(rate, &file.machine));
            ck_assert_uint_gt(rate[0], 0);
            machine_file_release(&file);
            read++;
        } else {
            ck_assert_uint_gt(strlen(err.text), 0);
        }
    }
    ck_assert_uint_gt(read, 10);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory_file");
    TCase *tcase = tcase_create("memory_file");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_test(tcase, a_file_stands_for_its_kind);
    tcase_add_loop_test(tcase, a_wrong_file_is_refused_where_it_is_wrong, 0,
                        sizeof wrong / sizeof *wrong);
    tcase_add_test(tcase, a_file_that_is_not_there_is_told);
    tcase_add_test(tcase, no_damage_of_a_byte_does_more_than_a_sentence);
    suite_add_tcase(suite, tcase);
    return suite;
}
