/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What parts are there only together: what stands and works, what lies in the
 * path of a clock, and the memory behind the channel. */
#include <stdio.h>
#include <string.h>

#include "models/inference/own_memory.h"
#include "models/price/part.h"
#include "tests/models/cases.h"
#include "tests/suite.h"

static struct machine machine;
static struct part_list list;

static void make(const char *settings)
{
    golden_machine(&machine);
    set_machine(&machine, settings);
    part_list_make(&list, &machine);
}

static const struct part *find(enum part_use use, const char *block,
                               const char *component)
{
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].use == use && strcmp(list.at[i].block, block) == 0 &&
            strcmp(list.at[i].component, component) == 0)
            return &list.at[i];
    }
    return NULL;
}

static double count(enum part_use use, const char *block, const char *component)
{
    const struct part *part = find(use, block, component);

    return part ? part->count : 0;
}

static bool works(const char *component)
{
    static const char *const logic[] = { "and_gate",     "full_adder",
                                         "register_bit", "multiplier_adder",
                                         "select_2_bit", "select_4_bit",
                                         "cell_bit" };

    for (size_t i = 0; i < sizeof logic / sizeof *logic; i++) {
        if (strcmp(component, logic[i]) == 0)
            return true;
    }
    return false;
}

/* Written once a tile and read by wires: what is told of a tile. */
static bool only_stands(const struct part *part)
{
    return strcmp(part->name, "routes") == 0 ||
           strcmp(part->name, "sets") == 0 ||
           strcmp(part->name, "patterns of tiles") == 0;
}

static void stand_and_work(uint64_t seed)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct part *part = &list.at[i];
        bool stands = part->use == PART_AREA || part->use == PART_UNIT;

        if (!works(part->component) || only_stands(part))
            continue;
        if (stands)
            ck_assert_msg(find(PART_ENERGY, part->block, part->component),
                          "seed %lu: %s, %s, takes area and no energy",
                          (unsigned long)seed, part->block, part->name);
        if (part->use == PART_ENERGY)
            ck_assert_msg(find(PART_AREA, part->block, part->component) ||
                              find(PART_UNIT, part->block, part->component),
                          "seed %lu: %s, %s, takes energy and no area",
                          (unsigned long)seed, part->block, part->name);
    }
}

START_TEST(what_stands_works_and_what_works_stands_in_every_machine)
{
    for (uint64_t round = 1; round <= 3000; round++) {
        uint64_t seed = round;

        random_machine(&machine, &seed);
        machine.attention.engine = round % 2;
        part_list_make(&list, &machine);
        stand_and_work(round);
    }
    make("macro.sub_macros=1");
    stand_and_work(0);
    ck_assert_double_eq(count(PART_AREA, "merge", "register_bit"), 32 * 2 * 21);
    ck_assert_double_eq(count(PART_ENERGY, "merge", "register_bit"), 2 * 21);
}
END_TEST

/* Of 16 banks of 256 KiB three are passed on the way, of each of 8 bits. */
START_TEST(words_of_every_memory_pass_the_banks_in_their_way)
{
    unsigned words = 0;

    make("activations.capacity=8388608 activations.banks=2 "
         "activations.width=32 outputs.capacity=8388608 outputs.banks=2 "
         "state.capacity=4194304 dram.rate=8 dram.staging=4194304");
    for (size_t i = 0; i < list.count; i++) {
        const struct part *word = &list.at[i];
        double lines = 0;

        if (word->use != PART_ENERGY ||
            strncmp(word->component, "sram_", 5) != 0)
            continue;
        for (size_t l = 0; l < list.count; l++) {
            if (list.at[l].use == PART_ENERGY &&
                list.at[l].counter == word->counter &&
                strcmp(list.at[l].block, word->block) == 0 &&
                strcmp(list.at[l].component, "bank_line") == 0)
                lines += list.at[l].count;
        }
        words++;
        ck_assert_msg(word->counter == COUNTER_STAGED_BYTES /* in and out */
                          ? lines == 2 * word->count * 0.75 * 3
                          : lines == word->count * 0.75 * 3,
                      "%s, %s: %g bits pass %g", word->block, word->name,
                      word->count, lines);
    }
    ck_assert_uint_eq(words, 11);
    ck_assert_double_eq(count(PART_UNIT, "state_store", "sram_256k_256"), 16);
}
END_TEST

/* P = 4, R = 32, sums of 21 bits: the last of two levels adds 22 bits and has a
 * gate, the one before 21 and a choice.  An accumulator of 32 bits is cut. */
