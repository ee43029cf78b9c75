/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/programme_time.h"
#include "models/whole/deque.h"
#include "models/whole/station.h"

/*
 * The programme as the blocks of a whole inference work it off: written down
 * segment by segment, as far ahead as any block looks, and thrown away when all
 * has ended.  What they find out about it stands beside it, in clocks.
 *
 *   task   an operator (programme.h)
 *   job    a task in one block of tokens; in the order run
 *   wave   one of the waves of a job that any vector enters
 *   entry  of the channel's list, which is fixed before time runs
 *          (programme_time.h has the order)
 */

struct agenda_task {
    struct task of;
    size_t segment_first;   /* the first task of its segment */
    uint32_t jobs_left;     /* whose last clock is not known */
    uint32_t writes_left;   /* of its result, not on the channel yet */
    uint64_t last;          /* clock after its last so far */
    uint64_t written;       /* its last write so far is over; 0: none */
    uint32_t known_tokens;  /* results that are known one by one; 0: as a whole
                             */
    uint32_t *outputs_left; /* [known_tokens] of an array's task */
    uint64_t *starts;       /* [known_tokens] of a unit's: task_pace_token() */
    uint64_t *ready;        /* [known_tokens] when each may be read */
    uint32_t tokens_done;   /* of a unit's, */
    __int128 lead;          /* and for the next */
};

struct agenda_job {
    size_t task, segment;
    size_t owner;     /* the job that asks for its inputs */
    uint32_t sharers; /* of an owner: jobs, from itself on, that have them */
    uint32_t first, tokens;
    size_t first_wave, waves;
    uint64_t vectors_end;     /* vector after the last of its sharers' */
    uint64_t inputs, fetched; /* usable; 0: there are none */
    size_t held;              /* of a unit's inputs, in the room */
    uint64_t last, over;      /* after its last clock, and its last write */
    uint32_t writes_left;
    uint64_t made; /* clocks that were waited for its makers */
};

struct agenda_wave {
    struct task_wave of;
    size_t job;
    uint32_t first, vectors; /* of the task's */
    uint64_t first_vector;   /* of the programme's */
    uint64_t image;          /* usable; 0: it does not come over the channel */
    uint64_t load_start, load_end, sums_done;
    bool waits; /* its first sum waits for the write of the wave before */
};

enum entry_kind {
    ENTRY_INPUTS,
    ENTRY_IMAGE,
    ENTRY_WRITE,  /* of a column wave */
    ENTRY_SLICES, /* of all vectors of a wave, one after the other */
    ENTRY_FETCH,  /* what a unit reads besides its inputs */
    ENTRY_STORE,  /* a unit's result */
    ENTRY_SAVE    /* what it writes besides */
};

struct agenda_entry {
    enum entry_kind kind;
    uint64_t bytes; /* of a slice */
    size_t job, wave;
};

struct agenda {
    struct whole *whole; /* borrowed */
    const struct programme *programme;
    struct deque segment, task, job, wave, entry;
    struct deque owed;    /* waves whose column wave is to be written */
    size_t listed;        /* jobs whose entries are in the list */
    size_t image_taken;   /* waves whose images are in the list */
    uint64_t vectors;     /* so far */
    bool last_is_written; /* of the waves so far, a column wave that goes out */
    size_t last_job;      /* whose it is */

    size_t settled;        /* jobs whose ends are known, as are all before */
    uint64_t settled_end;  /* the latest of them */
    uint64_t *segment_end; /* borrowed; [segments], may be NULL */
};

void agenda_init(struct agenda *agenda, struct whole *whole,
                 const struct programme *programme, uint64_t *segment_end);
void agenda_release(struct agenda *agenda);

/* NULL: the programme ends before that. */
struct agenda_job *agenda_job(struct agenda *agenda, size_t number);
struct agenda_wave *agenda_wave(struct agenda *agenda, size_t number);
struct agenda_entry *agenda_entry(struct agenda *agenda, size_t number);

/* Of what is written down. */
struct agenda_task *agenda_task(const struct agenda *agenda, size_t number);
struct agenda_task *agenda_task_of(const struct agenda *agenda,
                                   const struct agenda_job *job);

/* Writes the next segment down; false: there is none. */
bool agenda_unroll(struct agenda *agenda);

/* The task `back` places before task `number`; NULL: there is none. */
struct agenda_task *agenda_maker(const struct agenda *agenda, size_t number,
                                 uint32_t back);

/* When a job may begin: at once, or if nothing overlaps after all before it. */
uint64_t agenda_turn(const struct agenda *agenda, size_t job);

/* When all makers of a job are done; `unit` (may be NULL) is the last one's. */
uint64_t agenda_makers(const struct agenda *agenda,
                       const struct agenda_job *job, enum task_unit *unit);

/* When token `token` of all makers may be read. */
uint64_t agenda_token(const struct agenda *agenda, const struct agenda_job *job,
                      uint32_t token);

/* When what makes a job's inputs is written, of those not on chip. */
uint64_t agenda_written(const struct agenda *agenda,
                        const struct agenda_job *job);

/* When an image that is made in this step is there; NEVER, or its clock. */
uint64_t agenda_made(const struct agenda *agenda,
                     const struct agenda_wave *wave);

/* Likewise what a unit fetches beside its inputs. */
uint64_t agenda_fetched(const struct agenda *agenda,
                        const struct agenda_job *job);

/* A token of a task may be read from that clock on. */
void agenda_tell_token(struct agenda *agenda, size_t task, uint32_t token,
                       uint64_t clock);

/* The clock after a job's last. */
void agenda_tell_last(struct agenda *agenda, size_t job, uint64_t clock);

/* One of a job's writes is over then. */
void agenda_tell_written(struct agenda *agenda, size_t job,
                         enum entry_kind kind, uint64_t clock);
