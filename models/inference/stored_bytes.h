/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/machine.h"

/*
 * What is kept from step to step, in the state store or in memory: keys and
 * values of state.bits, states of a state space of scan.bits.  Each transfer
 * is whole bytes.  A key is brought to attention.bits where it is multiplied.
 */
uint64_t stored_key_bytes(const struct machine *machine, uint64_t elements);
uint64_t stored_state_bytes(const struct machine *machine, uint64_t elements);
