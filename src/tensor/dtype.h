/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Number formats of a safetensors file.  Bytes are little-endian and may lie
 * anywhere: they are read through memcpy.
 */
enum dtype {
    DTYPE_F64,
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_I64,
    DTYPE_I32,
    DTYPE_I16,
    DTYPE_I8,
    DTYPE_U64,
    DTYPE_U32,
    DTYPE_U16,
    DTYPE_U8,
    DTYPE_BOOL,
    /* These are told apart and copied, never read as numbers. */
    DTYPE_C64,
    DTYPE_F8_E4M3,
    DTYPE_F8_E5M2,
    DTYPE_F8_E8M0,
    DTYPE_F8_E4M3FNUZ,
    DTYPE_F8_E5M2FNUZ,
    DTYPE_F6_E2M3,
    DTYPE_F6_E3M2,
    DTYPE_F4
};

enum { DTYPES = DTYPE_F4 + 1 };

const char *dtype_name(enum dtype dtype); /* "BF16", as in the file */
/* Bytes of one number of a format that is F64 to BOOL. */
size_t dtype_size(enum dtype dtype);
size_t dtype_bits(enum dtype dtype); /* of one number, of any format */
bool dtype_is_float(enum dtype dtype);
bool dtype_is_integer(enum dtype dtype); /* BOOL is neither */

/* False, and `dtype` untouched, if no format of the list has that name. */
bool dtype_from_name(enum dtype *dtype, const char *name);

/* IEEE 754 binary16 and bfloat16 to the float of the same value; a NaN stays a
 * NaN with its payload. */
float dtype_f16_to_f32(uint16_t bits);
float dtype_bf16_to_f32(uint16_t bits);

/* `count` numbers of a float format, F64 rounded to nearest. */
void dtype_to_f32(float *out, const void *bytes, enum dtype dtype,
                  size_t count);

/* One finite number to a float format, rounded to nearest, ties to even.  False
 * if it is too large for it. */
bool dtype_from_f32(void *bytes, enum dtype dtype, float value);

/* One number of an integer format.  False if it does not fit (U64). */
bool dtype_to_i64(int64_t *out, const void *bytes, enum dtype dtype);
