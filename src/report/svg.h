/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* Text of an HTML page or attribute: & < > " ' escaped. */
void html_add(struct text *page, const char *words);

/*
 * Adds a picture that gnuplot wrote to an HTML page: without its prolog and
 * titles (which show as tooltips), every id begun with `name` so that ids of
 * several pictures differ, and as one image to screen readers, who hear
 * `label`.
 */
void svg_add(struct text *page, const char *svg, const char *name,
             const char *label);

/* Whether it ends, every tag and element in it, too: gnuplot says nothing when
 * the disk takes only a part. */
bool svg_is_whole(const char *svg);
