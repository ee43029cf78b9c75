/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/error.h"
#include "trace/model_sizes.h"

/*
 * The sizes of a model that a command line names: a Hugging Face folder or its
 * config.json (weights are not needed), a recorded or sparse trace, or a list
 * of shapes by name or path.  `name` is what the model is called; free() it.
 * -1 and `err` if there is no such thing, or if it does not say its sizes.
 */
int named_sizes(struct model_sizes *sizes, char **name, const char *word,
                struct error *err);
