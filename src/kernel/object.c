/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/object.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

static const char *const kind_names[] = {
    [SIM_KIND_SCOPE] = "scope",   [SIM_KIND_EVENT] = "event",
    [SIM_KIND_METHOD] = "method", [SIM_KIND_THREAD] = "thread",
    [SIM_KIND_SIGNAL] = "signal", [SIM_KIND_FIFO] = "fifo",
    [SIM_KIND_CLOCK] = "clock",   [SIM_KIND_PORT] = "port",
    [SIM_KIND_OTHER] = "object"
};

/* Where the name stands in the table, or would. */
static uint32_t place_of(const struct sim *sim, const char *name)
{
    const struct names *names = &sim->names;
    uint64_t hash = 0xcbf29ce484222325;
    uint32_t place;

    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
    for (place = (uint32_t)(hash ^ hash >> 32);; place++) {
        uint32_t id = names->ids[place &= names->size - 1];

        if (id == SIM_OBJECT_NONE || strcmp(sim->objects[id].name, name) == 0)
            return place;
    }
}

static void grow_names(struct sim *sim)
{
    struct names old = sim->names;
    uint32_t size = old.size == 0 ? 64 : 2 * old.size;

    sim->names.ids = kernel_alloc(sim, size * sizeof(uint32_t), 64);
    memset(sim->names.ids, 0xff, size * sizeof(uint32_t));
    sim->names.size = size;
    for (uint32_t i = 0; i < old.size; i++) {
        if (old.ids[i] != SIM_OBJECT_NONE)
            sim->names.ids[place_of(sim, sim->objects[old.ids[i]].name)] =
                old.ids[i];
    }
}

/* The scope's name, a dot, the name, and "_number" unless it is 0. */
static const char *full_name(const struct sim *sim, uint32_t parent,
                             const char *name, unsigned number)
{
    const char *scope =
        parent == SIM_OBJECT_NONE ? "" : sim->objects[parent].name;
    size_t size = strlen(scope) + strlen(name) + 13;
    char *full = kernel_alloc((struct sim *)sim, size, 1);
    int length = snprintf(full, size, "%s%s%s", scope,
                          scope[0] == '\0' ? "" : ".", name);

    if (number > 0)
        snprintf(full + length, size - (size_t)length, "_%u", number);
    return full;
}

/* Enters a name of this object, changed if it is taken. */
static const char *claim(struct sim *sim, const char *name, uint32_t id)
{
    const char *full = full_name(sim, sim->scope, name, 0);
    uint32_t place;

    if (2 * (sim->names.used + 1) > sim->names.size)
        grow_names(sim);
    place = place_of(sim, full);
    for (unsigned i = 1; sim->names.ids[place] != SIM_OBJECT_NONE; i++) {
        full = full_name(sim, sim->scope, name, i);
        place = place_of(sim, full);
        if (sim->names.ids[place] == SIM_OBJECT_NONE)
            sim_report(sim, SIM_WARNING, SIM_E_NAME_TAKEN,
                       "the name %s is taken; the second one is now %s", name,
                       full);
    }
    sim->names.ids[place] = id;
    sim->names.used++;
    return full;
}

uint32_t object_new(struct sim *sim, enum sim_kind kind, const char *name,
                    void *object)
{
    uint32_t id = sim->objects_count;

    assert(id < SIM_OBJECT_NONE);
    assert(name == NULL || (name[0] != '\0' && strchr(name, '.') == NULL));
    if (id == sim->objects_size) {
        uint32_t size = id < 128 ? 128 : 2 * id;

        sim->objects =
            kernel_grow(sim, sim->objects, id * sizeof(struct object),
                        size * sizeof(struct object));
        sim->objects_size = size;
    }
    sim->objects_count++;
    sim->objects[id] = (struct object){ .object = object,
                                        .name = NULL,
                                        .parent = sim->scope,
                                        .kind = (uint32_t)kind };
    if (name != NULL)
        sim->objects[id].name = claim(sim, name, id);
    return id;
}

void sim_enter(struct sim *sim, const char *name)
{
    assert(name != NULL);
    sim->scope = object_new(sim, SIM_KIND_SCOPE, name, NULL);
}

void sim_leave(struct sim *sim)
{
    assert(sim->scope != SIM_OBJECT_NONE);
    sim->scope = sim->objects[sim->scope].parent;
}

uint32_t sim_object_count(const struct sim *sim)
{
    return sim->objects_count;
}

enum sim_kind sim_object_kind(const struct sim *sim, uint32_t id)
{
    assert(id < sim->objects_count);
    return (enum sim_kind)sim->objects[id].kind;
}

void *sim_object(const struct sim *sim, uint32_t id)
{
    assert(id < sim->objects_count);
    return sim->objects[id].object;
}

uint32_t sim_object_parent(const struct sim *sim, uint32_t id)
{
    assert(id < sim->objects_count);
    return sim->objects[id].parent;
}

const char *sim_object_name(const struct sim *sim, uint32_t id)
{
    struct object *object = &sim->objects[id];

    assert(id < sim->objects_count);
    if (object->name == NULL)
        object->name =
            full_name(sim, object->parent, kind_names[object->kind], id);
    return object->name;
}

uint32_t sim_find(const struct sim *sim, const char *name)
{
    if (sim->names.size == 0)
        return SIM_OBJECT_NONE;
    return sim->names.ids[place_of(sim, name)];
}
