/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * control_print SEED STEPS SHUFFLES: what ran in a programme of control.h, one
 * line an activation: time, how many-th delta of that time in which a process
 * ran, process, sorted by these; then when each run ended.  sc_control.cpp
 * prints the same of SystemC, as it happens.  On standard error: how often each
 * kind of call was made.  Exit status 3: under a shuffled order other lines
 * come out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/order.h"
#include "kernel/process.h"
#include "kernel/report.h"
#include "kernel/reset.h"
#include "kernel/signal.h"
#include "tests/kernel/control.h"

struct stage;

struct line {
    uint64_t time, rank, who;
};

struct worker {
    struct stage *stage;
    struct sim_process process;
    unsigned number;
    bool begun;
    bool held;
};

struct stage {
    struct controls controls;
    struct sim *sim;
    struct sim_event events[WORKERS];
    struct sim_signal signals[WORKERS];
    struct sim_clock clock;
    struct worker *workers[WORKERS];
    struct worker controllers[CONTROLLERS];
    uint64_t delta; /* of the last line */
    bool stopped;
    struct line *lines;
    sim_time *ends; /* of runs */
    size_t lines_count, ends_count, lines_size, ends_size;
    unsigned long calls[CONTROLS];
};

static void *room(void *list, size_t count, size_t *size, size_t item)
{
    if (count < *size)
        return list;
    *size = 2 * count + 1024;
    return realloc(list, *size * item);
}

static void write_line(struct stage *stage, unsigned who)
{
    uint64_t now = sim_now(stage->sim), delta = sim_delta_count(stage->sim);
    struct line line = { now, 0, who }, *last;

    stage->lines =
        room(stage->lines, stage->lines_count, &stage->lines_size, sizeof line);
    last = &stage->lines[stage->lines_count] - 1;
    if (stage->lines_count > 0 && now == last->time)
        line.rank = last->rank + (delta != stage->delta);
    stage->delta = delta;
    stage->lines[stage->lines_count++] = line;
}

/* Else that is an error, and has no effect. */
static bool may_be_suspended(const struct worker *worker)
{
    return !worker->held && worker->number != WORKER_RESET &&
           worker->number != WORKER_HELD;
}

/* What the worker's function does then: returns, waits, or works again. */
enum then { THEN_RETURN, THEN_WAIT, THEN_WORK };

static enum then work(struct worker *worker)
{
    struct stage *stage = worker->stage;
    unsigned w = worker->number, steps;

    write_line(stage, w);
    worker->begun = true;
    steps = work_steps(&stage->controls, w);
    while (steps-- > 0) {
        struct work_step step =
            work_next(&stage->controls, w, sim_now(stage->sim));

        switch (step.work) {
        case WORK_DELTA:
            sim_notify_delta(&stage->events[w]);
            break;
        case WORK_TIMED:
            sim_notify_after(&stage->events[w], step.number);
            break;
        case WORK_CANCEL:
            sim_cancel(&stage->events[w]);
            break;
        case WORK_WRITE:
            sim_signal_write(&stage->signals[w], step.number);
            if (sim_reports(stage->sim)->failure != 0)
                return THEN_RETURN; /* another one has, in this delta */
            break;
        case WORK_SUSPEND:
            stage->controls.suspended[w] |= may_be_suspended(worker);
            if (!sim_suspend(&worker->process))
                return sim_leaving(stage->sim) == SIM_THROWN ? THEN_WORK
                                                             : THEN_RETURN;
            sim_catch(stage->sim);
            break;
        case WORK_RESET:
            sim_reset(&worker->process);
            return THEN_RETURN;
        case WORK_DISABLE:
            sim_disable(&worker->process);
            sim_catch(stage->sim);
            break;
        case WORK_END:
            if (worker_is_thread(w))
                return THEN_RETURN;
            sim_kill(&worker->process);
            return THEN_RETURN;
        }
    }
    return THEN_WAIT;
}

