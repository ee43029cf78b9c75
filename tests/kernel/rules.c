/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/kernel/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sim_process *next_process(struct world *w)
{
    return &w->processes[w->used++];
}

struct sim_process *thread_of(struct world *w, sim_function function)
{
    struct sim_process *process = next_process(w);

    sim_thread_init(process, w->sim, NULL, function, w);
    if (w->drops)
        process->cleanup = sim_drop_stack;
    return process;
}

struct sim_process *method_at_start(struct world *w, sim_function function)
{
    struct sim_process *process = next_process(w);

    sim_method_init(process, w->sim, NULL, function, w);
    return process;
}

struct sim_process *method_on(struct world *w, sim_function function,
                              struct sim_event *event)
{
    struct sim_process *process = method_at_start(w, function);

    sim_sensitive(process, event);
    sim_dont_initialize(process);
    return process;
}

static void add_time(void *module)
{
    add(module, "%llu", now_of(module));
}

void log_times(struct world *w, struct sim_event *event)
{
    method_on(w, add_time, event);
}

void add(struct world *w, const char *format, ...)
{
    size_t length = strlen(w->list);
    va_list arguments;

    if (length > 0)
        w->list[length++] = ' ';
    va_start(arguments, format);
    vsnprintf(w->list + length, sizeof w->list - length, format, arguments);
    va_end(arguments);
}

void say(struct world *w, const char *format, ...)
{
    va_list arguments;

    printf("%s ", w->tag);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void answer(struct world *w, const char *what)
{
    say(w, "%s: %s", what, w->list[0] == '\0' ? "(none)" : w->list);
    w->list[0] = '\0';
}

void add_error(struct world *w)
{
    int number = sim_catch(w->sim);

    if (number == 0)
        add(w, "none");
    else
        add(w, "error %d", number);
}

void run_for(struct world *w, sim_time time)
{
    sim_run_for(w->sim, time, SIM_TIME_GOES_ON);
}

uint64_t deltas_since(struct world *w)
{
    return sim_delta_count(w->sim) - w->delta;
}

unsigned long long now_of(struct world *w)
{
    return sim_now(w->sim);
}

static void ask(const struct rule *rule, bool drops)
{
    struct world *w = calloc(1, sizeof *w);

    w->tag = rule->name;
    w->drops = drops;
    w->sim = sim_new();
    sim_reports(w->sim)->actions[SIM_INFO] = 0;
    sim_reports(w->sim)->actions[SIM_WARNING] = 0;
    sim_reports(w->sim)->actions[SIM_ERROR] = SIM_FAIL;
    sim_event_init(&w->e, w->sim, "e");
    sim_event_init(&w->f, w->sim, "f");
    sim_signal_init(&w->s, w->sim, "s", 0);
    sim_signal_init(&w->v, w->sim, "v", 0);
    rule->ask(w);
    sim_free(w->sim);
    free(w);
}

/* Prints the answers in the order of the rules' numbers; with an argument of
 * threads that are not told to leave. */
int main(int argc, char **argv)
{
    const struct rule *const lists[] = { event_rules,   channel_rules,
                                         process_rules, sim_rules,
                                         control_rules, start_rules,
                                         reset_rules,   port_rules };

    (void)argv;
    for (int n = 1; n <= 87; n++) {
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
            for (const struct rule *rule = lists[i]; rule->name; rule++) {
                if (atoi(rule->name + 1) == n)
                    ask(rule, argc > 1);
            }
        }
    }
    return 0;
}
