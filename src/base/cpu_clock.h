/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Seconds of a processor that this thread has taken, or this process with all
 * of its threads: what other programs do meanwhile does not count. */
double cpu_clock_thread(void);
double cpu_clock_process(void);
