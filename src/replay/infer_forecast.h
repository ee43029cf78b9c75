/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/inference.h"

/*
 * What an inference of a trace will take, before there is one: one block of its
 * model is run, whose layers are as `asked` has them (`passed` is not called).
 * Each block of a trace has masks of its own, so that none is gone over.  All
 * 0: the machine cannot run it.
 */
struct infer_forecast {
    double seconds; /* of a processor */
    double memory;  /* bytes beside what is there */
};
void infer_forecast(struct infer_forecast *forecast,
                    const struct inference_asked *asked);
