/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/channel.h"
#include "models/inference/entry.h"
#include "models/inference/ledger.h"
#include "models/inference/stretch.h"
#include "models/inference/token_times.h"

/*
 * The state of a programme that runs (programme_time.c), between two tasks or
 * inside of one, and how it is moved forward over what repeats (repeat.c).
 */

/* What is known of a task that has run. */
struct ran {
    instant last;    /* after its last output */
    instant written; /* its last write is over; 0: it wrote nothing */
    enum task_unit unit;
};

/* Slices of a wave, since its vectors' moment was kept (repeat.c): by how much
 * the least early of them was there before the array could take it. */
struct slice_lead {
    uint64_t slice; /* bytes of one; 0: the wave has none */
    instant least;  /* INSTANT_NEVER: none came yet */
    bool is_late;   /* one was not early */
};

/* What can repeat, one inside of the other. */
enum repeat_level {
    REPEAT_VECTORS,  /* of a wave */
    REPEAT_COLUMNS,  /* column waves of a task */
    REPEAT_BLOCKS,   /* of tokens, through a group of tasks */
    REPEAT_TASKS,    /* tasks of a segment: heads, chunks */
    REPEAT_SEGMENTS, /* blocks of a model */
    REPEAT_LEVELS
};

struct clockwork {
    const struct programme *programme;
    const struct programme_machine *machine;
    struct task_sum *sum;
    instant (*spent)[ALL_PROGRAMME_CLOCKS]; /* by name */
    size_t names, names_capacity;

    struct channel channel;
    struct entry entry;
    struct stretches stretches;
    struct ledger ledger;
    instant load_end;
    instant *bank_freed; /* [banks] */
    uint32_t bank;       /* of the next wave */
    instant unit_free[TASK_UNITS];
    uint64_t unit_uses[TASK_UNITS];
    instant sums_wait; /* no sum of the next column wave is stored before */

    const struct segment *here;
    size_t segment, task; /* the one that runs */
    size_t number;        /* of that task in the programme */
    struct ran *ran;      /* [tasks of the segment] */
    size_t ran_capacity;
    struct ran before;         /* the last task of the segment before */
    struct token_times *times; /* [tasks of the segment] */
    size_t times_capacity;
    struct token_times times_before;

    bool is_ahead; /* an image was asked for before its task came */
    instant ahead_usable;
    size_t ahead_number;   /* of its task */
    size_t ahead_segments; /* after its own that were looked at, in this one */

    struct slice_lead lead;
    struct moment *moment; /* [REPEAT_LEVELS] */
};

/* A task's tokens first .. first + tokens - 1. */
struct token_block {
    uint32_t first, tokens;
    const struct task_wave *keep_from; /* whose ends are kept, token by token */
};

const struct segment *clockwork_segment(const struct clockwork *clockwork,
                                        size_t number);

/* Of the task that is `back` before number `task` of the segment. */
const struct ran *clockwork_maker(const struct clockwork *clockwork,
                                  size_t task, uint32_t back);

/* The tasks that have run and may be makers: 0 is the last of the segment
 * before, i the i-th of this one. */
static inline const struct ran *clockwork_ran(const struct clockwork *clockwork,
                                              size_t i)
{
    return i == 0 ? &clockwork->before : &clockwork->ran[i - 1];
}

static inline const struct token_times *
clockwork_times(const struct clockwork *clockwork, size_t i)
{
    return i == 0 ? &clockwork->times_before : &clockwork->times[i - 1];
}

/* With tokens one by one: when token `token` of all makers may be read; of a
 * maker that is not known so, when it is done. */
instant clockwork_token(const struct clockwork *clockwork,
                        const struct task *task, uint32_t token);

/* Whether any maker is known token by token. */
bool clockwork_has_tokens(const struct clockwork *clockwork,
                          const struct task *task);

/* When the last of all makers is done, and which unit's it is. */
instant clockwork_makers(const struct clockwork *clockwork,
                         const struct task *task, enum task_unit *unit);

static inline void clockwork_count_bytes(struct clockwork *clockwork,
                                         uint32_t name, enum traffic traffic,
                                         uint64_t bytes)
{
    clockwork->sum[name].bytes[traffic] += bytes;
}

static inline void clockwork_count_inputs(struct clockwork *clockwork,
                                          const struct task *task,
                                          uint64_t bytes)
{
    clockwork_count_bytes(clockwork, task->name, task->input_traffic, bytes);
    clockwork->sum[task->name].inputs += bytes;
}

/* Moves the writes that are owed. */
void request_writes(struct clockwork *clockwork);

/* When the image of a wave can be loaded: its place in the channel's list, or
 * what made it. */
instant request_image(struct clockwork *clockwork, const struct task *task,
                      const struct task_wave *wave);

/* When what a unit fetches beside its inputs is there; 0: it fetches nothing.
 */
instant request_fetched(struct clockwork *clockwork, const struct task *task);

/* When what makes a task's inputs is written, of those not on chip. */
instant request_written(const struct clockwork *clockwork,
                        const struct task *task);

/* Inputs of so many bytes; when they can be read.  Writes that make them come
 * before them, and the image that follows those before that. */
instant request_inputs(struct clockwork *clockwork, const struct task *task,
                       uint64_t bytes);

/* Bytes that are there from `asked` on; when they are over. */
instant request_output(struct clockwork *clockwork, const struct task *task,
                       enum traffic traffic, instant asked, uint64_t bytes);

/* A vector operator, a scan, or bytes alone. */
void other_task_run(struct clockwork *clockwork, const struct task *task);

/* Starts cold: nothing is loaded, nothing is read. */
void clockwork_start_cold(struct clockwork *clockwork);

enum programme_clock clockwork_unit(enum task_unit unit);

/* One block of tokens through the waves of one task. */
void array_task_run(struct clockwork *clockwork, const struct task *task,
                    struct entry_gates *gates, struct token_block *block);

void repeat_init(struct clockwork *clockwork);
void repeat_release(struct clockwork *clockwork);

/* Nothing has been seen of a level yet. */
void repeat_begin(struct clockwork *clockwork, enum repeat_level level);

/* The vectors to come take slices of so many bytes. */
void repeat_slices(struct clockwork *clockwork, uint64_t slice);

/* A slice can be read from then on, by the next vector. */
void repeat_note_slice(struct clockwork *clockwork, instant usable);

/*
 * After `done` of `all` like units; `name` is the task's at the two inner
 * levels.  Returns for how many more of them the clockwork was moved forward,
 * exactly as if they had run.  Where nothing but the lead of slices changes it
 * may move again and again, else at most once for each repeat_begin().
 */
uint64_t repeat_skip(struct clockwork *clockwork, enum repeat_level level,
                     uint32_t name, uint64_t done, uint64_t all);

/* How far the last repeat_skip() that skipped went, and over what period. */
struct repeat_span {
    uint64_t period, times;
    instant span; /* of one period */
};
const struct repeat_span *repeat_last(const struct clockwork *clockwork,
                                      enum repeat_level level);
