/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One copy of a loop for each instruction set; the program takes the best one
 * that the machine has.  Products and sums are not contracted
 * (-ffp-contract=off) and sums run in a fixed number of lanes, so that all
 * copies give the same bits.  Clang before 18 gives such functions names that
 * other files cannot find, and a sanitizer is not up yet when the choice is
 * made: there the loops are compiled once.
 */
#include "llm/vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__clang__) &&                              \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_MACHINE                                                       \
    __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif

/* Sums run in so many lanes; the wide ones for long rows. */
enum { LANES = VECTOR_STEP, WIDE = 64, PIECE = 8 * WIDE };

/* As wide as on every machine: gcc takes a vector that is wider than the
 * machine's apart, number by number. */
enum { QUAD = 4 };
typedef float quad __attribute__((vector_size(QUAD * sizeof(float))));
typedef int32_t quad_bits __attribute__((vector_size(QUAD * sizeof(int32_t))));

/*
 * exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln(2) / 2.  The polynomial
 * and the split of ln 2 are those of Cephes (S. Moshier, expf.c).  Adding
 * 1.5 * 2^23 rounds to an integer and leaves it in the low bits, from where it
 * is added to the exponent.
 */
static inline __attribute__((always_inline)) float exp_of(float x)
{
    const float shift = 0x1.8p23f;
    float shifted, n, r, y;
    uint32_t power, bits;

    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    shifted = x * 1.44269504088896341f + shift;
    n = shifted - shift;
    r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    y = 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * (r * r) + r + 1.0f;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &y, sizeof bits);
    bits += power << 23;
    memcpy(&y, &bits, sizeof y);
    return y + (x - x); /* a NaN must come out as one */
}

FOR_EACH_MACHINE
void vector_exp(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = exp_of(x[i]);
}

FOR_EACH_MACHINE
void vector_silu(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = x[i] / (1.0f + exp_of(-x[i]));
}

FOR_EACH_MACHINE
void vector_silu_times(float *restrict up, const float *restrict gate,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        up[i] *= gate[i] / (1.0f + exp_of(-gate[i]));
}

FOR_EACH_MACHINE
void vector_relu(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = x[i] < 0.0f ? 0.0f : x[i];
}

FOR_EACH_MACHINE
void vector_gelu(float *x, size_t count)
{
    const float root = 0.797884560802865356f; /* sqrt(2 / pi) */

    for (size_t i = 0; i < count; i++) {
        float inner = root * (x[i] + 0.044715f * x[i] * x[i] * x[i]);

        x[i] = x[i] / (1.0f + exp_of(-2.0f * inner));
    }
}

/* tanh(y) = 1 - 2 / (exp(2y) + 1) */
FOR_EACH_MACHINE
void vector_soft_cap(float *x, float cap, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = cap - 2.0f * cap / (exp_of(2.0f * x[i] / cap) + 1.0f);
}

void vector_softplus(float *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = x[i] > 20.0f ? x[i] : log1pf(expf(x[i]));
}

/* Said as vectors, since gcc does not vectorise a maximum in lanes. */
static inline __attribute__((always_inline)) float largest(const float *x,
                                                           size_t count)
{
    float most = -INFINITY;
    quad best[LANES / QUAD] = { { 0 } }, next;
    quad_bits more;
    size_t i = 0;

    for (unsigned j = 0; j < LANES / QUAD; j++)
        best[j] += most;
    for (; i + LANES <= count; i += LANES)
        for (unsigned j = 0; j < LANES / QUAD; j++) {
            memcpy(&next, x + i + j * QUAD, sizeof next);
            more = best[j] < next;
            best[j] =
                (quad)(((quad_bits)next & more) | ((quad_bits)best[j] & ~more));
        }
    for (; i < count; i++)
        most = most < x[i] ? x[i] : most;
    for (unsigned j = 0; j < LANES; j++) {
        float of = best[j / QUAD][j % QUAD];

        most = most < of ? of : most;
    }
    return most;
}

FOR_EACH_MACHINE
float vector_exp_shifted(float *x, size_t count)
{
    float most = largest(x, count), lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;

    for (; i + LANES <= count; i += LANES)
        for (unsigned j = 0; j < LANES; j++) {
            x[i + j] = exp_of(x[i + j] - most);
            lane[j] += x[i + j];
        }
    for (; i < count; i++) {
        x[i] = exp_of(x[i] - most);
        sum += x[i];
    }
    for (unsigned j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

/* lane[i % WIDE] += x[i] */
static inline __attribute__((always_inline)) void
add_wide(double *lane, const float *x, size_t count)
{
    size_t i = 0;

    for (; i + WIDE <= count; i += WIDE)
        for (unsigned j = 0; j < WIDE; j++)
            lane[j] += (double)x[i + j];
    for (unsigned j = 0; i + j < count; j++)
        lane[j] += (double)x[i + j];
}

FOR_EACH_MACHINE
double vector_log_sum_exp(float *x, size_t count)
{
    float most = largest(x, count);
    double lane[WIDE] = { 0 }, sum = 0;

    for (size_t at = 0; at < count; at += PIECE) {
        size_t piece = count - at < PIECE ? count - at : PIECE;

        for (size_t i = at; i < at + piece; i++)
            x[i] = exp_of(x[i] - most);
        add_wide(lane, x + at, piece);
    }
    for (unsigned j = 0; j < WIDE; j++)
        sum += lane[j];
    return (double)most + log(sum);
}

FOR_EACH_MACHINE
void vector_scale(float *x, float factor, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] *= factor;
}

FOR_EACH_MACHINE
void vector_add(float *restrict x, const float *restrict y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] += y[i];
}

