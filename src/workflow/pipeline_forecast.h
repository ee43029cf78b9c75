/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "workflow/pipeline.h"

/* Tells what all steps take together, if that is FORECAST_LONG seconds or more.
 * -1 and `err` if a method cannot be asked so. */
int pipeline_forecast_tell(const struct pipeline *pipeline, struct error *err);