static unsigned list_of(struct worker *worker, struct sim_event **list)
{
    struct stage *stage = worker->stage;
    unsigned w = worker->number, next = (w + 1) % WORKERS;

    list[0] = &stage->events[w];
    list[1] = sim_signal_event(&stage->signals[next], SIM_CHANGED);
    return 2;
}

static void worker_method(void *module)
{
    struct worker *worker = module;
    struct sim *sim = worker->stage->sim;
    struct sim_event *list[2];
    struct work_plan plan;
    unsigned count = list_of(worker, list);

    if (work(worker) != THEN_WAIT)
        return;
    plan = work_wait(&worker->stage->controls, worker->number, sim_now(sim));
    switch (plan.kind) {
    case FOR_STATIC:
        break;
    case FOR_DELAY:
        sim_next_trigger_after(sim, plan.delay);
        break;
    case FOR_EVENT:
        sim_next_trigger_event(sim, list[0]);
        break;
    default:
        sim_next_trigger_list(sim, plan.kind == FOR_ANY ? SIM_ANY : SIM_ALL,
                              list, count, plan.timed ? plan.delay : SIM_NEVER);
    }
}

static void wait_for_work(struct worker *worker)
{
    struct sim *sim = worker->stage->sim;
    struct work_plan plan =
        work_wait(&worker->stage->controls, worker->number, sim_now(sim));
    struct sim_event *list[2];
    unsigned count = list_of(worker, list);

    switch (plan.kind) {
    case FOR_STATIC:
        sim_wait(sim);
        break;
    case FOR_DELAY:
        sim_wait_for(sim, plan.delay);
        break;
    case FOR_EVENT:
        sim_wait_event(sim, list[0]);
        break;
    default:
        sim_wait_list(sim, plan.kind == FOR_ANY ? SIM_ANY : SIM_ALL, list,
                      count, plan.timed ? plan.delay : SIM_NEVER);
    }
}

static void worker_thread(void *module)
{
    struct worker *worker = module;
    struct sim *sim = worker->stage->sim;
    enum then then = THEN_WORK;

    while (then != THEN_RETURN) {
        then = work(worker);
        if (then == THEN_WAIT)
            wait_for_work(worker);
        if (sim_leaving(sim) == SIM_KILLED || sim_leaving(sim) == SIM_RESET)
            return;
    }
}

static void spawn(struct stage *stage, unsigned w, bool initialize)
{
    struct worker *worker = calloc(1, sizeof *worker);
    unsigned next = (w + 1) % WORKERS;

    if (stage->workers[w] != NULL) {
        sim_process_release(&stage->workers[w]->process);
        free(stage->workers[w]);
    }
    stage->workers[w] = worker;
    worker->stage = stage;
    worker->number = w;
    if (worker_is_thread(w))
        sim_thread_init(&worker->process, stage->sim, NULL, worker_thread,
                        worker);
    else
        sim_method_init(&worker->process, stage->sim, NULL, worker_method,
                        worker);
    if (w % 4 == 3) /* others are told to leave */
        worker->process.cleanup = sim_drop_stack;
    sim_sensitive(&worker->process, &stage->events[w]);
    sim_sensitive(&worker->process,
                  sim_signal_event(&stage->signals[next], SIM_POSEDGE));
    if (worker_has_clock(&stage->controls, w))
        sim_sensitive(&worker->process, &stage->clock.posedge);
    if (w == WORKER_RESET)
        sim_reset_by(&worker->process, &stage->signals[RESET_SIGNAL], true,
                     SIM_ASYNCHRONOUS);
    if (w == WORKER_HELD)
        sim_reset_by(&worker->process, &stage->signals[HELD_SIGNAL], true,
                     SIM_SYNCHRONOUS);
    stage->controls.suspended[w] = false;
    if (!initialize)
        sim_dont_initialize(&worker->process);
}

