/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernel_bench [WORK [PARAMETERS...]]: one row a workload, separated by tabs:
 * implementation, work, parameters, events, check, user seconds.
 */
#include "experiments/kernel_speed/kernel_bench.h"

#include <errno.h>
#include <sysexits.h>

static void run_all(void)
{
    static const uint64_t sizes[] = { 1024, 1048576, 16, 65536 };
    const uint64_t m = 2097152;

    bench_fifo(false, 1, 1000000);
    bench_fifo(false, 1024, 1000000);
    bench_fifo(false, 16, 1000000);
    bench_fifo(true, 16, 1000000);
    for (int d = 0; d < DISTRIBUTIONS; d++) {
        for (int i = 0; i < 4; i++) {
            if (sizes[i] < 1048576 || d == UNI || d == HW0)
                bench_hold((enum distribution)d, sizes[i], m);
        }
    }
    for (int mode = DELTA; mode <= IMMEDIATE; mode++) {
        for (int kind = METHOD; kind <= THREAD; kind++)
            bench_pingpong((enum pingpong_kind)kind, (enum pingpong_mode)mode,
                           2000000);
    }
    bench_clock(1000000);
    bench_pipe_fifo(64, 40000);
    bench_pipe_fifo(8, 200000);
    bench_pipe_signal(64, 40000);
    bench_pipe_signal(8, 200000);
    bench_pipe_group(64, 40000);
    bench_pipe_group(8, 200000);
    bench_pipe_row(64, 40000);
    bench_pipe_row(8, 200000);
}

/* A word's place among some; -1 if it is none of them. */
static int choose(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0)
            return i;
    }
    return -1;
}

static bool read_size(uint64_t *size, const char *text, uint64_t maximum)
{
    char *end;

    errno = 0;
    *size = strtoull(text, &end, 10);
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           *size <= maximum;
}

static bool run_hold(char **words)
{
    int d = choose(words[0], distribution_names, DISTRIBUTIONS);
    uint64_t n, m;

    if (d < 0 || !read_size(&n, words[1], 1 << 26) ||
        !read_size(&m, words[2], UINT64_C(1) << 40))
        return false;
    bench_hold((enum distribution)d, n, m);
    return true;
}

static bool run_pingpong(char **words)
{
    static const char *const kinds[] = { "method", "thread", "sthread" };
    static const char *const modes[] = { "delta", "timed", "imm" };
    int kind = choose(words[0], kinds, 3), mode = choose(words[1], modes, 3);
    uint64_t m;

    if (kind < 0 || mode < 0 || !read_size(&m, words[2], UINT64_C(1) << 40))
        return false;
    bench_pingpong((enum pingpong_kind)kind, (enum pingpong_mode)mode, m);
    return true;
}

static bool run_pipe(char **words)
{
    static const char *const kinds[] = { "sig", "fifo", "group", "row" };
    static void (*const benches[])(unsigned, uint64_t) = {
        bench_pipe_signal, bench_pipe_fifo, bench_pipe_group, bench_pipe_row
    };
    int kind = choose(words[0], kinds, 4);
    uint64_t stages, cycles;

    if (kind < 0 || !read_size(&stages, words[1], 1 << 20) ||
        !read_size(&cycles, words[2], UINT64_C(1) << 40))
        return false;
    benches[kind]((unsigned)stages, cycles);
    return true;
}

static bool run_fifo(char **words)
{
    static const char *const kinds[] = { "plain", "timed" };
    int kind = choose(words[0], kinds, 2);
    uint64_t depth, m;

    if (kind < 0 || !read_size(&depth, words[1], 1 << 30) ||
        !read_size(&m, words[2], UINT64_C(1) << 40))
        return false;
    bench_fifo(kind == 1, (unsigned)depth, m);
    return true;
}

static bool run_clock(char **words)
{
    uint64_t cycles;

    if (!read_size(&cycles, words[0], UINT64_C(1) << 40))
        return false;
    bench_clock(cycles);
    return true;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int parameters;
        bool (*run)(char **words);
    } works[] = {
        { "hold", 3, run_hold },   { "pingpong", 3, run_pingpong },
        { "pipe", 3, run_pipe },   { "fifo", 3, run_fifo },
        { "clock", 1, run_clock },
    };

    if (argc == 1) {
        run_all();
        return EXIT_SUCCESS;
    }
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (strcmp(argv[1], works[i].name) == 0 &&
            argc - 2 == works[i].parameters && works[i].run(argv + 2))
            return EXIT_SUCCESS;
    }
    fprintf(stderr,
            "usage: kernel_bench                                  all rows\n"
            "       kernel_bench hold uni|exp|hw|hw0|mix N M\n"
            "       kernel_bench pingpong method|thread|sthread "
            "delta|timed|imm M\n"
            "       kernel_bench pipe sig|fifo|group|row STAGES CYCLES\n"
            "       kernel_bench fifo plain|timed DEPTH ITEMS\n"
            "       kernel_bench clock CYCLES\n");
    return EX_USAGE;
}
