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
    [SIM_KIND_CLOCK] = "clock",   [SIM_KIND_OTHER] = "object"
};

/* Where (parent, name[length]) stands in the table, or would. */
static uint32_t place_of(const struct sim *sim, uint32_t parent,
                         const char *name, size_t length)
{
    const struct names *names = &sim->names;
    uint64_t hash = 0xcbf29ce484222325 ^ parent;
    uint32_t place;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3;
    place = (uint32_t)(hash ^ hash >> 32);
    for (;; place++) {
        uint32_t id = names->ids[place &= names->size - 1];
        const struct object *object;

        if (id == SIM_OBJECT_NONE)
            return place;
        object = &sim->objects[id];
        if (object->parent == parent &&
            strncmp(object->name, name, length) == 0 &&
            object->name[length] == '\0')
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
        if (old.ids[i] != SIM_OBJECT_NONE) {
            const struct object *object = &sim->objects[old.ids[i]];

            sim->names.ids[place_of(sim, object->parent, object->name,
                                    strlen(object->name))] = old.ids[i];
        }
    }
}

/* A copy of the name, or of name_1, name_2, ..., that is free in the scope. */
static const char *claim(struct sim *sim, const char *name, uint32_t id)
{
    size_t size = strlen(name) + 12;
    char *copy = kernel_alloc(sim, size, 1);
    uint32_t place;

    if (2 * (sim->names.used + 1) > sim->names.size)
        grow_names(sim);
    memcpy(copy, name, strlen(name));
    for (unsigned i = 1;; i++) {
        place = place_of(sim, sim->scope, copy, strlen(copy));
        if (sim->names.ids[place] == SIM_OBJECT_NONE)
            break;
        snprintf(copy, size, "%s_%u", name, i);
    }
    sim->names.ids[place] = id;
    sim->names.used++;
    return copy;
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
    if (name != NULL) {
        const char *taken = claim(sim, name, id);

        sim->objects[id].name = taken;
        if (strcmp(taken, name) != 0)
            sim_report(sim, SIM_WARNING, SIM_E_NAME_TAKEN,
                       "the name %s is taken; the second one is now %s", name,
                       taken);
    }
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

/* Writes from text on, within size; returns the whole length. */
static size_t write_name(const struct sim *sim, uint32_t id, char *text,
                         size_t size)
{
    const struct object *object = &sim->objects[id];
    size_t at = 0;
    int written;

    if (object->parent != SIM_OBJECT_NONE) {
        at = write_name(sim, object->parent, text, size);
        if (at < size)
            snprintf(text + at, size - at, ".");
        at++;
    }
    if (object->name != NULL)
        written = snprintf(at < size ? text + at : NULL,
                           at < size ? size - at : 0, "%s", object->name);
    else
        written =
            snprintf(at < size ? text + at : NULL, at < size ? size - at : 0,
                     "%s_%u", kind_names[object->kind], id);
    return at + (size_t)written;
}

void sim_object_name(const struct sim *sim, uint32_t id, char *text,
                     size_t size)
{
    assert(id < sim->objects_count);
    write_name(sim, id, text, size);
}

uint32_t sim_find(const struct sim *sim, const char *name)
{
    uint32_t id = SIM_OBJECT_NONE;

    if (sim->names.size == 0)
        return SIM_OBJECT_NONE;
    for (;;) {
        size_t length = strcspn(name, ".");

        id = sim->names.ids[place_of(sim, id, name, length)];
        if (id == SIM_OBJECT_NONE || name[length] == '\0')
            return id;
        name += length + 1;
    }
}
