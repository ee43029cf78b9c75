/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/inference.h"

/*
 * An inference in both ways: `result` gets the fast one's, once the slow one
 * has come to the same clocks of each step and operator, bytes and counts.
 * -1 and `err`: as inference_run(); ERROR_INTERNAL names what differs.
 */
int infer_both_ways(struct inference_result *result,
                    const struct inference_asked *asked, struct error *err);
