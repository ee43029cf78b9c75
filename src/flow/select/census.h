/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"
#include "flow/select/outliers.h"
#include "flow/select/scopes.h"

/*
 * The outliers of every scope: the model's layers are read twice, first for
 * each scope's mean score, then for what is over h times it.  One layer's
 * weights a worker are in memory at a time.
 *   outliers  [scopes], filled
 *   h         the threshold, in means
 * -1 and `err` if weights cannot be read, or are not finite (layer named).
 */
int census_take(struct outliers *outliers, const struct selection *selection,
                const struct scopes *scopes, double h, struct error *err);

/* One layer, ready for score_row(): its weights from the model and the factors
 * of its inputs.  -1 and `err` if weights cannot be read or are not finite. */
int census_read(struct scored *layer, const struct selection *selection,
                size_t number, struct error *err);
void census_release(struct scored *layer);
