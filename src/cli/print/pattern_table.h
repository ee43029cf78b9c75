/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "cli/print/table.h"
#include "trace/plan.h"

/*
 * Patterns of some plans of one model, a column a decoder block: one row a plan
 * that has one pattern in each block, else one row a kind of layer.
 */
void pattern_table(enum table_format format, const struct plan *plans,
                   size_t count);
