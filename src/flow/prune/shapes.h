/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/model.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"

/*
 * Refuses a plan whose layers are not those of a model, or of a trace, by name,
 * order and shape.  -1 and `err` (ERROR_DATA) with one sentence.
 */
int shapes_check_model(const struct plan *plan, const struct model *model,
                       struct error *err);
int shapes_check_trace(const struct plan *plan,
                       const struct recorded_trace *trace, struct error *err);
