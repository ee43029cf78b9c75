/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Each runs one workload and prints its row.  The last arguments of each are
 * its size: instances, stages or depth, and how many events, cycles or items.
 */
#include <stdbool.h>
#include <stdint.h>

#include "experiments/kernel_speed/workload.h"

void bench_hold(enum distribution distribution, uint64_t n, uint64_t m);

enum pingpong_mode { DELTA, TIMED, IMMEDIATE };
enum pingpong_kind { METHOD, THREAD, STATIC_THREAD };
void bench_pingpong(enum pingpong_kind kind, enum pingpong_mode mode,
                    uint64_t m);

void bench_pipe_signal(unsigned stages, uint64_t cycles);
void bench_pipe_fifo(unsigned stages, uint64_t cycles);
void bench_pipe_group(unsigned stages, uint64_t cycles);
void bench_pipe_row(unsigned stages, uint64_t cycles);
void bench_clock(uint64_t cycles);
void bench_fifo(bool timed, unsigned depth, uint64_t m);
