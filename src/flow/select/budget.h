/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "trace/pattern.h"
#include "trace/plan.h"

/*
 * A budget other than a sparsity: what each layer needs with each pattern, and
 * what all may need together.  How the numbers came about is not known here:
 * they may be bytes, or a machine's clocks or energy.
 */
struct budget {
    const char *unit; /* "bytes", "cycles" */
    const char *of;   /* of what: "flexcim, 512 tokens"; NULL: goes without */
    uint64_t limit;
    double gap; /* a plan whose cost is proven to be over the least by at most
                   this share of it is good enough; 0: only the best is */
    double seconds; /* that the search may take, where it is one; 0: as long as
                       programme.h says */
    const uint64_t *need; /* [layers][patterns + 1]; the last one is dense */
};

/*
 * Bytes of a layer's weights as a machine stores them: 8 bits a kept weight, 1
 * bit of metadata each, and ceil(log2(M / 2)) bits a select, one for each slot
 * and run of agreeing outputs.  Dense needs neither metadata nor selects.
 */
uint64_t budget_layer_bytes(const struct plan_layer *layer,
                            struct pattern pattern, uint32_t agreement);

/* The table of those numbers; free() it. */
uint64_t *budget_bytes(const struct plan *plan,
                       const struct pattern_list *patterns, uint32_t agreement);
