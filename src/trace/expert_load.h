/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/*
 * How many of `routed` assignments of tokens to experts each expert gets, into
 * share[experts]: in proportion to how many it got before (weight), in whole
 * numbers, the largest remainders rounded up and the first of equal ones.  As
 * many each if the weights are fewer together than there are experts: so few
 * tokens do not tell a load.
 */
void expert_load(uint64_t *share, const uint32_t *weight, uint32_t experts,
                 uint64_t routed);
