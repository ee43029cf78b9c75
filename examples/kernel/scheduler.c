/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scheduler spawns tasks as time goes by and gives each a slice in turn: all
 * but one are suspended.  A task that has had four slices is killed; it cleans
 * up before it goes.
 */
#include <kernel/process.h>
#include <stdio.h>

#define TASKS 3

struct task {
    struct sim *sim;
    struct sim_process process;
    int number, steps, slices;
};

struct scheduler {
    struct sim *sim;
    struct sim_process process;
    struct task tasks[TASKS];
    int spawned;
};

static int now(const struct sim *sim)
{
    return (int)(sim_now(sim) / SIM_NS);
}

static void task_run(void *module)
{
    struct task *task = module;

    for (int step = 0; step < task->steps; step++) {
        printf("%d ns: task %d, step %d\n", now(task->sim), task->number, step);
        if (!sim_wait_for(task->sim, 4 * SIM_NS)) {
            printf("%d ns: task %d cleans up\n", now(task->sim), task->number);
            return;
        }
    }
    printf("%d ns: task %d is done\n", now(task->sim), task->number);
}

static void spawn(struct scheduler *scheduler)
{
    static const int steps[TASKS] = { 5, 100, 3 };
    int number = scheduler->spawned++;
    struct task *task = &scheduler->tasks[number];

    *task = (struct task){ .sim = scheduler->sim,
                           .number = number,
                           .steps = steps[number] };
    printf("%d ns: spawns task %d\n", now(scheduler->sim), number);
    sim_thread_init(&task->process, scheduler->sim, NULL, task_run, task);
    sim_suspend(&task->process); /* runs in its first slice */
}

static void scheduler_run(void *module)
{
    struct scheduler *scheduler = module;
    struct sim *sim = scheduler->sim;

    for (int turn = 0; turn < 14; turn++) {
        struct task *task = NULL;

        if (turn % 2 == 0 && scheduler->spawned < TASKS)
            spawn(scheduler);
        for (int i = 0; i < scheduler->spawned && task == NULL; i++) {
            task = &scheduler->tasks[(turn + i) % scheduler->spawned];
            if (sim_has_ended(&task->process))
                task = NULL;
        }
        if (task == NULL)
            break;
        sim_resume(&task->process);
        if (!sim_wait_for(sim, 10 * SIM_NS))
            return;
        if (sim_has_ended(&task->process))
            continue;
        if (++task->slices == 4) {
            printf("%d ns: kills task %d\n", now(sim), task->number);
            sim_kill(&task->process);
        } else {
            sim_suspend(&task->process);
        }
    }
    printf("%d ns: nothing is left\n", now(sim));
}

int main(void)
{
    struct scheduler scheduler = { .sim = sim_new() };

    sim_thread_init(&scheduler.process, scheduler.sim, "scheduler",
                    scheduler_run, &scheduler);
    sim_run(scheduler.sim);
    sim_free(scheduler.sim);
    return 0;
}
