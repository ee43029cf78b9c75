/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A replay's window as a waveform: what was watched is sorted by clock and
 * played by one process of a small simulation of its own, whose waveform the
 * kernel writes.  So the file's format is the kernel's business alone.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/process.h"
#include "kernel/vcd.h"
#include "replay/window.h"

/*
 * A simulation of its own plays the recorded changes at their times into plain
 * variables, and the kernel dumps those.
 */
struct change {
    uint64_t clock;
    uint32_t variable;
    bool begins; /* what ends in a clock is shown before what begins in it */
    uint64_t value;
};

enum unit_field { BUSY, WAVE, TOKEN, PASS, WHY, BYTES, UNIT_FIELDS };

static const struct {
    const char *name;
    unsigned width;
} unit_fields[UNIT_FIELDS] = {
    { "busy", 1 },  { "wave", 32 }, { "token", 32 },
    { "pass", 32 }, { "why", 3 },   { "bytes", 64 }
};

/* Which of them say something of a unit, a bit each. */
static const unsigned unit_shows[WATCH_UNITS] = {
    [WATCH_DRAM] = 1 << BUSY | 1 << BYTES,
    [WATCH_LOAD] = 1 << BUSY | 1 << WAVE,
    [WATCH_READ] = 1 << BUSY | 1 << WAVE | 1 << TOKEN,
    [WATCH_WAIT] = 1 << BUSY | 1 << WHY,
    [WATCH_ENTRY] = 1 << BUSY | 1 << WAVE | 1 << TOKEN | 1 << PASS,
    [WATCH_OUTPUT] = 1 << BUSY | 1 << WAVE | 1 << TOKEN | 1 << PASS,
};

static const char *const stage_names[STAGES] = { "tree", "pass", "buffered",
                                                 "merged" };

enum { MAX_COLUMNS = 64 };

struct player {
    const struct window *window;
    struct sim *sim;
    struct sim_process process;
    struct sim_clock clock;
    uint64_t *variable;
    uint32_t columns; /* of a team whose sums are shown */
    struct change *change;
    size_t changes, room, next;
};

/* Variables: the units' fields, then of each macro how many sub-macros are
 * added for an output, a bit a stage and its columns' sums, team by team. */
static uint32_t unit_variable(enum watch_unit unit, enum unit_field field)
{
    return (uint32_t)unit * UNIT_FIELDS + (uint32_t)field;
}

static uint32_t macro_variable(const struct player *player, uint32_t macro)
{
    return WATCH_UNITS * UNIT_FIELDS +
           macro *
               (1 + STAGES + player->window->mapping.teams * player->columns);
}

static void window_vcd_add(struct player *player, uint64_t clock,
                           uint32_t variable, bool begins, uint64_t value)
{
    player->change = memory_grow(player->change, &player->room,
                                 player->changes + 1, sizeof *player->change);
    player->change[player->changes++] =
        (struct change){ clock, variable, begins, value };
}

static void window_vcd_add_span(struct player *player,
                                const struct watch_span *span)
{
    const uint64_t value[UNIT_FIELDS] = {
        [BUSY] = 1,          [WAVE] = span->wave,    [TOKEN] = span->token,
        [PASS] = span->pass, [WHY] = span->category, [BYTES] = span->count,
    };
    uint64_t from = player->window->from;

    for (int field = 0; field < UNIT_FIELDS; field++)
        window_vcd_add(player, max(span->start, from),
                       unit_variable(span->unit, (enum unit_field)field), true,
                       value[field]);
    window_vcd_add(player, span->end, unit_variable(span->unit, BUSY), false,
                   0);
}

static void window_vcd_add_sums(struct player *player,
                                const struct window_sums *sums)
{
    uint32_t valid =
        macro_variable(player, sums->macro) + 1 + (uint32_t)sums->stage;
    uint32_t first = macro_variable(player, sums->macro) + 1 + STAGES,
             wide = (uint32_t)player->window->machine->macro.columns;

    window_vcd_add(player, sums->clock, valid, true, 1);
    window_vcd_add(player, sums->clock + 1, valid, false, 0);
    for (uint32_t i = 0; sums->value && i < sums->columns; i++) {
        uint32_t c = sums->first + i;

        if (c % wide < player->columns &&
            window_serves(player->window, sums, c))
            window_vcd_add(player, sums->clock,
                           first + c / wide * player->columns + c % wide, true,
                           (uint32_t)sums->value[i]);
    }
}

static int compare_changes(const void *a, const void *b)
{
    const struct change *left = a, *right = b;

    if (left->clock != right->clock)
        return left->clock < right->clock ? -1 : 1;
    return (int)left->begins - (int)right->begins;
}

