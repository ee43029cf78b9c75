/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/parameter.h"
#include "trace/pattern.h"

/*
 * An accelerator: `macros` macros, each of P sub-macros x R rows x C columns of
 * cells, on one activation buffer, one output buffer and one weight path.  The
 * values come from a table of parameters (parameter_list.h); each row stands in
 * the file where it acts, with unit, range, default and source.
 *
 * Three readings of the paper are points of one design space:
 *   share 1, selects C   every column has its own selects
 *   share C, selects 1   one select serves all columns of a row
 *   share 1, selects 1   one column works at a time
 */
enum machine_loop {
    MACHINE_K_INNER, /* all K tiles of a column wave, then the next wave */
    MACHINE_O_INNER  /* all column waves of a K tile, then the next K tile */
};

enum machine_fallback {
    MACHINE_FALLBACK_NEVER,
    MACHINE_FALLBACK_FASTEST /* a layer runs dense if that takes fewer clocks */
};

/* Whether clocks are counted as a published convention counts them. */
enum machine_published {
    MACHINE_UNPUBLISHED,
    MACHINE_WEIGHT_STATIONARY,
    MACHINE_OUTPUT_STATIONARY
};

enum machine_storage { MACHINE_SRAM, MACHINE_REGISTERS };

struct machine {
    char title[PARAMETER_TEXT];
    char patterns[PARAMETER_TEXT]; /* "4:8,dense", or "any" */
    unsigned fallback;             /* enum machine_fallback */
    unsigned loop;                 /* enum machine_loop */
    double clock;                  /* MHz */
    uint64_t macros;
    struct {
        uint64_t sub_macros; /* P */
        uint64_t rows;       /* R */
        uint64_t columns;    /* C */
        uint64_t input_bits; /* a clock */
    } macro;
    struct {
        unsigned kind;          /* enum array_kind: arrays/array.h */
        uint64_t broadcast;     /* columns behind one input register */
        bool level_registers;   /* in trees and after products */
        bool input_registers;   /* before products, behind what chooses */
        bool product_registers; /* between products and sums */
        unsigned published;     /* enum machine_published */
    } array;
    struct {
        char modes[PARAMETER_TEXT]; /* "1,2,4", or "all" */
    } merge;
    struct {
        uint64_t share;   /* columns that obey one select */
        uint64_t selects; /* that a row can obey in the same clock */
        uint64_t reach;   /* pairs that one slot can choose from */
        bool straddle;
        bool strict_serial;
        bool skip;     /* inputs that no column keeps take no slot */
        bool row_wise; /* each column tile runs as what covers its masks */
    } select;
    struct {
        uint64_t banks;      /* tiles a macro can hold */
        uint64_t bits;       /* of a weight: 8 or 4 */
        uint64_t port_bytes; /* decoded, a clock; 0: a dense column */
        unsigned storage;    /* enum machine_storage */
    } weights;
    struct {
        uint64_t capacity; /* bytes; 0: no limit */
        uint64_t banks;
        uint64_t width; /* bytes of a word */
    } activations;
    struct {
        uint64_t capacity; /* bytes; 0: no limit */
        uint64_t banks;    /* 4-byte words a clock */
        uint64_t ports;    /* 1: an addition takes two clocks */
        uint64_t fifo;     /* passes in flight or waiting; 0: latency + 1 */
    } outputs;
    struct {
        uint64_t rate; /* bytes a clock; 0: weights are resident */
        uint64_t latency;
        unsigned kind;       /* 0: as `rate` says; else inference/memory.h */
        uint64_t efficiency; /* 1/10000 of the peak; 0: the kind's */
        uint64_t staging;    /* bytes of images asked for ahead */
        unsigned code;       /* enum image_code: layout/code.h */
        char name[PARAMETER_TEXT]; /* of a kind of one's own, with its numbers
                                      (inference/own_memory.h) */
        uint64_t peak;             /* MB/s */
        double ceiling;
        double busy, interval, wait; /* ns */
        double moving, standing;     /* pJ a bit, W */
    } dram;
    struct {
        uint64_t lanes;   /* elements a clock */
        uint64_t latency; /* clocks */
        uint64_t softmax; /* passes; 0: in the array's output path */
        double clock;     /* MHz; 0: the array's */
    } vector;
    struct {
        uint64_t lanes;  /* state elements a clock */
        bool fused;      /* all of a scan is one pipeline */
        uint64_t passes; /* if not */
        double clock;    /* MHz; 0: the array's */
        uint64_t bits;   /* of a state */
    } scan;
    struct {
        uint64_t capacity; /* bytes of keys, values and states on chip */
        uint64_t bits;     /* of a key or value as it is kept */
    } state;
    struct {
        unsigned engine;  /* enum attention_place: attention_engine.h */
        uint64_t macs;    /* products a clock, if separate, */
        uint64_t latency; /* and clocks */
        uint64_t bits;    /* of a key or value as it is multiplied */
    } attention;
    struct {
        unsigned overlap; /* enum programme_overlap */
    } inference;
    unsigned blocking; /* enum schedule_blocking: layout/schedule.h */
};

/* Every row; the table is constant. */
const struct parameter *const *machine_parameters(size_t *rows);

/* Sets the parameter of that path as parameter_set_path() does; of a row that
 * older versions had, the error says what to write in its place. */
int machine_set(struct machine *machine, const char *path, const char *text,
                struct error *err);

/* Whether the machine's text, which is hashed to its identity, has the row
 * (parameter.h; the kind is that of its array). */
bool machine_tells(const struct machine *machine, const struct parameter *row);

/* Whether weights whose values are known, which have 8 bits, fit its cells.  -1
 * and `err` (ERROR_DATA). */
int machine_check_values(const struct machine *machine, struct error *err);

/* What no single row can see: combinations that no hardware has.  -1 and `err`
 * (ERROR_DATA) naming the parameters. */
int machine_check(const struct machine *machine, struct error *err);

/* Patterns that the machine runs as they are: those listed (`any`: all) whose
 * groups are within reach. */
void machine_patterns(struct pattern_list *list, const struct machine *machine);

/*
 * How many sub-macros may be added for one output, a bit each: bit i is set
 * where merge.modes lists 2^i; `all` is P alone.  0 if the text is no such
 * list.
 */
uint32_t machine_merge_modes(const struct machine *machine);

uint64_t machine_multipliers(const struct machine *machine); /* all cells */
uint32_t machine_slots(const struct machine *machine); /* of a tile: P * R */

/* Decoded bytes a clock that all macros load through. */
uint64_t machine_port_bytes(const struct machine *machine);

/* Beats of a pass: 8 / input bits. */
uint32_t machine_beats(const struct machine *machine);

/* Clocks from a pass's last entry clock to its sum at the output buffer: the
 * array says (arrays/array.h). */
uint32_t machine_latency(const struct machine *machine);

uint32_t machine_log2(uint64_t power); /* of a power of two */
