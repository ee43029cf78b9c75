/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "workflow/pipeline.h"

/*
 * What a pipeline's plans say to whoever wants one of them, in sentences, a
 * line each after an empty one (the question `advice`): which has the lowest
 * perplexity and by how much, how far draws move it, what new values for kept
 * weights buy, and which patterns ran as others.  -1 and `err` as query_run()
 * has them.
 */
int advice_print(const struct pipeline *pipeline, struct error *err);

/* The same as a list of texts in JSON. */
int advice_print_json(const struct pipeline *pipeline, struct error *err);
