/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The Hessian of a linear map's squared output error over calibration tokens,
 *
 *     H = (2 / n) sum of x x^T + 0.01 mean(diag H) I        n tokens
 *
 * in which an input that is always 0 (dead) has 1 on the diagonal: its weights
 * are worth nothing and become 0.
 */
struct hessian {
    uint32_t inputs; /* K */
    double *h;       /* [K][K] */
    bool *dead;      /* [K] */
    bool in_place;   /* h is not its own */
};

/* Share of the mean diagonal that is added to the diagonal. */
extern const double hessian_dampening;

/*
 * `gram` [K][K], the sum of x x^T, becomes H before anything is added to its
 * diagonal, and dead [K] is filled in; returns the mean of the diagonal.
 */
double hessian_scale(double *gram, bool *dead, uint32_t inputs,
                     uint64_t tokens);

/* From a copy of `gram`. */
void hessian_init(struct hessian *hessian, const double *gram, uint32_t inputs,
                  uint64_t tokens);

/* The same in the place of `gram`, which is borrowed. */
void hessian_init_in_place(struct hessian *hessian, double *gram,
                           uint32_t inputs, uint64_t tokens);
void hessian_release(struct hessian *hessian); /* harmless on a zeroed one */
