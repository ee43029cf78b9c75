/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/station.h"

#include "kernel/object.h"
#include "models/whole/whole.h"

void station_init(struct station *station, struct whole *whole,
                  const char *name, sim_function function, void *module)
{
    *station = (struct station){ .whole = whole };
    sim_enter(whole->sim, name);
    sim_event_init(&station->wake, whole->sim, "wake");
    sim_event_init(&station->timer, whole->sim, "timer");
    sim_method_init(&station->process, whole->sim, "run", function, module);
    sim_sensitive(&station->process, &station->wake);
    sim_sensitive(&station->process, &station->timer);
    sim_leave(whole->sim);
}

bool station_has_come(struct station *station, uint64_t clock)
{
    uint64_t now = station_now(station);

    if (clock <= now)
        return true;
    if (clock != NEVER)
        sim_notify_after(&station->timer, clock - now);
    return false;
}
