/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Numbers from text, strictly: the whole text is the number.  No blanks, no
 * trailing characters, no leading zero (so that 010 is not taken for 8 or 10),
 * no hexadecimal, no inf or nan.  False, and `value` untouched, if it is not
 * such a number or does not fit.
 */
bool number_u64(uint64_t *value, const char *text);
bool number_i64(int64_t *value, const char *text);
bool number_f64(double *value, const char *text); /* 0.5, .5, -3, 1e-4, 0 */

/* A number, or a share of a hundred: 60% is 0.6. */
bool number_share(double *value, const char *text);

/* A number with a unit behind it (1.2GHz, 256KiB, 51.2GB/s), in `unit`, which
 * is MHz, bytes or MB/s.  False if it has none that is known. */
bool number_unit(double *value, const char *text, const char *unit);

/* A whole number of bytes, with a unit or without: 2000000, 2MB, 1.5KiB. */
bool number_bytes(uint64_t *value, const char *text);

/* The shortest text that reads back as the same number; whole ones end in .0,
 * so that they are seen to be real.  free() it. */
char *number_text(double value);
