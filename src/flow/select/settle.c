/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/settle.h"

#include <math.h>

#include "base/arithmetic.h"
#include "flow/select/sensitivity.h"
#include "trace/json_object.h"

enum { MOST_ROWS = 32, QUARTER = 4 };

static const double shares[] = { 0, 0.5, 1 };
enum { SHARES = sizeof shares / sizeof *shares };

/* Rows first .. first + rows - 1 of the selection's; ids are borrowed. */
static struct model_tokens slice(const struct selection *selection,
                                 size_t first, size_t rows)
{
    struct model_tokens some = *selection->tokens;

    some.ids += first * some.length;
    some.first += first;
    some.rows = rows;
    return some;
}

int settle_propagate(struct plan *plan, const struct selection *selection,
                     struct error *err)
{
    size_t rows = selection->tokens->rows;
    size_t aside = rows < QUARTER ? 1 : min(rows / QUARTER, (size_t)MOST_ROWS);
    struct model_tokens calibration, judge;
    struct selection judging = *selection;
    json_t *seen = json_array();
    double least = INFINITY, best = 0;
    int status = 0;

    json_object_set_new(plan->parameters, "propagate", seen);
    if (rows < 2)
        return error_set(err, ERROR_DATA,
                         "a share to propagate is found on two calibration "
                         "rows at the least");
    calibration = slice(selection, 0, rows - aside);
    judge = slice(selection, rows - aside, aside);
    judging.tokens = &judge;
    judging.samples = aside;
    for (size_t s = 0; status == 0 && s < SHARES; s++) {
        double divergence = INFINITY;

        plan->propagate = shares[s];
        status =
            sensitivity_of_plan(&divergence, plan, &judging, &calibration, err);
        json_array_append_new(
            seen, json_pack("{sf so}", "share", shares[s], "divergence",
                            json_number_or_null(
                                isfinite(divergence) ? divergence : NAN)));
        if (divergence < least) {
            least = divergence;
            best = shares[s];
        }
    }
    plan->propagate = best;
    return status;
}
