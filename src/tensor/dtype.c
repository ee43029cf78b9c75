/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers of checkpoints in other formats to f32 and back.  Reading is exact;
 * writing rounds to nearest, ties to even, and keeps the payload of what was
 * not changed elsewhere.  Conversions of 16 bits are free of branches, so that
 * loops over whole tensors vectorise: reading weights is a good part of a
 * command's time.
 */
#include "tensor/dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "numbers are taken from the file as they are");

static const struct {
    const char *name;
    uint8_t bits;
} formats[DTYPES] = {
    [DTYPE_F64] = { "F64", 64 },
    [DTYPE_F32] = { "F32", 32 },
    [DTYPE_F16] = { "F16", 16 },
    [DTYPE_BF16] = { "BF16", 16 },
    [DTYPE_I64] = { "I64", 64 },
    [DTYPE_I32] = { "I32", 32 },
    [DTYPE_I16] = { "I16", 16 },
    [DTYPE_I8] = { "I8", 8 },
    [DTYPE_U64] = { "U64", 64 },
    [DTYPE_U32] = { "U32", 32 },
    [DTYPE_U16] = { "U16", 16 },
    [DTYPE_U8] = { "U8", 8 },
    [DTYPE_BOOL] = { "BOOL", 8 },
    [DTYPE_C64] = { "C64", 64 },
    [DTYPE_F8_E4M3] = { "F8_E4M3", 8 },
    [DTYPE_F8_E5M2] = { "F8_E5M2", 8 },
    [DTYPE_F8_E8M0] = { "F8_E8M0", 8 },
    [DTYPE_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", 8 },
    [DTYPE_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", 8 },
    [DTYPE_F6_E2M3] = { "F6_E2M3", 6 },
    [DTYPE_F6_E3M2] = { "F6_E3M2", 6 },
    [DTYPE_F4] = { "F4", 4 },
};

const char *dtype_name(enum dtype dtype)
{
    return formats[dtype].name;
}

size_t dtype_size(enum dtype dtype)
{
    assert(dtype <= DTYPE_BOOL);
    return formats[dtype].bits / 8;
}

size_t dtype_bits(enum dtype dtype)
{
    return formats[dtype].bits;
}

bool dtype_is_float(enum dtype dtype)
{
    return dtype <= DTYPE_BF16;
}

bool dtype_is_integer(enum dtype dtype)
{
    return dtype >= DTYPE_I64 && dtype <= DTYPE_U8;
}

bool dtype_from_name(enum dtype *dtype, const char *name)
{
    for (unsigned i = 0; i < DTYPES; i++)
        if (strcmp(formats[i].name, name) == 0) {
            *dtype = (enum dtype)i;
            return true;
        }
    return false;
}

static float from_bits(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/*
 * Exponent and fraction of a binary16 moved into place are the number divided
 * by 2^112, a subnormal one included; infinity and NaN get the exponent that a
 * float has for them.  No branches: the loops below vectorise.
 */
float dtype_f16_to_f32(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
    uint32_t size = bits & 0x7fff, wide;
    float value = from_bits(size << 13) * 0x1p112f;

    memcpy(&wide, &value, sizeof wide);
    return from_bits(sign | wide | (size >= 0x7c00 ? 0x7f800000 : 0));
}

float dtype_bf16_to_f32(uint16_t bits)
{
    return from_bits((uint32_t)bits << 16);
}

static void from_f16(float *out, const uint8_t *bytes, size_t count)
{
    uint16_t bits;

    for (size_t i = 0; i < count; i++) {
        memcpy(&bits, bytes + 2 * i, sizeof bits);
        out[i] = dtype_f16_to_f32(bits);
    }
}

static void from_bf16(float *out, const uint8_t *bytes, size_t count)
{
    uint16_t bits;

    for (size_t i = 0; i < count; i++) {
        memcpy(&bits, bytes + 2 * i, sizeof bits);
        out[i] = dtype_bf16_to_f32(bits);
    }
}

static void from_f64(float *out, const uint8_t *bytes, size_t count)
{
    double wide;

    for (size_t i = 0; i < count; i++) {
        memcpy(&wide, bytes + sizeof wide * i, sizeof wide);
        out[i] = (float)wide;
    }
}

void dtype_to_f32(float *out, const void *bytes, enum dtype dtype, size_t count)
{
    assert(dtype_is_float(dtype));
    if (dtype == DTYPE_F32)
        memcpy(out, bytes, count * sizeof *out);
    else if (dtype == DTYPE_F16)
        from_f16(out, bytes, count);
    else if (dtype == DTYPE_BF16)
        from_bf16(out, bytes, count);
    else
        from_f64(out, bytes, count);
}

/* A whole number of quanta, q, of the exponent's size; its bits are exponent
 * and fraction at once, also where q is subnormal or rounded up to a power. */
static bool to_f16(uint8_t *bytes, float value)
{
    double size = fabs((double)value);
    int exponent = size < 0x1p-14 ? -14 : ilogb(size);
    uint16_t bits;

    if (size >= 65520)
        return false;
    bits = (uint16_t)(((exponent + 14) << 10) +
                      (int)nearbyint(ldexp(size, 10 - exponent)));
    bits |= signbit(value) ? 0x8000 : 0;
    memcpy(bytes, &bits, sizeof bits);
    return true;
}

static bool to_bf16(uint8_t *bytes, float value)
{
    uint32_t wide;
    uint16_t bits;

    memcpy(&wide, &value, sizeof wide);
    wide += 0x7fff + (wide >> 16 & 1);
    bits = (uint16_t)(wide >> 16);
    memcpy(bytes, &bits, sizeof bits);
    return (bits & 0x7f80) != 0x7f80;
}

bool dtype_from_f32(void *bytes, enum dtype dtype, float value)
{
    double wide = (double)value;

    assert(dtype_is_float(dtype) && isfinite(value));
    if (dtype == DTYPE_F16)
        return to_f16(bytes, value);
    if (dtype == DTYPE_BF16)
        return to_bf16(bytes, value);
    memcpy(bytes, dtype == DTYPE_F64 ? (void *)&wide : (void *)&value,
           dtype_size(dtype));
    return true;
}

bool dtype_to_i64(int64_t *out, const void *bytes, enum dtype dtype)
{
    size_t size = dtype_size(dtype);
    uint64_t bits = 0, sign = (uint64_t)1 << (8 * size - 1);

    memcpy(&bits, bytes, size);
    if (dtype <= DTYPE_I8)
        bits = (bits ^ sign) - sign;
    else if (bits > INT64_MAX)
        return false;
    *out = (int64_t)bits;
    return true;
}
