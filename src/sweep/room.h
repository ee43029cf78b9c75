/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sweep/experiment.h"

/* What replays of an experiment's points take, about: told before the work. */

/* Bytes by which so many replayed layers let the results file grow. */
double room_results(double layers);

/* Bytes that one worker holds at once while it replays a point; pages of the
 * traces' files, which the system may let go, do not count. */
double room_worker(const struct experiment *experiment);
