/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "flow/prune/hessian.h"

/*
 * Refit: the kept weights V of a layer whose mask M is settled, by least
 * squares,
 *
 *     minimise tr (V - W) H (V - W)^T    with V = 0 where M is 0
 *
 * by conjugate gradients from where V stands, preconditioned with the diagonal
 * of H; every output is a problem of its own.
 */
struct refit {
    const struct hessian *hessian;
    const float *dense;  /* W [O][K] */
    const uint8_t *mask; /* M [O][K] */
    uint32_t outputs;    /* O */
    unsigned steps;      /* 0: 15 */
    unsigned workers;    /* as for parallel_for() */
};

/* weights [O][K]: V, from its start to its end. */
void refit_run(const struct refit *refit, float *weights);