static void control(struct stage *stage, unsigned who)
{
    struct control_step step = control_next(&stage->controls, who);
    struct sim_process *process = &stage->workers[step.worker]->process;
    bool outside = sim_current(stage->sim) == NULL;

    if (step.control == CONTROL_SPAWN) {
        if (!sim_has_ended(process) || outside)
            return;
        spawn(stage, step.worker, step.initialize);
        stage->calls[step.control]++;
        return;
    }
    if (step.control == CONTROL_NOTIFY) {
        sim_notify(&stage->events[step.worker]);
        stage->calls[step.control]++;
        return;
    }
    if (step.control == CONTROL_PAUSE) {
        sim_pause(stage->sim);
        stage->calls[step.control]++;
        return;
    }
    if (step.control == CONTROL_STOP) {
        sim_stop(stage->sim, SIM_STOP_FINISH_DELTA);
        stage->stopped = true;
        stage->calls[step.control]++;
        return;
    }
    if (sim_has_ended(process) || !stage->workers[step.worker]->begun ||
        (outside &&
         (step.control == CONTROL_RESET || step.control == CONTROL_KILL ||
          step.control >= CONTROL_THROW)) ||
        (step.control > CONTROL_THROW &&
         stage->controls.suspended[step.worker]))
        return;
    stage->calls[step.control]++;
    switch (step.control) {
    case CONTROL_SUSPEND:
        stage->controls.suspended[step.worker] |=
            may_be_suspended(stage->workers[step.worker]);
        sim_suspend(process);
        break;
    case CONTROL_RESUME:
        stage->controls.suspended[step.worker] = false;
        sim_resume(process);
        break;
    case CONTROL_DISABLE:
        sim_disable(process);
        break;
    case CONTROL_ENABLE:
        sim_enable(process);
        break;
    case CONTROL_RESET:
        sim_reset(process);
        break;
    case CONTROL_THROW:
        sim_throw(process, stage);
        break;
    case CONTROL_HOLD:
        stage->workers[step.worker]->held = true;
        sim_sync_reset_on(process);
        break;
    case CONTROL_LET_OFF:
        stage->workers[step.worker]->held = false;
        sim_sync_reset_off(process);
        break;
    default:
        sim_kill(process);
    }
    sim_catch(stage->sim);
}

/* Controls, and tells how long to wait for the next turn. */
static sim_time controller_turn(struct worker *controller, bool first)
{
    struct stage *stage = controller->stage;
    unsigned who = WORKERS + controller->number;
    uint64_t steps;

    if (first)
        return SLOT * (controller->number + 1);
    write_line(stage, who);
    steps = 1 + controls_draw(&stage->controls, who) % 4;
    while (steps-- > 0)
        control(stage, who);
    return CONTROLLERS * SLOT;
}

static void controller_thread(void *module)
{
    struct worker *controller = module;
    struct sim *sim = controller->stage->sim;

    bool first = true;

    while (sim_wait_for(sim, controller_turn(controller, first)))
        first = false;
}

static void controller_method(void *module)
{
    struct worker *controller = module;
    struct sim *sim = controller->stage->sim;

    sim_next_trigger_after(sim, controller_turn(controller, sim_now(sim) == 0));
}

static void make(struct stage *stage)
{
    struct sim *sim = stage->sim;

    if (stage->controls.has_clock)
        sim_clock_init(&stage->clock, sim, NULL, CLOCK);
    for (unsigned w = 0; w < WORKERS; w++) {
        sim_event_init(&stage->events[w], sim, NULL);
        sim_signal_init(&stage->signals[w], sim, NULL, 0);
        sim_signal_set_kinds(&stage->signals[w],
                             SIM_MANY_WRITERS |
                                 (worker_has_buffer(w) ? SIM_BUFFER : 0));
    }
    for (unsigned w = 0; w < WORKERS; w++)
        spawn(stage, w, true);
    for (unsigned c = 0; c < CONTROLLERS; c++) {
        struct worker *controller = &stage->controllers[c];

        controller->stage = stage;
        controller->number = c;
        if (c % 2 == 0)
            sim_thread_init(&controller->process, sim, NULL, controller_thread,
                            controller);
        else
            sim_method_init(&controller->process, sim, NULL, controller_method,
                            controller);
    }
}