START_TEST(merge_and_accumulators_are_in_the_path)
{
    static const char *const bits[] = { "8", "2" };

    for (size_t b = 0; b < 2; b++) {
        char settings[64];

        snprintf(settings, sizeof settings,
                 "merge.modes=1,2,4 macro.input_bits_per_cycle=%s", bits[b]);
        make(settings);
        ck_assert_double_eq(count(PART_PATH, "merge", "carry"), 22);
        ck_assert_double_eq(count(PART_PATH, "merge", "full_adder"), 1);
        ck_assert_double_eq(count(PART_PATH, "merge", "and_gate"), 1);
        ck_assert_double_eq(count(PART_PATH, "merge before", "carry"), 21);
        ck_assert_double_eq(count(PART_PATH, "merge before", "full_adder"), 1);
        ck_assert_double_eq(count(PART_PATH, "merge before", "select_2_bit"),
                            1);
        ck_assert_double_eq(count(PART_PATH, "output buffer", "carry"), 15);
        ck_assert_double_eq(count(PART_PATH, "output buffer", "full_adder"), 1);
    }
    make("merge.modes=all macro.rows=64 weights.bits=4");
    ck_assert_double_eq(count(PART_PATH, "merge", "carry"), 19);
    ck_assert_double_eq(count(PART_PATH, "merge", "and_gate"), 0);
    ck_assert_double_eq(count(PART_PATH, "merge before", "select_2_bit"), 0);
    make("macro.sub_macros=16");
    ck_assert_double_eq(count(PART_PATH, "merge", "carry"), 24);
    make("macro.sub_macros=1");
    ck_assert_ptr_null(find(PART_PATH, "merge", "carry"));
    make("array.kind=systolic select.reach=2 patterns=2:4,dense"
         " weights.storage=registers");
    ck_assert_double_eq(count(PART_PATH, "merge", "carry"), 22);
    ck_assert_double_eq(count(PART_PATH, "output buffer", "carry"), 15);
}
END_TEST

/* A known kind is paid for by bits and by time, wherever it is read from. */
START_TEST(a_memory_stands_by_in_every_run)
{
    make("dram.kind=hbm3");
    ck_assert_double_eq(count(PART_AREA, "dram", "hbm3_standby"), 1);
    ck_assert_double_eq(count(PART_ENERGY, "dram", "hbm3"), 8);
    ck_assert_double_eq(count(PART_ENERGY, "memory", "hbm3"), 8);
    ck_assert_double_eq(count(PART_AREA, "weight_loader", "memory_interface"),
                        819.2);
    make("dram.rate=64");
    for (size_t i = 0; i < list.count; i++)
        ck_assert_ptr_null(strstr(list.at[i].component, "standby"));
    ck_assert_double_eq(count(PART_ENERGY, "dram", "dram"), 8);
}
END_TEST

/* With the numbers of a kind that is shipped an own one is that. */
START_TEST(an_own_kind_is_its_numbers)
{
    struct machine shipped;
    uint64_t a[2], b[2];

    golden_machine(&shipped);
    set_machine(&shipped, "dram.kind=ddr5-6400");
    make("dram.kind=own dram.peak=51200 dram.ceiling=0.999 dram.busy=331.3 "
         "dram.interval=3900 dram.wait=31 dram.moving=7.5242 "
         "dram.standing=3.3230220388");
    ck_assert(memory_rate(a, &machine) && memory_rate(b, &shipped));
    ck_assert_uint_eq(a[0], b[0]);
    ck_assert_uint_eq(a[1], b[1]);
    ck_assert_uint_eq(memory_latency(&machine), memory_latency(&shipped));
    ck_assert_double_eq_tol(count(PART_ENERGY, "dram", "lpddr5_6400"), 16,
                            1e-9);
    ck_assert_double_eq_tol(count(PART_ENERGY, "memory", "lpddr5_6400"), 16,
                            1e-9);
    ck_assert_double_eq_tol(count(PART_AREA, "dram", "lpddr5_6400_standby"), 4,
                            1e-9);
    ck_assert_double_eq_tol(
        count(PART_AREA, "weight_loader", "memory_interface"), 51.2, 1e-12);
}
END_TEST

static void set(const char *path, const char *value)
{
    struct error err;

    ck_assert_msg(machine_set(&machine, path, value, &err) == 0, "%s",
                  err.text);
}

START_TEST(an_own_kind_without_its_numbers_is_refused)
{
    static const struct {
        const char *set[6], *sentence;
    } refused[] = {
        { { "dram.kind", "own" },
          "dram.kind: own needs dram.peak, the MB/s of its pins" },
        { { "dram.kind", "hbm3", "dram.moving", "5" },
          "dram.moving says nothing without dram.kind: own" },
        { { "dram.peak", "5" },
          "dram.peak says nothing without dram.kind: own" },
        { { "dram.kind", "own", "dram.peak", "5", "dram.busy", "3900" },
          "dram.busy = 3900 ns: a refresh does not end before the next, "
          "dram.interval = 3900 ns later" },
        { { "dram.kind", "own", "dram.peak", "5", "dram.busy", "3899.9" },
          "dram.ceiling, dram.busy and dram.interval leave nothing of "
          "dram.peak" },
    };
    struct error err;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        golden_machine(&machine);
        for (size_t v = 0; v < 6 && refused[i].set[v]; v += 2)
            set(refused[i].set[v], refused[i].set[v + 1]);
        ck_assert_int_eq(machine_check(&machine, &err), -1);
        ck_assert_str_eq(err.text, refused[i].sentence);
    }
    set("dram.busy", "0");
    set("dram.name", "mine");
    ck_assert_int_eq(machine_check(&machine, &err), 0);
    own_memory_forget(&machine);
    set("dram.kind", "none");
    ck_assert_int_eq(machine_check(&machine, &err), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("part_whole");
    TCase *tcase = tcase_create("part_whole");

    tcase_add_test(tcase,
                   what_stands_works_and_what_works_stands_in_every_machine);
    tcase_add_test(tcase, words_of_every_memory_pass_the_banks_in_their_way);
    tcase_add_test(tcase, merge_and_accumulators_are_in_the_path);
    tcase_add_test(tcase, a_memory_stands_by_in_every_run);
    tcase_add_test(tcase, an_own_kind_is_its_numbers);
    tcase_add_test(tcase, an_own_kind_without_its_numbers_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
