/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FLOW_PROGRAMME_GLPK_H
#define FLOW_PROGRAMME_GLPK_H

#include <stdbool.h>
#include <stddef.h>

struct programme;

/*
 * The same programme as an integer programme, by cost alone, for sizes that
 * share no divisor.  choice[items] and a lower bound of the cost; the bound is
 * under the cost if PROGRAMME_SECONDS ran out or the gap that is allowed was
 * reached.  False if nothing was found.
 */
bool programme_glpk(const struct programme *programme, size_t *choice,
                    double *bound);

#endif
