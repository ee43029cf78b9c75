/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every block that has rows in the machine's table of parameters. */
#include "models/activation_buffer.h"
#include "models/distribution.h"
#include "models/dram.h"
#include "models/output_buffer.h"
#include "models/sub_macro_array.h"
#include "models/systolic_array.h"
#include "models/weight_loader.h"
