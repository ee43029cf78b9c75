/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "flow/select/method.h"

/*
 * One layer pruned for a trial, as measured costs prune it: masked by the
 * selection's score; or, if the selection is aware of updates, refitted to the
 * inputs of the dense model (with SparseGPT's masks), whatever the final update
 * will be.  What the layers of one input share is made once.
 */
struct tried_layer {
    const struct selection *selection; /* borrowed */
    unsigned workers;                  /* as for parallel_for() */
    size_t input;            /* the layer whose input the updater is of */
    struct updater *updater; /* NULL: none yet */
    double *gram;
};

/* weights [O][K] of `layer`, dense; the pattern is not.  -1 and `err`
 * (ERROR_DATA) if the input's Hessian cannot be worked with. */
int tried_layer_prune(struct tried_layer *tried, float *weights, size_t layer,
                      struct pattern pattern, struct error *err);
void tried_layer_release(struct tried_layer *tried);

/* What such costs are of, with the name of what is measured; free() it. */
char *tried_layer_measure(const struct selection *selection, const char *name);
