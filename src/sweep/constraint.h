/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "models/machine.h"

/*
 * A condition on a machine, "select.share * select.selects <= macro.columns":
 * two products of numbers, numeric parameters and `multipliers`, compared by
 * one of < <= = != >= >.
 */
enum { CONSTRAINT_FACTORS = 8 };

struct constraint_factor {
    const struct parameter *row; /* NULL: `multipliers`, or the number */
    bool multipliers;
    double number;
};

struct constraint {
    struct constraint_factor factor[2][CONSTRAINT_FACTORS]; /* left, right */
    size_t factors[2];
    char comparison[3];
};

/* -1 and `err` (ERROR_DATA) with what is wrong in `text`. */
int constraint_parse(struct constraint *constraint, const char *text,
                     struct error *err);

bool constraint_holds(const struct constraint *constraint,
                      const struct machine *machine);
