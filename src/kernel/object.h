/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/sim.h"

/*
 * Names: each process, event and channel made between sim_enter() and
 * sim_leave() belongs to that scope, or else to the process that makes it, and
 * its full name is the scopes' and its own, joined by dots.  A name that is
 * taken gets "_0", "_1", ... and warning 505; a dot or white space in a name
 * becomes "_", which is warning 506; names are copied.  What has the name NULL
 * or "" is called by its number, such as "object_17", and cannot be looked up.
 */
enum sim_kind {
    SIM_KIND_NONE, /* it was released */
    SIM_KIND_SCOPE,
    SIM_KIND_EVENT,
    SIM_KIND_METHOD,
    SIM_KIND_THREAD,
    SIM_KIND_SIGNAL,
    SIM_KIND_FIFO,
    SIM_KIND_CLOCK,
    SIM_KIND_PORT,
    SIM_KIND_EXPORT,
    SIM_KIND_VALUE,   /* see value.h */
    SIM_KIND_OWN = 64 /* from here on a model's own: see sim_object_new() */
};

void sim_enter(struct sim *sim, const char *name);
void sim_leave(struct sim *sim);

/*
 * Objects are numbered from 0 in the order in which they were made; `id` fields
 * are these numbers; after the last comes NULL.  The number of an object that
 * was released goes to the next one that is made.  What is given holds until
 * another object is made, but a name as long as its object.
 */
struct sim_object {
    void *object;     /* NULL: a scope, or none any more */
    const char *name; /* the kernel's: sim_object_name() gives it */
    uint32_t parent;  /* the scope or process, or SIM_OBJECT_NONE */
    enum sim_kind kind;
};

#define SIM_OBJECT_NONE UINT32_MAX
const struct sim_object *sim_object(const struct sim *sim, uint32_t id);
const char *sim_object_name(const struct sim *sim, uint32_t id);

/* The object of a full name, or SIM_OBJECT_NONE. */
uint32_t sim_find(const struct sim *sim, const char *name);

#include "kernel/port.h"
