/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every block that has rows in the machine's table of parameters. */
#include "models/blocks/activation_buffer.h"
#include "models/blocks/distribution.h"
#include "models/blocks/dram.h"
#include "models/blocks/output_buffer.h"
#include "models/blocks/sub_macro_array.h"
#include "models/arrays/systolic_array.h"
#include "models/blocks/weight_loader.h"
