/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/whole/agenda.h"

/* Where a segment begins in the agenda. */
struct agenda_segment {
    size_t first_task, first_job, first_wave, jobs_end;
};

/* Puts the entries of the next job into the channel's list; false: there is
 * nothing left to put. */
bool agenda_list(struct agenda *agenda);
