/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pipe, clock and fifo: channels.
 */
#include "experiments/kernel_speed/kernel_bench.h"
#include "kernel/clock.h"
#include "kernel/fifo.h"
#include "kernel/group.h"
#include "kernel/process.h"
#include "kernel/signal.h"

#define PERIOD 10

struct stage {
    struct pipe *pipe;
    struct sim_process process;
    struct sim_signal signal; /* what it writes: q[j] */
    struct sim_fifo fifo;
    unsigned number;
};

struct pipe {
    struct sim *sim;
    struct sim_clock clock;
    struct sim_process sink;
    uint64_t edge, sum, count;
    unsigned stages;
    struct stage *stage; /* [stages + 1] */
};

static uint32_t source_value(uint64_t n)
{
    return (uint32_t)hash(SEED + n);
}

static void signal_source(void *module)
{
    struct stage *stage = module;

    sim_signal_write(&stage->signal, source_value(stage->pipe->edge++));
}

static void signal_stage(void *module)
{
    struct stage *stage = module;
    uint32_t old = (uint32_t)sim_signal_read(&stage[-1].signal);

    sim_signal_write(&stage->signal, old * 3 + stage->number);
}

static void signal_sink(void *module)
{
    struct pipe *pipe = module;

    pipe->sum =
        rot5(pipe->sum) + sim_signal_read(&pipe->stage[pipe->stages].signal);
}

static void fifo_source(void *module)
{
    struct stage *stage = module;

    if (sim_fifo_free(&stage->fifo)) {
        uint32_t value = source_value(stage->pipe->edge++);

        sim_fifo_put(&stage->fifo, &value);
    }
}

static void fifo_stage(void *module)
{
    struct stage *stage = module;

    if (sim_fifo_available(&stage[-1].fifo) && sim_fifo_free(&stage->fifo)) {
        uint32_t value;

        sim_fifo_get(&stage[-1].fifo, &value);
        value = value * 3 + stage->number;
        sim_fifo_put(&stage->fifo, &value);
    }
}

static void fifo_sink(void *module)
{
    struct pipe *pipe = module;
    uint32_t value;

    if (sim_fifo_available(&pipe->stage[pipe->stages].fifo)) {
        sim_fifo_get(&pipe->stage[pipe->stages].fifo, &value);
        pipe->sum = rot5(pipe->sum) + value;
        pipe->count++;
    }
}

static void clocked(struct pipe *pipe, struct sim_process *process,
                    sim_function function, void *module)
{
    sim_method_init(process, pipe->sim, NULL, function, module);
    sim_sensitive(process, &pipe->clock.posedge);
    sim_dont_initialize(process);
}

static void pipe_make(struct pipe *pipe, unsigned stages, bool fifos)
{
    pipe->sim = sim_new();
    pipe->stages = stages;
    pipe->stage = calloc(stages + 1, sizeof *pipe->stage);
    sim_clock_init(&pipe->clock, pipe->sim, NULL, PERIOD);
    for (unsigned j = 0; j <= stages; j++) {
        struct stage *stage = &pipe->stage[j];

        stage->pipe = pipe;
        stage->number = j;
        if (fifos) {
            sim_fifo_init(&stage->fifo, pipe->sim, NULL, sizeof(uint32_t), 2);
            clocked(pipe, &stage->process, j ? fifo_stage : fifo_source, stage);
        } else {
            sim_signal_init(&stage->signal, pipe->sim, NULL, 0);
            clocked(pipe, &stage->process, j ? signal_stage : signal_source,
                    stage);
        }
    }
    clocked(pipe, &pipe->sink, fifos ? fifo_sink : signal_sink, pipe);
}

static void pipe_run(struct pipe *pipe, const char *work, uint64_t cycles)
{
    double seconds = user_seconds();
    uint64_t before, events;
    char parameters[64];

    before = sim_activations(pipe->sim);
    sim_run_until(pipe->sim, cycles * PERIOD - 1);
    seconds = user_seconds() - seconds;
    events = sim_activations(pipe->sim) - before;
    snprintf(parameters, sizeof parameters, "S=%u C=%" PRIu64, pipe->stages,
             cycles);
    print_row("flexcim", work, parameters, events,
              hash(pipe->sum) + pipe->count, seconds);
    sim_free(pipe->sim);
    free(pipe->stage);
}

void bench_pipe_signal(unsigned stages, uint64_t cycles)
{
    struct pipe pipe = { 0 };

    pipe_make(&pipe, stages, false);
    pipe_run(&pipe, "pipe-sig", cycles);
}

void bench_pipe_fifo(unsigned stages, uint64_t cycles)
{
    struct pipe pipe = { 0 };

    pipe_make(&pipe, stages, true);
    pipe_run(&pipe, "pipe-fifo", cycles);
}

/* pipe-sig as a group: the registers are q[0] .. q[stages]. */
struct flat {
    struct sim_group group;
    struct sim_clock clock;
    uint64_t edge, sum;
    unsigned stages;
    unsigned *numbers; /* [stages + 1] */
};

static void flat_source(void *module, const void *now, void *next)
{
    struct flat *flat = module;

    (void)now;
    ((uint32_t *)next)[0] = source_value(flat->edge++);
}

