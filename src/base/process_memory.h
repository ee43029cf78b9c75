/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Bytes of this process that lie in memory, now and at most so far, as the
 * system has it (proc(5): VmRSS, VmHWM); 0 where it does not tell. */
double process_memory_now(void);
double process_memory_most(void);

/* The most is counted from now on, with all that is given back to the system
 * that can be. */
void process_memory_forget_most(void);
