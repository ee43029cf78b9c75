/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of what a design is made of, as a tree.  A name that is taken gets a
 * number, as in SystemC; nothing is looked up while the simulation runs, so the
 * table is searched only when an object is made or asked for by name.
 */
#include "kernel/object.h"

#include <assert.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "kernel/internal.h"

/* In the tree of names. */
struct name {
    const char *full;
    uint32_t id;
};

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->full,
                  ((const struct name *)b)->full);
}

#define UNNUMBERED UINT32_MAX

/* The scope's name, a dot, the name, and "_number" unless it has none. */
static const char *full_name(const struct sim *sim, uint32_t scope,
                             const char *name, uint32_t number)
{
    const char *outer =
        scope == SIM_OBJECT_NONE ? "" : sim_object_name(sim, scope);
    const char *dot = outer[0] == '\0' ? "" : ".";
    char digits[12] = "", *full;
    size_t size;

    if (number != UNNUMBERED)
        snprintf(digits, sizeof digits, "_%u", number);
    size = strlen(outer) + strlen(dot) + strlen(name) + strlen(digits) + 1;
    full = sim_alloc((struct sim *)sim, size);
    snprintf(full, size, "%s%s%s%s", outer, dot, name, digits);
    return full;
}

/* What a name may hold: all but what full names are joined and read by. */
static const char *legal_name(struct sim *sim, const char *text)
{
    static const char illegal[] = ". \t\n\v\f\r";
    size_t length = strlen(text);
    char *legal;

    if (strpbrk(text, illegal) == NULL)
        return text;
    legal = memcpy(sim_alloc(sim, length + 1), text, length);
    for (char *at = legal; (at = strpbrk(at, illegal)) != NULL;)
        *at = '_';
    sim_report(sim, SIM_WARNING, SIM_E_ILLEGAL_NAME,
               "illegal characters: \"%s\" is now \"%s\"", text, legal);
    return legal;
}

/* Enters a name of this object, changed if it is taken. */
static const char *claim(struct sim *sim, const char *text, uint32_t id,
                         uint32_t parent)
{
    struct name *name = sim_alloc(sim, sizeof *name), **entered;
    uint32_t number = UNNUMBERED;

    name->id = id;
    text = legal_name(sim, text);
    do {
        if (name->full != NULL)
            kernel_give_back(sim, (char *)name->full, strlen(name->full) + 1);
        name->full = full_name(sim, parent, text, number++);
        entered = tsearch(name, &sim->names, compare);
    } while (entered == NULL || *entered != name);
    if (number > 0) /* the first try left 0 */
        sim_report(sim, SIM_WARNING, SIM_E_NAME_TAKEN,
                   "the name %s is taken; the second one is now %s", text,
                   name->full);
    return name->full;
}

void names_free(struct sim *sim)
{
    while (sim->names != NULL)
        tdelete(*(void **)sim->names, &sim->names, compare);
}

/* A number that nobody has. */
static uint32_t object_number(struct sim *sim)
{
    uint32_t id = sim->objects_free;

    if (id != SIM_OBJECT_NONE) {
        sim->objects_free = sim->objects[id].parent;
        return id;
    }
    id = sim->objects_count++;
    assert(id < SIM_OBJECT_NONE);
    ROOM(sim, sim->objects, id, sim->objects_size);
    return id;
}

uint32_t object_new(struct sim *sim, enum sim_kind kind, const char *name,
                    void *object)
{
    uint32_t id = object_number(sim), parent = sim->scope;

    if (parent == SIM_OBJECT_NONE && sim->current != NULL) {
        parent = sim->current->id;
        sim->current->state |= PROCESS_PARENT;
    }
    sim->objects[id] = (struct sim_object){ object, NULL, parent, kind };
    if (name != NULL && name[0] != '\0')
        sim->objects[id].name = claim(sim, name, id, parent);
    return id;
}

void object_release(struct sim *sim, uint32_t id)
{
    struct sim_object *object = &sim->objects[id];
    struct name key = { .full = object->name }, *entry, **found;

    if (object->name != NULL) {
        found = tfind(&key, &sim->names, compare);
        entry = found == NULL ? NULL : *found; /* NULL had no name of its own */
        if (entry != NULL && entry->id == id) {
            tdelete(entry, &sim->names, compare);
            kernel_give_back(sim, entry, sizeof *entry);
        }
        kernel_give_back(sim, (char *)object->name, strlen(object->name) + 1);
    }
    *object =
        (struct sim_object){ NULL, NULL, sim->objects_free, SIM_KIND_NONE };
    sim->objects_free = id;
}

void object_orphan(struct sim *sim, uint32_t id)
{
    for (uint32_t child = 0; child < sim->objects_count; child++) {
        struct sim_object *object = &sim->objects[child];

        if (object->kind != SIM_KIND_NONE && object->parent == id)
            object->parent = sim->objects[id].parent;
    }
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

const struct sim_object *sim_object(const struct sim *sim, uint32_t id)
{
    return id < sim->objects_count ? &sim->objects[id] : NULL;
}

const char *sim_object_name(const struct sim *sim, uint32_t id)
{
    struct sim_object *object = &sim->objects[id];

    assert(id < sim->objects_count);
    if (object->name == NULL)
        object->name = full_name(sim, object->parent, "object", id);
    return object->name;
}

uint32_t sim_find(const struct sim *sim, const char *name)
{
    struct name key = { .full = name }, **found;

    found = tfind(&key, &sim->names, compare);
    return found == NULL ? SIM_OBJECT_NONE : (*found)->id;
}
