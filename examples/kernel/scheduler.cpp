// SPDX-License-Identifier: GPL-3.0-or-later
// scheduler.c in SystemC.
#define SC_INCLUDE_DYNAMIC_PROCESSES
#include <cstdio>
#include <systemc>
using namespace sc_core;

static const int TASKS = 3;

static int now()
{
    return (int)(sc_time_stamp().value() / 1000);
}

static void task_run(int number, int steps)
{
    try {
        for (int step = 0; step < steps; step++) {
            printf("%d ns: task %d, step %d\n", now(), number, step);
            wait(4, SC_NS);
        }
        printf("%d ns: task %d is done\n", now(), number);
    } catch (const sc_unwind_exception &) {
        printf("%d ns: task %d cleans up\n", now(), number);
        throw;
    }
}

SC_MODULE(scheduler)
{
    sc_process_handle tasks[TASKS];
    int slices[TASKS] = {}, spawned = 0;

    SC_CTOR(scheduler)
    {
        SC_THREAD(run);
    }
    void spawn()
    {
        static const int steps[TASKS] = { 5, 100, 3 };
        int number = spawned++;

        printf("%d ns: spawns task %d\n", now(), number);
        tasks[number] = sc_spawn([=] { task_run(number, steps[number]); });
        tasks[number].suspend();
    }
    void run()
    {
        for (int turn = 0; turn < 14; turn++) {
            int task = -1;

            if (turn % 2 == 0 && spawned < TASKS)
                spawn();
            for (int i = 0; i < spawned && task < 0; i++) {
                task = (turn + i) % spawned;
                if (tasks[task].terminated())
                    task = -1;
            }
            if (task < 0)
                break;
            tasks[task].resume();
            wait(10, SC_NS);
            if (tasks[task].terminated())
                continue;
            if (++slices[task] == 4) {
                printf("%d ns: kills task %d\n", now(), task);
                tasks[task].kill();
            } else {
                tasks[task].suspend();
            }
        }
        printf("%d ns: nothing is left\n", now());
    }
};

int sc_main(int, char **)
{
    scheduler s("scheduler");

    sc_start();
    return 0;
}
