/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hold and pingpong: events alone.
 */
#include "experiments/kernel_speed/kernel_bench.h"
#include "kernel/event.h"
#include "kernel/process.h"

struct hold {
    struct sim *sim;
    enum distribution distribution;
    uint64_t exponential[1024];
};

/* What one event touches lies in two lines of the cache. */
struct instance {
    struct sim_event event;
    struct hold *hold;
    uint64_t random, sum, count;
    struct sim_process process;
} __attribute__((aligned(64)));

static void schedule(struct instance *instance)
{
    struct hold *hold = instance->hold;
    uint64_t delay = draw_delay(hold->distribution, hold->exponential,
                                next_random(&instance->random));

    sim_notify_after(&instance->event, delay);
}

static void instance_run(void *module)
{
    struct instance *instance = module;

    instance->sum = rot5(instance->sum) + sim_now(instance->hold->sim);
    instance->count++;
    schedule(instance);
}

static void make_instances(struct hold *hold, struct instance *instances,
                           uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct instance *instance = &instances[i];

        sim_event_init(&instance->event, hold->sim, NULL);
        sim_method_init(&instance->process, hold->sim, NULL, instance_run,
                        instance);
        sim_sensitive(&instance->process, &instance->event);
        sim_dont_initialize(&instance->process);
        instance->hold = hold;
        instance->random = SEED ^ (i * STREAM);
        instance->sum = 0;
        instance->count = 0;
    }
}

void bench_hold(enum distribution distribution, uint64_t n, uint64_t m)
{
    static struct hold hold;
    uint64_t end = m * distribution_means[distribution] / n;
    uint64_t events = 0, check = 0;
    struct instance *instances;
    char parameters[64];
    double seconds;

    hold.sim = sim_new();
    hold.distribution = distribution;
    fill_exponential(hold.exponential);
    instances = sim_alloc(hold.sim, n * sizeof *instances);
    make_instances(&hold, instances, n);
    sim_run_for(hold.sim, 0, SIM_TIME_GOES_ON);
    seconds = user_seconds();
    for (uint64_t i = 0; i < n; i++)
        schedule(&instances[i]);
    sim_run_until(hold.sim, end);
    seconds = user_seconds() - seconds;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t count = instances[i].count;

        events += count;
        check += hash(instances[i].sum ^ hash(count ^ i << 40));
    }
    snprintf(parameters, sizeof parameters, "%s N=%" PRIu64 " M=%" PRIu64,
             distribution_names[distribution], n, m);
    print_row("flexcim", "hold", parameters, events, check, seconds);
    sim_free(hold.sim);
}

struct player {
    struct pingpong *game;
    struct sim_process process;
    struct sim_event event;
    struct player *other;
    uint64_t sum, number;
};

struct pingpong {
    struct sim *sim;
    enum pingpong_kind kind;
    enum pingpong_mode mode;
    uint64_t left;
    struct player players[2];
};

/* One activation; false if it was the last. */
static bool play(struct player *player)
{
    struct pingpong *game = player->game;

    player->sum = rot5(player->sum) + sim_now(game->sim) + 1 + player->number;
    if (--game->left == 0)
        return false;
    if (game->mode == DELTA)
        sim_notify_delta(&player->other->event);
    else if (game->mode == TIMED)
        sim_notify_after(&player->other->event, 1);
    else
        sim_notify(&player->other->event);
    return true;
}

static void play_once(void *module)
{
    struct player *player = module;

    if (player->game->left > 0)
        play(player);
}

static void play_on(void *module)
{
    struct player *player = module;
    struct pingpong *game = player->game;

    do {
        if (game->kind == THREAD)
            sim_wait_event(game->sim, &player->event);
        else
            sim_wait(game->sim);
    } while (play(player));
}

void bench_pingpong(enum pingpong_kind kind, enum pingpong_mode mode,
                    uint64_t m)
{
    static const char *const kinds[] = { "method", "thread", "sthread" };
    static const char *const modes[] = { "delta", "timed", "imm" };
    static struct pingpong game;
    struct player *players = game.players;
    struct sim *sim = game.sim = sim_new();
    char parameters[64];
    double seconds;

    game.kind = kind;
    game.mode = mode;
    game.left = m;
    for (unsigned i = 0; i < 2; i++) {
        players[i].game = &game;
        players[i].other = &players[1 - i];
        players[i].number = i;
        players[i].sum = 0;
        sim_event_init(&players[i].event, sim, NULL);
        if (kind == METHOD)
            sim_method_init(&players[i].process, sim, NULL, play_once,
                            &players[i]);
        else
            sim_thread_init(&players[i].process, sim, NULL, play_on,
                            &players[i]);
        if (kind != THREAD)
            sim_sensitive(&players[i].process, &players[i].event);
        if (kind == METHOD)
            sim_dont_initialize(&players[i].process);
    }
    sim_run_for(sim, 0, SIM_TIME_GOES_ON);
    seconds = user_seconds();
    sim_notify_delta(&players[0].event);
    sim_run(sim);
    seconds = user_seconds() - seconds;
    snprintf(parameters, sizeof parameters, "%s %s M=%" PRIu64, kinds[kind],
             modes[mode], m);
    print_row("flexcim", "pingpong", parameters, m - game.left,
              hash(players[0].sum) + hash(players[1].sum ^ 1), seconds);
    sim_free(sim);
}
