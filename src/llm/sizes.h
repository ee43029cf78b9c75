/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "llm/model.h"
#include "trace/model_sizes.h"
#include "trace/operators.h"

/*
 * The sizes of a checkpoint's model as the operators of an inference take them
 * (model_sizes.h), from its family's tables and its config.json.
 */
struct sized_model {
    struct model_sizes sizes;
    size_t layers; /* pruned linear maps of all blocks, in module order */
    struct layer_shape *layer; /* names owned */
    char *prefix; /* of the layers' names, up to the block's number */
};

/* From a config.json alone, without weights. */
int sized_model_read(struct sized_model *model, const char *config_path,
                     struct error *err);
void sized_model_release(struct sized_model *model);

/* Of an open model.  -1 and `err` if it has more blocks than can be said. */
int model_sizes_of(struct model_sizes *sizes, const struct model *model,
                   struct error *err);
