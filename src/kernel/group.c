/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/group.h"

#include <string.h>

#include "kernel/internal.h"

static void group_update(struct sim_channel *channel)
{
    struct sim_group *group = CONTAINER(channel, struct sim_group, channel);

    memcpy(group->now, group->next, group->bytes);
}

/* All parts, of which some are rows. */
static const struct sim_group_part *
group_run_rows(const struct sim_group_part *part,
               const struct sim_group_part *end, const void *now, void *next)
{
    for (; part < end; part++) {
        if (part->member != NULL)
            part->member(part->module, now, next);
        else
            part->row(part->module, part->count, now, next);
    }
    return end;
}

static void group_run(void *module)
{
    struct sim_group *group = module;
    const void *now = group->now;
    void *next = group->next;

    for (;;) {
        const struct sim_group_part *part = group->parts;
        const struct sim_group_part *end = part + group->count;

        if (group->has_rows)
            part = group_run_rows(part, end, now, next);
        for (; part < end; part++)
            part->member(part->module, now, next);
        group->channel.sim->in_groups += group->members - 1;
        if (!clock_goes_on(&group->process))
            break;
        group_update(&group->channel);
    }
    sim_channel_request_update(&group->channel);
}

void sim_group_init(struct sim_group *group, struct sim *sim, const char *name,
                    struct sim_event *event, size_t bytes)
{
    *group = (struct sim_group){
        .bytes = bytes,
        .now = sim_alloc(sim, bytes),
        .next = sim_alloc(sim, bytes),
    };
    sim_channel_init(&group->channel, sim, group_update);
    sim_method_init(&group->process, sim, name, group_run, group);
    sim_sensitive(&group->process, event);
    sim_dont_initialize(&group->process);
}

static void group_add(struct sim_group *group, struct sim_group_part part)
{
    ROOM(group->channel.sim, group->parts, group->count, group->size);
    group->parts[group->count++] = part;
    group->members += part.count;
}

void sim_group_add(struct sim_group *group, sim_member function, void *module)
{
    group_add(group, (struct sim_group_part){
                         .member = function, .module = module, .count = 1 });
}

void sim_group_add_row(struct sim_group *group, sim_row function, void *modules,
                       uint32_t count)
{
    group->has_rows = true;
    group_add(group, (struct sim_group_part){
                         .row = function, .module = modules, .count = count });
}
