/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Scales values so that the least is 0 and the largest 1; all 0.5, and false,
 * if they are equal. */
bool minmax(double *values, size_t count);
