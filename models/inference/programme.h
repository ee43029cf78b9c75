/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/counter.h"

/*
 * An inference as the machine is to run it: tasks in order, each with what it
 * waits for and the bytes it moves, and nothing that depends on time.  A task
 * is an operator on one unit; programme_run() (programme_time.h) gives it its
 * clocks.
 *
 * The array's tasks stand in groups that take the same input: one block of
 * tokens runs all tasks of a group before the next block.  Bytes are those that
 * go over the memory's channel; what stays on chip is not among them.
 */
enum task_unit {
    UNIT_ARRAY,
    UNIT_VECTOR,
    UNIT_SCAN,
    UNIT_MEMORY,
    UNIT_ATTENTION, /* products that do not run on the array */
    TASK_UNITS
};

/* What bytes on the channel are. */
enum traffic {
    TRAFFIC_WEIGHTS,
    TRAFFIC_HEAD,
    TRAFFIC_EMBEDDING,
    TRAFFIC_KEYS,   /* keys and values: cached ones read, new ones written */
    TRAFFIC_REREAD, /* keys and values of this step, read to be loaded */
    TRAFFIC_STATE,
    TRAFFIC_ACTIVATIONS,
    TRAFFICS
};

extern const char *const traffic_names[TRAFFICS];

/* What one wave of a task asks of the machine (machine.md calls them T, G, p,
 * b, a and o: vectors, load, passes, entry, read, output). */
struct task_wave {
    uint64_t image;  /* bytes of its image on the channel; 0: it is on chip */
    uint64_t load;   /* clocks */
    uint64_t decode; /* clocks from the image's last byte to its use */
    uint32_t passes; /* of a vector */
    uint32_t entry;  /* clocks a pass holds the entry port */
    uint32_t read;   /* clocks of a vector's read */
    const uint32_t *output; /* [passes] clocks of the output operation */
    uint32_t skipped;       /* vectors, from the first, that do not enter */
    uint32_t slice;         /* streamed input bytes a vector */
    uint32_t columns; /* outputs of the column wave that ends here; 0: none */
    bool begins;      /* the first wave of its column wave */
    bool made;        /* its image is made in this step */
    uint64_t decoded; /* bytes of cells that its image is turned into */
    uint64_t kept;    /* bytes of its image in the state store, */
    uint64_t held;    /* and in the activation buffer */
    uint32_t again;   /* where a column wave begins: how many after it are like
                         it; task_waves_compare() */
};

/* Sets `again` of all waves: column waves of equal numbers of waves, each with
 * the same fields. */
void task_waves_compare(struct task_wave *waves, uint32_t count);

/* A result that a task waits for: of the task `back` places before it in the
 * segment, or (back 0) of the segment before. */
struct task_input {
    uint32_t back;
    uint64_t bytes; /* on the channel, of all tokens; 0: it is on chip */
};

enum { TASK_INPUTS = 4 };

/* The work of a unit's tokens: first, first + more, first + 2 more, ...
 * elements in so many lanes, each element `times` times; `clock` and `own` are
 * the array's and the unit's MHz, own 0: the same. */
struct task_pace {
    uint64_t first, more, lanes, times;
    double clock, own;
};

/* The array's clocks for so many elements. */
uint64_t task_pace_clocks(const struct task_pace *pace, uint64_t elements);

/* Elements of the first `tokens` tokens. */
uint64_t task_pace_elements(const struct task_pace *pace, uint64_t tokens);

/*
 * When the work on token `token` is over, if that on token s can start at
 * starts[s]: the latest, over all s up to it, of starts[s] and the clocks of
 * the elements of s to it.  Asked of tokens in order; `lead` is kept for the
 * next.
 */
uint64_t task_pace_token(const struct task_pace *pace, const uint64_t *starts,
                         uint32_t token, __int128 *lead);

