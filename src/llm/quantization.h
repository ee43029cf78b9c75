/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "llm/config.h"
#include "llm/remarks.h"

/*
 * `quantization_config`, and `compression_config`, its older name.  One that
 * says that the weights are stored dense and not quantized (compressed-tensors
 * with `format` dense, without groups) is metadata: it is remarked.  Any other
 * is -1 and `err`.  Source: github.com/neuralmagic/compressed-tensors, README.
 */
int quantization_check(struct remarks *remarks, const struct config *config,
                       struct error *err);
