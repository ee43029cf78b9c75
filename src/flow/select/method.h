/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/work.h"
#include "flow/select/budget.h"
#include "flow/prune/mask.h"
#include "flow/prune/score.h"
#include "llm/model.h"
#include "llm/tokens.h"
#include "trace/pattern.h"
#include "trace/plan.h"
#include "trace/recorded_trace.h"
#include "trace/update.h"

/* What gets one pattern: a layer, or a decoder block with all its layers. */
enum scope { SCOPE_STANDARD, SCOPE_BLOCK, SCOPE_LAYER };
extern const char *const scope_names[];

/* Whether weights take over what is lacking (target.h), and how much of it. */
enum propagate { PROPAGATE_NONE, PROPAGATE_SHARE, PROPAGATE_AUTO };

/*
 * Others who measure costs an eighth of the rows at a time (row_costs.h), each
 * leaving a file beside the trace; returns when all have.  -1 and `err`.
 */
struct row_way;
struct cost_crew {
    int (*lead)(struct cost_crew *crew, const struct row_way *way, bool aware,
                struct error *err);
};

/* What the scopes of the first and last decoder block are. */
enum scope_ends { SCOPE_ENDS_CHOSEN, SCOPE_ENDS_DENSE };

/*
 * What a selection is made from and what was asked for.  Zero (or NaN for the
 * sparsity, or an empty list) means: what the method has as its standard.
 */
struct selection {
    const struct recorded_trace *trace;
    const struct model *model; /* NULL if the method needs none */
    const struct model_tokens
        *tokens;                  /* calibration rows; NULL: it needs none */
    struct pattern_list patterns; /* that are offered */
    double sparsity; /* at least so much of the weights is pruned; NaN: as the
                        patterns make it */
    const struct budget *budget; /* instead of a sparsity; NULL: none */
    uint64_t bytes; /* instead of both: the weights need at most so many */
    enum scope scope;
    enum score score;   /* of score_formula_names */
    uint32_t agreement; /* outputs that share their selects; 0 and 1: free */
    enum update update; /* once the plan is carried out */
    enum update start;  /* of reconstruct: admm (also if none) or refit */
    struct plan_reconstruct reconstruct; /* 0 steps: as it is standard */
    enum mask_way way; /* of the masks whose costs are measured; blocks: not
                          with an update */
    bool unstructured; /* the plan's masks are: it is chosen as ever, and then
                          each output keeps its largest, wherever they stand */
    bool permute;      /* channels are ordered for the plan (permute.h); seed as
                          that of reconstruct */
    bool aware;        /* costs are those of updated layers (tried_layer.h) */
    enum propagate propagate; /* auto: by KL, on rows that are set aside */
    double share;             /* of PROPAGATE_SHARE, 0 to 1 */
    bool keep_masks; /* an update keeps the score's masks, not its own */
    bool sequential; /* masks from inputs with all layers before pruned */
    double h;        /* an outlier's score is over h times the mean */
    enum scope_ends ends;
    bool mixed;    /* scopes mix two patterns, so that no more is pruned than is
                      asked (mixed.h) */
    bool released; /* as the method's public code does it, where known */
    size_t samples; /* calibration rows that are run through the model */
    bool keep;      /* what is finished of costs, also where work is short */
    struct cost_crew *crew; /* NULL: nobody helps */
    struct work work;
};

/*
 * A way to choose the pattern of every layer.  To add one: a file
 * method_NAME.c with one of these, and its line in methods.c.
 */
struct method {
    const char *name;
    const char *summary;  /* one line, for `flexcim methods` */
    const char *patterns; /* offered unless told; NULL: it finds its own */
    enum scope scope;     /* standard; SCOPE_STANDARD: it has none */
    double h;             /* standard; 0: it has none */
    double released_h;    /* standard of its released form; 0: none */
    size_t samples;       /* standard; 0: it runs nothing */
    bool needs_model;     /* the checkpoint, to read or run its weights */
    bool takes_budget;    /* bytes, cycles ... instead of a sparsity */
    bool takes_mixed;     /* its scopes can mix two patterns */
    bool takes_aware;     /* its costs can be those of updated layers */
    bool judges;          /* it carries whole plans out, with their update */
    bool ignores_budget;  /* may prune less than asked; so may released forms */
    const struct row_way *const *ways; /* by which it measures costs, NULL
                                          behind the last; NULL: none */
    /* A way measures fewer patterns or rows than the selection has, whose
     * standards are filled in; NULL: all. */
    void (*narrow)(struct selection *selection, const struct row_way *way);

    /*
     * Fills pattern, score and reason of every layer of a plan whose layers are
     * named and shaped, the objective and its bound, and adds its parameters.
     * The selection has no more standards in it.  -1 and `err` if what was
     * asked for cannot be reached.
     */
    int (*select)(struct plan *plan, const struct selection *selection,
                  struct error *err);
};

/* In the order in which they are shown; ends in NULL. */
extern const struct method *const methods[];

/* NULL and `err` (ERROR_USAGE) with the nearest name if there is none. */
const struct method *method_find(const char *name, struct error *err);
