/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A tensor file with the F32 tensors `a` and `b`, of shape [2, 2]. */
#define CHECKPOINT_HEADER                                                      \
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"      \
    "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[16,32]}}"
static const char checkpoint_weights[] =
    "\x72\0\0\0\0\0\0\0" CHECKPOINT_HEADER "0123456789abcdef"
    "0123456789abcdef";
_Static_assert(sizeof CHECKPOINT_HEADER - 1 == 0x72, "its length comes first");
