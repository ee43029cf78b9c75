/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/models/reference_shape.h"

/* Adds what the second machine counts while so many tokens pass all its waves,
 * vector by vector, pass by pass and column by column. */
void second_count(const struct second_machine *second,
                  uint64_t counters[COUNTERS], uint32_t tokens);
