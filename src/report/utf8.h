/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A copy of a text that is valid UTF-8 (RFC 3629) of characters that may stand
 * in HTML and SVG: a byte that is no part of such a character becomes U+FFFD;
 * tabs and ends of lines become blanks.  free() it.
 */
char *utf8_clean(const char *text);
