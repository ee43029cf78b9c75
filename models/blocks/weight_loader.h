/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "kernel/process.h"
#include "models/blocks/dram.h"
#include "models/layout/image.h"

/*
 * Weight loader: writes the tiles of a wave into the macros, wave by wave.
 *   in    images from DRAM, or resident ones
 *   out   weight_bank[macro][turn % banks], complete
 *   time  the wave's load_clocks, as the array says (arrays/array.h): its
 *         images' decoded bytes through the one port of all macros, with trees
 *         no faster than a column of every sub-macro a clock.  A load starts
 *         when the image is there, the load before it is over and the bank is
 *         free; a bank is free after its wave's last entry clock, for only the
 *         product stage reads cells.  Unused rows are zeroed with their column.
 * One column of every sub-macro a clock is what the released RTL can do; its
 * single bank makes a load exclude computing, more banks are our assumption.
 */
struct weight_loader {
    struct run *run;
    struct dram *dram;        /* borrowed */
    struct image *image;      /* [macros][banks] */
    struct sim_event loaded;  /* a wave can be entered */
    struct sim_event release; /* a wave has been entered */
    struct sim_event timer;
    struct sim_process process;
    bool active;
    uint32_t turns;              /* of this stretch of token blocks */
    uint32_t begun, done, freed; /* turns */
    uint64_t *free_at;           /* [banks]: clock from which a bank is free */
    uint64_t end;                /* clock after the load that is going on */
    uint64_t (*span)[2];         /* [banks + 1]: load clocks of a wave */
};

void weight_loader_init(struct weight_loader *loader, struct run *run,
                        struct dram *dram);
void weight_loader_release(struct weight_loader *loader);

/* Starts a stretch of so many token blocks: nothing is loaded. */
void weight_loader_begin(struct weight_loader *loader, uint32_t blocks);

/* The last entry clock of the oldest wave not yet freed is over. */
void weight_loader_free_bank(struct weight_loader *loader);

bool weight_loader_has(const struct weight_loader *loader, uint32_t turn);

/* Clocks start .. end - 1 of a turn's load, until its bank is loaded again. */
void weight_loader_span(const struct weight_loader *loader, uint32_t turn,
                        uint64_t *start, uint64_t *end);

/* The tiles of a wave, their bits, and the clocks of its load. */
void weight_loader_count(uint64_t counters[COUNTERS], const struct wave *wave);

/* What a macro holds of a turn that is loaded. */
const struct image *weight_loader_image(const struct weight_loader *loader,
                                        uint32_t turn, uint32_t macro);