static void flat_stage(void *module, const void *now, void *next)
{
    unsigned j = *(const unsigned *)module;

    ((uint32_t *)next)[j] = ((const uint32_t *)now)[j - 1] * 3 + j;
}

static void flat_sink(void *module, const void *now, void *next)
{
    struct flat *flat = module;

    (void)next;
    flat->sum = rot5(flat->sum) + ((const uint32_t *)now)[flat->stages];
}

/* All stages, of which the first is number 1. */
static void flat_stages(void *modules, uint32_t count, const void *now,
                        void *next)
{
    const unsigned *numbers = modules;
    const uint32_t *from = now;
    uint32_t *restrict to = (uint32_t *)next + 1;

    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i] * 3 + numbers[i];
}

enum flat_kind { FLAT_MEMBERS, FLAT_ROW };

static void pipe_flat(enum flat_kind kind, unsigned stages, uint64_t cycles)
{
    struct flat flat = { .stages = stages };
    struct sim *sim = sim_new();
    char parameters[64];
    double seconds;

    flat.numbers = calloc(stages + 1, sizeof *flat.numbers);
    sim_clock_init(&flat.clock, sim, NULL, PERIOD);
    sim_group_init(&flat.group, sim, NULL, &flat.clock.posedge,
                   (stages + 1) * sizeof(uint32_t));
    sim_group_add(&flat.group, flat_source, &flat);
    for (unsigned j = 1; j <= stages; j++) {
        flat.numbers[j] = j;
        if (kind == FLAT_MEMBERS)
            sim_group_add(&flat.group, flat_stage, &flat.numbers[j]);
    }
    if (kind == FLAT_ROW)
        sim_group_add_row(&flat.group, flat_stages, flat.numbers + 1, stages);
    sim_group_add(&flat.group, flat_sink, &flat);
    seconds = user_seconds();
    sim_run_until(sim, cycles * PERIOD - 1);
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "S=%u C=%" PRIu64, stages, cycles);
    print_row(kind == FLAT_ROW ? "flexcim-row" : "flexcim-group", "pipe-sig",
              parameters, sim_activations(sim), hash(flat.sum), seconds);
    sim_free(sim);
    free(flat.numbers);
}

void bench_pipe_group(unsigned stages, uint64_t cycles)
{
    pipe_flat(FLAT_MEMBERS, stages, cycles);
}

void bench_pipe_row(unsigned stages, uint64_t cycles)
{
    pipe_flat(FLAT_ROW, stages, cycles);
}

void bench_clock(uint64_t cycles)
{
    struct sim *sim = sim_new();
    struct sim_clock clock;
    char parameters[64];
    double seconds;

    sim_clock_init(&clock, sim, NULL, PERIOD);
    seconds = user_seconds();
    sim_run_until(sim, cycles * PERIOD - 1);
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "S=0 C=%" PRIu64, cycles);
    print_row("flexcim", "pipe-clock", parameters,
              2 * sim_clock_rises(&clock) - sim_clock_read(&clock),
              sim_now(sim), seconds);
    sim_free(sim);
}

struct transfer {
    struct sim *sim;
    struct sim_fifo fifo;
    struct sim_process producer, consumer;
    bool timed;
    uint64_t items, sum, end;
};

static void pause_for(struct transfer *transfer, uint64_t *random)
{
    if (transfer->timed)
        sim_wait_for(transfer->sim, 1 + (next_random(random) >> 62));
}

static void produce(void *module)
{
    struct transfer *transfer = module;
    uint64_t random = SEED ^ STREAM;

    for (uint64_t n = 0; n < transfer->items; n++) {
        uint32_t value = source_value(n);

        pause_for(transfer, &random);
        sim_fifo_wait_put(&transfer->fifo, &value);
    }
}

static void consume(void *module)
{
    struct transfer *transfer = module;
    uint64_t random = SEED ^ 2 * STREAM;

    for (uint64_t n = 0; n < transfer->items; n++) {
        uint32_t value;

        sim_fifo_wait_get(&transfer->fifo, &value);
        transfer->sum = rot5(transfer->sum) + value;
        pause_for(transfer, &random);
    }
    transfer->end = sim_now(transfer->sim);
}

void bench_fifo(bool timed, unsigned depth, uint64_t m)
{
    static struct transfer transfer;
    struct sim *sim = transfer.sim = sim_new();
    char parameters[64];
    double seconds;

    transfer.timed = timed;
    transfer.items = m;
    transfer.sum = 0;
    sim_fifo_init(&transfer.fifo, sim, NULL, sizeof(uint32_t), depth);
    sim_thread_init(&transfer.producer, sim, NULL, produce, &transfer);
    sim_thread_init(&transfer.consumer, sim, NULL, consume, &transfer);
    seconds = user_seconds();
    sim_run(sim);
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "%s depth=%u M=%" PRIu64,
             timed ? "timed" : "plain", depth, m);
    print_row("flexcim", "fifo", parameters, m,
              hash(transfer.sum) + transfer.end, seconds);
    sim_free(sim);
}
