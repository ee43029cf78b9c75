/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/input.h"

/* The traces and lists of shapes that a command was asked for, in that order.
 */
struct input_list {
    struct input *at;
    size_t count;
};

void input_list_release(struct input_list *list); /* zeroed: harmless */

/* How many they are, if equal ones count once. */
size_t input_list_distinct(const struct input_list *list);

/* Their hashes as a JSON array; free() it. */
char *input_list_hashes(const struct input_list *list);
