/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waveform file holds, byte by byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/process.h"
#include "kernel/vcd.h"
#include "tests/suite.h"

struct shown {
    struct sim *sim;
    struct sim_process process;
    struct sim_vcd *vcd;
    uint64_t words[3];
    struct sim_wires wires[2];
    struct sim_resolved bus;
    double real;
    uint64_t state;
};

static void shown_run(void *module)
{
    struct shown *shown = module;

    sim_wait_for(shown->sim, 3 * SIM_NS);
    shown->words[2] = 1;
    shown->real = -0.1;
    shown->state = 1;
    sim_resolved_write(&shown->bus, (struct sim_wires){ 0x1, 0x2 });
    sim_wait_for(shown->sim, 2500);
    shown->words[0] = 5;
    shown->words[2] = 0;
    shown->wires[1] = (struct sim_wires){ 1, 0 };
    shown->state = 7;
    sim_vcd_comment(shown->vcd, "half way");
    sim_wait_for(shown->sim, 4 * SIM_NS);
    shown->wires[0] = (struct sim_wires){ 0, 1 };
    shown->state = 0;
}

static const char expected[] = "$version flexcim-kernel $end\n"
                               "$timescale 1 ns $end\n"
                               "$scope module sim $end\n"
                               "$var wire 130 aaaaa words $end\n"
                               "$var wire 65 aaaab wires $end\n"
                               "$scope module top $end\n"
                               "$var wire 4 aaaac bus $end\n"
                               "$upscope $end\n"
                               "$var real 64 aaaad real $end\n"
                               "$var string 1 aaaae state $end\n"
                               "$upscope $end\n"
                               "$enddefinitions $end\n"
                               "$dumpvars\n"
                               "b0 aaaaa\n"
                               "bz aaaab\n"
                               "bx aaaac\n"
                               "r1.5 aaaad\n"
                               "sidle_now aaaae\n"
                               "$end\n"
                               "#3\n"
                               "b1%s aaaaa\n" /* bit 128 of 130 */
                               "bz10 aaaac\n"
                               "r-0.1 aaaad\n"
                               "sbusy aaaae\n"
                               "#5\n"
                               "$comment half way $end\n"
                               "b101 aaaaa\n"
                               "b0%s aaaab\n"
                               "s7 aaaae\n"
                               "#9\n"
                               "b0%s1 aaaab\n"
                               "sidle_now aaaae\n";

/* So many of a digit. */
static char *digits(char digit, unsigned count)
{
    char *text = calloc(1, count + 1);

    return memset(text, digit, count);
}

START_TEST(all_kinds_of_values_are_shown_as_they_change)
{
    static const char *const states[] = { "idle now", "busy" };
    struct shown *shown = calloc(1, sizeof *shown);
    struct sim *sim = shown->sim = sim_new();
    char path[] = "/tmp/waveform-XXXXXX", text[4000] = "", wanted[4000];
    char *zeros = digits('0', 128), *zs = digits('z', 64), *z = digits('z', 63);
    FILE *file;

    close(mkstemp(path));
    shown->real = 1.5;
    sim_resolved_init(&shown->bus, sim, "bus");
    sim_resolved_set_shape(&shown->bus, 4, (struct sim_wires){ 15, 15 });
    sim_thread_init(&shown->process, sim, "process", shown_run, shown);
    shown->vcd = sim_vcd_open(sim, path, false);
    sim_vcd_set_unit(shown->vcd, 1, SIM_UNIT_NS);
    sim_vcd_words(shown->vcd, shown->words, "words", 130);
    sim_vcd_wires(shown->vcd, shown->wires, "wires", 65);
    sim_vcd_wires(shown->vcd, &shown->bus.wires, "top.bus", 4);
    sim_vcd_real(shown->vcd, &shown->real, "real");
    sim_vcd_text(shown->vcd, &shown->state, "state", states, 2);
    ck_assert_int_eq(sim_run(sim), SIM_STARVED);
    ck_assert_int_eq(sim_vcd_close(shown->vcd), 0);
    file = fopen(path, "r");
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, file), 0);
    fclose(file);
    snprintf(wanted, sizeof wanted, expected, zeros, zs, z);
    ck_assert_str_eq(text, wanted);
    unlink(path);
    sim_free(sim);
    free(shown);
    free(zeros);
    free(zs);
    free(z);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("waveform");
    TCase *waveform = tcase_create("waveform");

    tcase_add_test(waveform, all_kinds_of_values_are_shown_as_they_change);
    suite_add_tcase(suite, waveform);
    return suite;
}
