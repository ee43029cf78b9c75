// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same workloads on SystemC, one a process: systemc_bench WORK PARAMETERS
// (hold, pingpong, pipe, fifo, clock, as kernel_bench takes them).
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "workload.h"

using namespace sc_core;

static sc_time ticks(uint64_t n)
{
    return sc_time::from_value(n);
}

static uint64_t now()
{
    return sc_time_stamp().value();
}

template <typename Function>
static void method(Function function, const sc_event &event)
{
    sc_spawn_options options;

    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&event);
    sc_spawn(function, nullptr, &options);
}

struct instance {
    sc_event event;
    uint64_t random, sum = 0, count = 0;
};

static void hold(enum distribution distribution, uint64_t n, uint64_t m)
{
    static uint64_t exponential[1024];
    std::vector<std::unique_ptr<instance>> instances;
    uint64_t end = m * distribution_means[distribution] / n;
    uint64_t events = 0, check = 0;
    char parameters[64];
    double seconds;

    fill_exponential(exponential);
    for (uint64_t i = 0; i < n; i++) {
        instance *one = new instance;

        instances.emplace_back(one);
        one->random = SEED ^ (i * STREAM);
        method(
            [one, distribution] {
                one->sum = rot5(one->sum) + now();
                one->count++;
                one->event.notify(ticks(draw_delay(
                    distribution, exponential, next_random(&one->random))));
            },
            one->event);
    }
    sc_start(SC_ZERO_TIME);
    seconds = user_seconds();
    for (auto &one : instances)
        one->event.notify(ticks(draw_delay(distribution, exponential,
                                           next_random(&one->random))));
    sc_start(ticks(end + 1));
    seconds = user_seconds() - seconds;
    for (uint64_t i = 0; i < n; i++) {
        events += instances[i]->count;
        check +=
            hash(instances[i]->sum ^ hash(instances[i]->count ^ i << 40));
    }
    snprintf(parameters, sizeof parameters, "%s N=%" PRIu64 " M=%" PRIu64,
             distribution_names[distribution], n, m);
    print_row("systemc", "hold", parameters, events, check, seconds);
}

static void pingpong(const std::string &kind, const std::string &mode,
                     uint64_t m)
{
    static sc_event events[2];
    static uint64_t sums[2];
    uint64_t left = m;
    char parameters[64];
    double seconds;
    auto play = [&](int w) {
        sums[w] = rot5(sums[w]) + now() + 1 + (uint64_t)w;
        if (--left == 0)
            return false;
        if (mode == "delta")
            events[1 - w].notify(SC_ZERO_TIME);
        else if (mode == "timed")
            events[1 - w].notify(ticks(1));
        else
            events[1 - w].notify();
        return true;
    };

    for (int w = 0; w < 2; w++) {
        sc_spawn_options options;

        if (kind != "thread")
            options.set_sensitivity(&events[w]);
        if (kind == "method") {
            options.spawn_method();
            options.dont_initialize();
            sc_spawn([&play, &left, w] { left > 0 && play(w); }, nullptr,
                     &options);
        } else {
            sc_spawn(
                [&play, &kind, w] {
                    do {
                        if (kind == "thread")
                            wait(events[w]);
                        else
                            wait();
                    } while (play(w));
                },
                nullptr, &options);
        }
    }
    sc_start(SC_ZERO_TIME);
    seconds = user_seconds();
    events[0].notify(SC_ZERO_TIME);
    sc_start();
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "%s %s M=%" PRIu64, kind.c_str(),
             mode.c_str(), m);
    print_row("systemc", "pingpong", parameters, m - left,
              hash(sums[0]) + hash(sums[1] ^ 1), seconds);
}

static uint32_t source_value(uint64_t n)
{
    return (uint32_t)hash(SEED + n);
}

static void pipe_signal(unsigned stages, uint64_t cycles)
{
    sc_clock clock("clock", ticks(10), 0.5, ticks(0), true);
    std::vector<std::unique_ptr<sc_signal<uint32_t>>> q;
    uint64_t edge = 0, sum = 0, events = 0;
    char parameters[64];
    double seconds;

    for (unsigned j = 0; j <= stages; j++)
        q.emplace_back(new sc_signal<uint32_t>);
    method([&] { q[0]->write(source_value(edge++)); events++; },
           clock.posedge_event());
    for (unsigned j = 1; j <= stages; j++)
        method([&q, &events, j] { q[j]->write(q[j - 1]->read() * 3 + j);
                                  events++; },
               clock.posedge_event());
    method([&] { sum = rot5(sum) + q[stages]->read(); events++; },
           clock.posedge_event());
    seconds = user_seconds();
    sc_start(ticks(cycles * 10));
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "S=%u C=%" PRIu64, stages, cycles);
    print_row("systemc", "pipe-sig", parameters, events, hash(sum), seconds);
}