static void play(void *module)
{
    struct player *player = module;
    sim_time now = sim_now(player->sim), period = player->clock.period;

    while (player->next < player->changes &&
           player->change[player->next].clock * period <= now) {
        const struct change *change = &player->change[player->next++];

        player->variable[change->variable] = change->value;
    }
    if (player->next < player->changes)
        sim_next_trigger_after(
            player->sim, player->change[player->next].clock * period - now);
}

static void name_macro(const struct player *player, struct sim_vcd *vcd,
                       uint32_t macro)
{
    const uint64_t *at = &player->variable[macro_variable(player, macro)];
    uint32_t teams = player->window->mapping.teams;
    char name[96], team[32] = "";

    snprintf(name, sizeof name, "macro%u.sub_macros_added", macro);
    sim_vcd_value(vcd, at++, name, 32);
    for (int stage = 0; stage < STAGES; stage++) {
        snprintf(name, sizeof name, "macro%u.%s_valid", macro,
                 stage_names[stage]);
        sim_vcd_value(vcd, at++, name, 1);
    }
    for (uint32_t i = 0; i < teams * player->columns; i++) {
        if (teams > 1)
            snprintf(team, sizeof team, "team%u.", i / player->columns);
        snprintf(name, sizeof name, "macro%u.%ssum_%u", macro, team,
                 i % player->columns);
        sim_vcd_value(vcd, at++, name, 32);
    }
}

static void name_variables(const struct player *player, struct sim_vcd *vcd)
{
    char name[96];

    for (int unit = 0; unit < WATCH_UNITS; unit++) {
        for (int field = 0; field < UNIT_FIELDS; field++) {
            if (!(unit_shows[unit] & 1u << field))
                continue;
            snprintf(name, sizeof name, "%s.%s", window_unit_names[unit],
                     unit_fields[field].name);
            sim_vcd_value(vcd,
                          &player->variable[unit_variable(
                              (enum watch_unit)unit, (enum unit_field)field)],
                          name, unit_fields[field].width);
        }
    }
    for (uint32_t m = 0; m < player->window->machine->macros; m++)
        name_macro(player, vcd, m);
}

static void player_init(struct player *player, const struct window *window)
{
    const struct machine *machine = window->machine;
    uint32_t columns = (uint32_t)machine->macro.columns;

    *player = (struct player){ .window = window, .sim = sim_new() };
    if (!player->sim)
        memory_exhausted(sizeof *player);
    player->columns = (uint32_t)min(columns, MAX_COLUMNS);
    player->variable = memory_new(
        macro_variable(player, (uint32_t)machine->macros), sizeof(uint64_t));
    for (uint32_t m = 0; m < machine->macros; m++)
        player->variable[macro_variable(player, m)] = window->mapping.lanes;
    for (size_t i = 0; i < window->spans; i++)
        window_vcd_add_span(player, &window->span[i]);
    for (size_t i = 0; i < window->sums_count; i++)
        window_vcd_add_sums(player, &window->sums[i]);
    if (player->changes > 0)
        qsort(player->change, player->changes, sizeof *player->change,
              compare_changes);
    sim_clock_init(&player->clock, player->sim, "clock",
                   (sim_time)llround(1e6 / machine->clock));
    sim_clock_set_shape(&player->clock, 0.5,
                        window->from * player->clock.period, SIM_RISES_FIRST);
    sim_method_init(&player->process, player->sim, "play", play, player);
}

static int play_into(const struct window *window, const char *path,
                     struct error *err)
{
    struct player player;
    struct sim_vcd *vcd;
    int status = 0;

    player_init(&player, window);
    errno = 0;
    vcd = sim_vcd_open(player.sim, path, SIM_VCD_TIMES);
    if (vcd) {
        sim_vcd_clock(vcd, &player.clock, "clock");
        name_variables(&player, vcd);
        sim_run_until(player.sim, window->to * player.clock.period);
        status = sim_vcd_close(vcd);
    }
    if (!vcd || status < 0)
        status = error_set(err, ERROR_DISK, "%s: %s", path, strerror(errno));
    sim_free(player.sim);
    free(player.variable);
    free(player.change);
    return status;
}

/* A waveform viewer may read from a FIFO while it is written; a file appears
 * whole. */
int window_write_vcd(const struct window *window, const char *path,
                     struct error *err)
{
    struct file_out out;

    if (file_is_stream(path))
        return play_into(window, path, err);
    if (file_create(&out, path, err) < 0)
        return -1;
    if (play_into(window, out.temporary, err) < 0) {
        file_abandon(&out);
        return -1;
    }
    return file_commit(&out, err);
}