FOR_EACH_MACHINE
void vector_multiply(float *restrict x, const float *restrict y, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] *= y[i];
}

FOR_EACH_MACHINE
void vector_scale_heads(float *x, const float *restrict y, const float *factor,
                        size_t heads, size_t head)
{
    for (size_t h = 0; h < heads; h++)
        for (size_t i = h * head; i < (h + 1) * head; i++)
            x[i] = y[i] * factor[h];
}

FOR_EACH_MACHINE
void vector_add_heads(float *restrict x, const float *restrict y,
                      const float *restrict factor, size_t heads, size_t head)
{
    for (size_t h = 0; h < heads; h++)
        for (size_t i = h * head; i < (h + 1) * head; i++)
            x[i] += y[i] * factor[h];
}

FOR_EACH_MACHINE
void vector_fade(float *restrict x, const float *restrict y,
                 const double *restrict decay, double now, size_t count)
{
    for (size_t i = 0; i < count; i++)
        x[i] = exp_of((float)(now - decay[i])) * y[i];
}

static inline __attribute__((always_inline)) void
convolve_silu(float *restrict out, const float *restrict x, size_t stride,
              const float *restrict taps, const float *restrict bias,
              size_t taken, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = bias[i];

        for (size_t j = 0; j < taken; j++)
            sum += taps[j * count + i] * x[j * stride + i];
        out[i] = sum / (1.0f + exp_of(-sum));
    }
}

/* Four taps, as every published model has them, in a loop of their own: with a
 * fixed number of them it is vectorised. */
FOR_EACH_MACHINE
void vector_convolve_silu(float *out, const float *x, size_t stride,
                          const float *taps, const float *bias, size_t taken,
                          size_t count)
{
    if (taken == 4)
        convolve_silu(out, x, stride, taps, bias, 4, count);
    else
        convolve_silu(out, x, stride, taps, bias, taken, count);
}

FOR_EACH_MACHINE
void vector_scan(const struct vector_states *of, float b, float c)
{
    float *restrict state = of->state, *restrict y = of->y;
    const float *restrict rate = of->rate, *restrict step = of->step;
    const float *restrict fed = of->fed;
    size_t count = of->count;

    for (size_t i = 0; i < count; i++) {
        state[i] = exp_of(step[i] * rate[i]) * state[i] + fed[i] * b;
        y[i] += state[i] * c;
    }
}

FOR_EACH_MACHINE
void vector_add_squares(double *restrict sum, const float *restrict x,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += (double)x[i] * (double)x[i];
}

static inline __attribute__((always_inline)) double
sum_of_squares(const float *x, float shift, size_t count)
{
    double lane[LANES] = { 0 }, sum = 0;
    size_t i = 0;

    for (; i + LANES <= count; i += LANES)
        for (unsigned j = 0; j < LANES; j++) {
            double value = (double)(x[i + j] - shift);

            lane[j] += value * value;
        }
    for (; i < count; i++)
        sum += (double)(x[i] - shift) * (double)(x[i] - shift);
    for (unsigned j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

FOR_EACH_MACHINE
void vector_rms_norm(float *out, const float *x, const float *weight,
                     size_t count, double epsilon)
{
    double mean = sum_of_squares(x, 0, count) / (double)count;
    float factor = (float)(1 / sqrt(mean + epsilon));

    for (size_t i = 0; i < count; i++)
        out[i] = x[i] * factor * weight[i];
}

FOR_EACH_MACHINE
void vector_rms_scale(float *x, size_t count, double epsilon)
{
    double mean = sum_of_squares(x, 0, count) / (double)count;
    float factor = (float)(1 / sqrt(mean + epsilon));

    for (size_t i = 0; i < count; i++)
        x[i] *= factor;
}

FOR_EACH_MACHINE
void vector_layer_norm(float *out, const float *x, const float *weight,
                       const float *bias, size_t count, double epsilon)
{
    double sum = 0, variance;
    float mean, factor;

    for (size_t i = 0; i < count; i++)
        sum += (double)x[i];
    mean = (float)(sum / (double)count);
    variance = sum_of_squares(x, mean, count) / (double)count;
    factor = (float)(1 / sqrt(variance + epsilon));
    for (size_t i = 0; i < count; i++)
        out[i] = (x[i] - mean) * factor * weight[i] + bias[i];
}

void vector_norm(float *out, const float *x, const float *weight,
                 const float *bias, size_t count, double epsilon)
{
    if (bias)
        vector_layer_norm(out, x, weight, bias, count, epsilon);
    else
        vector_rms_norm(out, x, weight, count, epsilon);
}
