/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Text that came from a file, before it is shown.  A terminal obeys control
 * characters: ESC, also as the one character U+009B or the bare byte 0x9b, and
 * those that turn the direction of writing around.
 */

/* Takes them out, in place: a tab or an end of line becomes a blank, each byte
 * of another one `?`.  All else stays, also bytes that are no UTF-8. */
void printable_make(char *text);

/* The same without tabs and ends of lines, which stay. */
void printable_make_lines(char *text);

/* A copy in which each byte that is part of no UTF-8 character is U+FFFD, as a
 * JSON string needs it; free() it. */
char *printable_utf8(const char *text);

/*
 * JSON may hold DEL and U+0080 to U+009F as they are: in the copy they are
 * escaped, which says the same.  Takes `json` over; free() what is returned.
 */
char *printable_json(char *json);