static void pipe_fifo(unsigned stages, uint64_t cycles)
{
    sc_clock clock("clock", ticks(10), 0.5, ticks(0), true);
    std::vector<std::unique_ptr<sc_fifo<uint32_t>>> f;
    uint64_t edge = 0, sum = 0, count = 0, events = 0;
    char parameters[64];
    double seconds;

    for (unsigned j = 0; j <= stages; j++)
        f.emplace_back(new sc_fifo<uint32_t>(2));
    method([&] { events++; if (f[0]->num_free() > 0)
                     f[0]->nb_write(source_value(edge++)); },
           clock.posedge_event());
    for (unsigned j = 1; j <= stages; j++)
        method(
            [&f, &events, j] {
                uint32_t x = 0;

                events++;
                if (f[j - 1]->num_available() > 0 && f[j]->num_free() > 0) {
                    f[j - 1]->nb_read(x);
                    f[j]->nb_write(x * 3 + j);
                }
            },
            clock.posedge_event());
    method(
        [&] {
            uint32_t x = 0;

            events++;
            if (f[stages]->nb_read(x)) {
                sum = rot5(sum) + x;
                count++;
            }
        },
        clock.posedge_event());
    seconds = user_seconds();
    sc_start(ticks(cycles * 10));
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "S=%u C=%" PRIu64, stages, cycles);
    print_row("systemc", "pipe-fifo", parameters, events, hash(sum) + count,
              seconds);
}

static void clock_alone(uint64_t cycles)
{
    sc_clock clock("clock", ticks(10), 0.5, ticks(0), true);
    char parameters[64];
    double seconds = user_seconds();

    sc_start(ticks(cycles * 10 - 1));
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "S=0 C=%" PRIu64, cycles);
    print_row("systemc", "pipe-clock", parameters, 2 * cycles, now(), seconds);
}

static void fifo(bool timed, unsigned depth, uint64_t m)
{
    sc_fifo<uint32_t> channel((int)depth);
    uint64_t sum = 0, end = 0;
    char parameters[64];
    double seconds;

    sc_spawn([&] {
        uint64_t random = SEED ^ STREAM;

        for (uint64_t n = 0; n < m; n++) {
            if (timed)
                wait(ticks(1 + (next_random(&random) >> 62)));
            channel.write(source_value(n));
        }
    });
    sc_spawn([&] {
        uint64_t random = SEED ^ 2 * STREAM;

        for (uint64_t n = 0; n < m; n++) {
            sum = rot5(sum) + channel.read();
            if (timed)
                wait(ticks(1 + (next_random(&random) >> 62)));
        }
        end = now();
    });
    seconds = user_seconds();
    sc_start();
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "%s depth=%u M=%" PRIu64,
             timed ? "timed" : "plain", depth, m);
    print_row("systemc", "fifo", parameters, m, hash(sum) + end, seconds);
}

static uint64_t number(const char *text)
{
    return strtoull(text, nullptr, 10);
}

int sc_main(int argc, char **argv)
{
    std::string work = argc > 1 ? argv[1] : "", kind = argc > 2 ? argv[2] : "";

    if (work == "clock" && argc == 3)
        clock_alone(number(argv[2]));
    else if (argc != 5)
        return 64;
    else if (work == "hold") {
        int d = 0;

        while (d < DISTRIBUTIONS - 1 && kind != distribution_names[d])
            d++;
        hold((enum distribution)d, number(argv[3]), number(argv[4]));
    } else if (work == "pingpong")
        pingpong(kind, argv[3], number(argv[4]));
    else if (work == "pipe" && kind == "sig")
        pipe_signal((unsigned)number(argv[3]), number(argv[4]));
    else if (work == "pipe")
        pipe_fifo((unsigned)number(argv[3]), number(argv[4]));
    else
        fifo(kind == "timed", (unsigned)number(argv[3]), number(argv[4]));
    return 0;
}
