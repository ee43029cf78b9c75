/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tests/kernel/programme.h"

/* One activation. */
struct step {
    uint64_t time;
    uint64_t delta;
    uint64_t process;
};

/* The first `count` activations of a programme on the kernel. */
void programme_on_kernel(uint64_t seed, bool ordered, struct step *steps,
                         uint64_t count);
