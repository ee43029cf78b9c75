/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Simulated time: a count of the resolution, which is 1 ps unless
 * sim_set_resolution() said otherwise, so that the units below hold as they
 * stand.  The end of time is 2^64 - 1 (213 days of picoseconds); a notification
 * beyond it is error 544.
 */
typedef uint64_t sim_time;

#define SIM_PS       ((sim_time)1)
#define SIM_NS       ((sim_time)1000)
#define SIM_US       ((sim_time)1000000)
#define SIM_MS       ((sim_time)1000000000)
#define SIM_TIME_MAX UINT64_MAX

/*
 * A discrete-event simulation with the meaning of SystemC (IEEE 1666), in C.
 *
 * One `struct sim` is one simulation; there are no globals, so any number of
 * them live in one program, one thread each.  Everything made from a sim
 * belongs to it: the structs of events, processes and channels lie in the
 * caller's own structs and must stay in place until sim_free().
 *
 * A run repeats, as in SystemC:
 *   evaluate  every runnable process runs, in the order it became runnable;
 *   update    every channel that asked for it shows its new value;
 *   delta     events notified for the next delta fire; if processes became
 *             runnable, back to evaluate at the same time;
 *   time      else to the earliest timed notification.
 * The order of all activations is total: (time, delta, sequence).
 *
 * After elaboration nothing is allocated, except where a header says so.  Where
 * memory is short the simulation cannot go on: a fatal report.
 */
struct sim;

struct sim *sim_new(void); /* NULL: no memory */
void sim_free(struct sim *sim);

/* Why a run came back. */
enum sim_end {
    SIM_STARVED, /* nothing is left that could happen */
    SIM_REACHED, /* the time that was asked for */
    SIM_PAUSED,  /* sim_pause(); the next run goes on */
    SIM_STOPPED, /* sim_stop(); nothing runs any more */
    SIM_FAILED   /* an error was reported: see report.h */
};

/*
 * Until nothing is left to happen.  The first run ends elaboration and
 * initialises every process.
 */
enum sim_end sim_run(struct sim *sim);

/* Everything up to and at `time`, which is sim_now() then, also if starved. */
enum sim_end sim_run_until(struct sim *sim, sim_time time);

/*
 * SystemC's sc_start(duration): the interval is half open, what is due at its
 * end runs in the next call.  A duration of 0 runs one delta.  Then, if nothing
 * is left to happen, time goes on to the end of the interval, or stays at the
 * last event in it, where it was if there was none.  If nothing at all happened
 * in it, or in a sim_run(), that is warning 571.
 */
enum sim_starved { SIM_TIME_GOES_ON, SIM_TIME_STAYS };

enum sim_end sim_run_for(struct sim *sim, sim_time duration,
                         enum sim_starved starved);

static inline sim_time sim_now(const struct sim *sim)
{
    return *(const sim_time *)sim; /* a sim begins with its time */
}

uint64_t sim_delta_count(const struct sim *sim); /* evaluate phases so far */
uint64_t sim_activations(const struct sim *sim); /* processes run so far */

/*
 * Ends the simulation for good.  SIM_STOP_FINISH_DELTA lets the
 * evaluate phase and its update end; SIM_STOP_IMMEDIATE lets the process that
 * runs now end, and updates nothing.  In a hook of elaboration it lets no
 * process run; between runs the end of simulation comes before it returns.  A
 * second call is warning 545, a run afterwards error 546.
 */
enum sim_stop_mode { SIM_STOP_FINISH_DELTA, SIM_STOP_IMMEDIATE };
void sim_stop(struct sim *sim, enum sim_stop_mode mode);

/*
 * Lets the run return after this delta's update; the next run goes on.  In a
 * hook of elaboration and between runs it does nothing.
 */
void sim_pause(struct sim *sim);

/* Whether something can still happen; *distance (or NULL): how far away. */
bool sim_is_pending(struct sim *sim, sim_time *distance);
bool sim_is_pending_now(const struct sim *sim); /* at this time */
bool sim_is_pending_later(struct sim *sim);     /* at a later one */

/*
 * Calls function(argument) at a moment of the sim's life; several at one moment
 * in the order given.  Model may be built before the end of elaboration; the
 * end of simulation comes, if the start did, with sim_stop(), or with
 * sim_free() of a sim that was not stopped.  The last two come again and again,
 * and only look: what they would notify or write is for processes to do.
 */
enum sim_moment {
    SIM_BEFORE_END_OF_ELABORATION,
    SIM_END_OF_ELABORATION,
    SIM_START_OF_SIMULATION,
    SIM_END_OF_SIMULATION,
    SIM_AFTER_UPDATE, /* each update phase, before what it notified fires */
    SIM_BEFORE_TIME   /* each time that time goes on */
};
void sim_at(struct sim *sim, enum sim_moment moment,
            void (*function)(void *argument), void *argument);

/* Zeroed, aligned to 64 bytes, in huge pages if large; it goes with the sim. */
void *sim_alloc(struct sim *sim, size_t size);

/* Units of time, in femtoseconds. */
#define SIM_UNIT_FS UINT64_C(1)
#define SIM_UNIT_PS UINT64_C(1000)
#define SIM_UNIT_NS UINT64_C(1000000)
#define SIM_UNIT_US UINT64_C(1000000000)
#define SIM_UNIT_MS UINT64_C(1000000000000)
#define SIM_UNIT_S  UINT64_C(1000000000000000)

/* `value` units as a count of the resolution, rounded to the nearest. */
sim_time sim_time_of(struct sim *sim, double value, uint64_t unit);

/*
 * Makes the resolution 1, 10 or 100 of a unit.  Before any sim_time_of() and
 * before the first run; error 514 later or the second time.
 */
void sim_set_resolution(struct sim *sim, unsigned value, uint64_t unit);
uint64_t sim_resolution(const struct sim *sim); /* femtoseconds */

/* Writes "1500 ps", "2 ns", "0 s": the coarsest unit that is exact. */
void sim_time_text(const struct sim *sim, sim_time time, char *text,
                   size_t size);
