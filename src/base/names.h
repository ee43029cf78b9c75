/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "base/error.h"

/*
 * The words of an enum: an array in the enum's order with NULL at its end.  It
 * stands beside the enum, and from it the words are printed, parsed, stored and
 * completed.
 */
size_t names_count(const char *const *names);

/* Where the word stands, or -1. */
int names_place(const char *const *names, const char *word);

/* All of them, "wanda, magnitude"; free() it. */
char *names_list(const char *const *names);

/* -1 and `err` (ERROR_DATA) with the nearest name, or else with all of them,
 * if there is no such word. */
int names_parse(unsigned *value, const char *const *names, const char *word,
                struct error *err);