struct task {
    uint32_t name; /* the caller's own number; results are added up by it */
    enum task_unit unit;
    uint32_t inputs;
    struct task_input input[TASK_INPUTS];
    enum traffic image_traffic, input_traffic, output_traffic;
    /* The `like_tasks` tasks that begin here come `like_times` times in a row,
     * alike but for how far back makers before all of them are; 0: once.  None
     * is of UNIT_MEMORY, and tasks after them take nothing of any but the last.
     */
    uint32_t like_tasks, like_times;

    /* the array */
    uint32_t tokens;     /* vectors */
    uint32_t per_token;  /* vectors that are one token's; 0: one */
    uint32_t block;      /* vectors of a block; of a group the least */
    uint32_t group;      /* tasks of the group that begins here; in it: 0 */
    bool streamed;       /* slices instead of blocks of inputs */
    bool wait_sums;      /* sums of two column waves do not fit together */
    bool outputs_go;     /* outputs are written, a byte each */
    uint32_t image_back; /* images that are made in this step, and what another
                            unit fetches if it is, are made by the task so far
                            back */
    uint32_t waves;
    const struct task_wave *wave;

    /* the other units: clocks of work, and what they move besides */
    uint64_t clocks, latency;
    struct task_pace pace; /* of `tokens` tokens; lanes 0: not token by token */
    uint64_t fetched, saved; /* bytes of image_traffic: read first, and written
                                last */
    bool fetches_made;       /* what is fetched was made in this step */
    uint64_t stored;         /* bytes of the result, of output_traffic */

    /* what they count, which no clock depends on */
    uint64_t elements;
    enum counter_id work;             /* as which a vector operator's count */
    uint64_t kept_read, kept_written; /* bytes in the state store, */
    uint64_t staged; /* of a state that stands in staging in between, */
    uint64_t read;   /* and in the activation buffer: operands, and what
                        leaves it */
};

/* Tasks that stand together: a model's start, one of its blocks, its end. */
struct segment {
    const struct task *task;
    size_t tasks;
};

/* When each (task, block of tokens) ended, in the order run: clocks after the
 * last.  What is gone over is there as well. */
struct programme_ends {
    uint64_t *at; /* free() it */
    size_t count, capacity;
};

/* The segments in order, made when they are asked for; equal ones may be the
 * same. */
struct programme {
    size_t segments;
    /* Segment `number`; each is asked for in turn, or again, or up to
     * PROGRAMME_AHEAD - 1 ahead of that.  It stays until number +
     * PROGRAMME_AHEAD is asked for; the same pointer is the same segment. */
    const struct segment *(*segment)(void *context, size_t number);
    void *context;
    struct programme_ends *ends; /* NULL: not asked for */
    /* Told how many segments are over, in order; NULL: nobody is. */
    void (*passed)(void *context, size_t segments);
};

enum { PROGRAMME_AHEAD = 3 };

/* The machine as far as its clocks go. */
enum programme_overlap { OVERLAP_NONE, OVERLAP_PREFETCH, OVERLAP_PIPELINE };

/* Whether what repeats is stepped through all the same, to compare with. */
enum programme_steps { STEPS_SKIPPED, STEPS_ALL };

/* Whether the clocks that a task spent are exact, parts of a clock included, or
 * those that the machine sees, which acts at whole clocks: for a programme of
 * one task, whose clocks until its end are then all told. */
enum programme_spent { SPENT_EXACT, SPENT_WHOLE };

struct programme_machine {
    enum programme_overlap overlap;
    uint32_t latency;   /* from a pass's last entry clock to its sums */
    uint32_t credits;   /* passes in flight */
    uint32_t banks;     /* of weights */
    uint32_t bank_wait; /* clocks until a bank can be loaded again */
    bool has_channel;
    uint64_t rate[2];  /* bytes a clock, as a fraction in lowest terms */
    uint64_t arrival;  /* clocks from the last byte to its use */
    uint64_t staging;  /* bytes of images asked for and not loaded */
    uint64_t capacity; /* bytes of inputs asked for and not read; 0: any */
    enum programme_steps steps;
    enum programme_spent spent;
};
