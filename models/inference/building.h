/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/inference.h"
#include "models/inference/task_choice.h"

/*
 * From operators to tasks.  A segment is the model's start, one of its blocks,
 * or its end, in one step; building.c makes its tasks from the rows of
 * operators that are there, each kind in a file of its own.
 */

enum { RESIDUAL_BYTES = 2 };

/* What is made for one segment and goes with it. */
struct made_segment {
    struct segment segment;
    struct task *task; /* [segment.tasks] */
    size_t capacity;
    void **waves; /* copies of waves, owned */
    size_t wave_lists, wave_capacity;
    uint64_t (*work)[ALL_COUNTERS];     /* [lines of the result] */
    uint64_t (*modes)[INFERENCE_MODES]; /* likewise */
    uint32_t step;
    uint32_t like; /* block whose layers it has */
    enum operator_place place;
    bool input_on_chip, state_on_chip; /* what its block begins with */
    bool output_on_chip;
};

struct inference {
    const struct inference_asked *asked;
    struct programme_machine machine;
    bool has_channel;
    uint64_t capacity; /* bytes of results on chip; UINT64_MAX: any */
    struct laid **laid;
    size_t laids, laid_capacity;
    struct task_layouts **layer; /* [layers] */
    size_t *first_layer;         /* [blocks + 1] */
    uint32_t *like;              /* [blocks] the first block like it */
    uint32_t blocks_with_state;  /* that keep theirs on chip */
    struct made_segment **made;
    size_t mades, made_capacity;
    size_t counted; /* segments whose work is in the result */
    struct asked_segment {
        size_t number;
        struct made_segment *made; /* NULL: not asked for yet */
    } * asked_for;                 /* [window], by number % window */
    size_t window;
    struct programme_ends ends; /* if any step is shown */
    size_t ran, span_capacity;  /* (task, block)s that were counted */
    struct inference_result *result;
    struct error *err;
    int status;
};

/* A block's operators while its segment is made. */
struct building {
    struct inference *inference;
    struct made_segment *made;
    struct operator_step step;
    const struct operator_row *row[OPERATOR_MAX_ROWS];
    size_t rows;
    int maker[OPERATOR_MAX_ROWS][OPERATOR_MAX_MAKERS];
    size_t makers[OPERATOR_MAX_ROWS];
    size_t last_reader[OPERATOR_MAX_ROWS];
    uint64_t bytes[OPERATOR_MAX_ROWS]; /* of the result */
    uint64_t element[OPERATOR_MAX_ROWS];
    bool on_chip[OPERATOR_MAX_ROWS];
    size_t last_task[OPERATOR_MAX_ROWS];
    uint64_t input_bytes; /* of the segment's input */
    size_t input_reader;
    uint32_t block;
};

/* Makes the tasks of `made`, whose place, step and surroundings are set. */
void building_run(struct inference *inference, struct made_segment *made,
                  uint32_t block, const struct operator_step *step);

/* Counts what a segment will run, the next in order; when all has run, gives
 * the spans their clocks. */
void spans_add(struct inference *inference, const struct segment *segment,
               uint32_t step, uint32_t block);
void spans_end(struct inference *inference);

uint64_t building_dim(const struct building *building, enum dim dim);
uint64_t building_product(const struct building *building,
                          const enum dim *product);

/* A task of row `number`, the last so far. */
struct task *building_add_task(struct building *building, size_t number,
                               enum task_unit unit);

/* Bytes of a maker's result (-1: the segment's input) that a task of so many
 * elements takes. */
uint64_t building_taken(const struct building *building, int maker,
                        uint64_t elements);

/* What a task waits for of maker `maker`, and how many bytes of it come over
 * the channel if it is not on chip; of all makers of row `number`. */
void building_add_input(struct building *building, struct task *task, int maker,
                        uint64_t elements);
void building_add_inputs(struct building *building, struct task *task,
                         size_t number, uint64_t elements);

/* The tasks from `first` on are so many rows of like ones. */
void building_mark_like(struct building *building, size_t first,
                        uint64_t times);

/* Counters of a row's work in the segment, and what adds to them. */
uint64_t *building_work(struct building *building, size_t number);
void building_count_mode(struct building *building, size_t number,
                         const struct task_layout *layout);
void building_count_images(const struct building *building, uint64_t *work,
                           uint64_t coded, uint64_t decoded);

/* What the array makes. */
void building_count_outputs(const struct building *building, uint64_t *work,
                            size_t number, uint64_t outputs);

/* Bytes of a result made beside the array that the activation buffer is read
 * for, as they go over the channel. */
uint64_t building_leaving(const struct building *building, size_t number,
                          uint64_t bytes);

/* Where keys, values and states of the block are kept: what neither the store
 * holds nor a memory lies in the activation buffer. */
enum kept_in { KEPT_IN_STORE, KEPT_IN_MEMORY, KEPT_IN_BUFFER };
enum kept_in building_keeps(const struct building *building);

/* Where all results are kept: results.c. */
void results_place(struct building *building);
bool building_goes_out(const struct building *building, size_t number);
bool building_is_group(const struct building *building, size_t a, size_t b);

/* Row `number` and those that share its input, or its experts; returns how many
 * rows were taken. */
size_t linear_tasks_add(struct building *building, size_t number);

/* A product on an engine beside the array (attention_engine.h). */
struct engine_work {
    uint32_t tokens;      /* of the operand that passes */
    uint64_t first, more; /* products of its first token, and of each token more
                             than of the one before */
    uint64_t macs;        /* of all tokens */
    uint64_t held;        /* elements of the operand that stays */
    uint64_t fetched;     /* bytes of it that come over the channel, */
    uint64_t kept;        /* from the state store, */
    uint64_t read;        /* and of both from the activation buffer */
    uint64_t outputs;
};

/* A task of row `number` with so many elements of each maker as input; what it
 * fetches was made `image_back` before it, or in an earlier step. */
struct task *engine_task_add(struct building *building, size_t number,
                             const struct engine_work *work, uint64_t elements);

/* The work of `times` such tasks. */
void engine_task_count(struct building *building, size_t number,
                       const struct engine_work *work, uint64_t times);

/* Rows first .. end - 1, scores to values. */
void attention_tasks_add(struct building *building, size_t first, size_t end);

/* A product of chunks. */
void chunk_tasks_add(struct building *building, size_t number);

/* A vector operator, a scan or a move. */
void unit_task_add(struct building *building, size_t number);

/* Where each block's layers begin, their layouts, and which blocks are alike.
 * -1: it cannot be, and err says why. */
int inference_lay_out_layers(struct inference *inference);
void inference_forget_layouts(struct inference *inference);

/* A dense layer's layouts, made once; NULL: it cannot be, and status says so.
 */
struct task_layouts *inference_lay_out_dense(struct inference *inference,
                                             uint64_t inputs, uint64_t outputs);

/* The layout of a product, as a dense layer's: in the merge mode of fewest
 * clocks; if its buffers hold no vector, in that which adds most. */
const struct task_layout *
inference_lay_out_product(struct inference *inference, uint64_t inputs,
                          uint64_t outputs, const struct task_choice *choice);
