/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/text.h"

/*
 * Adds a picture that gnuplot 5 drew, with its hatched boxes drawn as lines.
 *
 * gnuplot gives each hatched box an SVG pattern of its own.  A browser that
 * prints makes an image as large as the sheet of every pattern: a minute and 20
 * megabytes for a hundred boxes.  So each pattern and the box that is filled
 * with it are replaced by the same lines, cut off at the box, or by a plain
 * fill where the pattern is one.  What is not of that form is copied as it is.
 */
void hatch_add(struct text *text, const char *svg);
