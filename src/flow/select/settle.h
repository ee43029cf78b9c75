/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"

/*
 * How much a finished plan is to propagate (target.h): of none, half and all
 * that share with which the whole model moves the next-token distribution least
 * on a quarter of the calibration rows, at most 32, the last ones; the plan is
 * carried out on the others for that.  The divergences go into its parameters
 * ("propagate"), as `selection` has all rows.  -1 and `err`, also (ERROR_DATA)
 * if there are under two rows.
 */
int settle_propagate(struct plan *plan, const struct selection *selection,
                     struct error *err);
