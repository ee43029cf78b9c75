/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "trace/recorded_trace.h"

/*
 * Reads the table of the trace's open file into its layers: shape, whose input
 * it is, how many tokens an expert saw.  -1 and `err` with path and item; what
 * was read by then is the trace's, for recorded_trace_close().
 */
int recorded_table_read(struct recorded_trace *trace, struct error *err);