static void drive(struct stage *stage, size_t lines)
{
    while (stage->lines_count < lines && !stage->stopped) {
        struct run_step step = run_next(&stage->controls);

        /* Two that write to one signal in a delta are an error in both
         * kernels, and the end of the programme. */
        if (sim_run_for(stage->sim, step.duration,
                        step.stay ? SIM_TIME_STAYS : SIM_TIME_GOES_ON) ==
            SIM_FAILED)
            return;
        stage->ends = room(stage->ends, stage->ends_count, &stage->ends_size,
                           sizeof *stage->ends);
        stage->ends[stage->ends_count++] = sim_now(stage->sim);
        if (step.acts && !stage->stopped && sim_now(stage->sim) % SLOT != 0)
            control(stage, DRIVER);
    }
}

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left, *b = right;

    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->who < b->who ? -1 : a->who > b->who;
}

/* Runs a programme; in an order drawn from `shuffle`, unless that is 0. */
static struct stage *play(uint64_t seed, size_t lines, uint64_t shuffle)
{
    struct stage *stage = calloc(1, sizeof *stage);

    controls_init(&stage->controls, seed);
    stage->sim = sim_new();
    sim_reports(stage->sim)->actions[SIM_WARNING] = 0;
    sim_reports(stage->sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_order_shuffle(stage->sim, shuffle);
    make(stage);
    drive(stage, lines);
    qsort(stage->lines, stage->lines_count, sizeof *stage->lines,
          compare_lines);
    sim_free(stage->sim);
    return stage;
}

static bool are_same(const struct stage *a, const struct stage *b)
{
    return a->lines_count == b->lines_count && a->ends_count == b->ends_count &&
           memcmp(a->lines, b->lines, a->lines_count * sizeof *a->lines) == 0 &&
           memcmp(a->ends, b->ends, a->ends_count * sizeof *a->ends) == 0;
}

static void stage_free(struct stage *stage)
{
    for (unsigned w = 0; w < WORKERS; w++)
        free(stage->workers[w]);
    free(stage->lines);
    free(stage->ends);
    free(stage);
}

static void print(const struct stage *stage)
{
    static const char *const names[CONTROLS] = {
        "suspend", "resume", "disable", "enable", "reset",   "kill", "spawn",
        "notify",  "pause",  "throw",   "hold",   "let-off", "stop"
    };

    for (size_t i = 0; i < stage->lines_count; i++)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", stage->lines[i].time,
               stage->lines[i].rank, stage->lines[i].who);
    for (size_t i = 0; i < stage->ends_count; i++)
        printf("now %" PRIu64 "\n", stage->ends[i]);
    for (unsigned c = 0; c < CONTROLS; c++)
        fprintf(stderr, "%s %lu\n", names[c], stage->calls[c]);
}

int main(int argc, char **argv)
{
    uint64_t seed, shuffles;
    size_t lines;
    struct stage *stage;
    int status = 0;

    if (argc != 4)
        return 64;
    seed = strtoull(argv[1], NULL, 10);
    lines = strtoull(argv[2], NULL, 10);
    shuffles = strtoull(argv[3], NULL, 10);
    stage = play(seed, lines, 0);
    print(stage);
    for (uint64_t shuffle = 1; shuffle <= shuffles && status == 0; shuffle++) {
        struct stage *other = play(seed, lines, shuffle);

        status = are_same(stage, other) ? 0 : 3;
        stage_free(other);
    }
    stage_free(stage);
    return status;
}
