/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "trace/operators.h"

/* One part of a model: its operators in order. */
struct operator_table {
    const struct operator_row *row;
    size_t rows;
};

extern const struct operator_table operators_start;
extern const struct operator_table operators_attention;
extern const struct operator_table operators_mamba;
extern const struct operator_table operators_mamba2;
extern const struct operator_table operators_feed;
extern const struct operator_table operators_experts;
extern const struct operator_table operators_finish;
