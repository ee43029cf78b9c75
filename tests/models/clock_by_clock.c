/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/models/clock_by_clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { NEVER = 1 << 30 };

enum kind { INPUTS, IMAGE, WRITE, SLICE, FETCH, STORE, SAVE };

/* One entry of the channel's list. */
struct entry {
    enum kind kind;
    uint64_t bytes;
    int job, wave, vector; /* of the list's own numbers */
    long long usable;      /* clock; NEVER: not known */
    long long over;        /* ceil of its end */
};

/* One task in one block of tokens. */
struct job {
    const struct task *task;
    int number, segment_first; /* of the task; of its segment's first task */
    int first_wave, waves;     /* in `wave` */
    int inputs, inputs_owner;  /* entry of its inputs; the job that asks */
    int tokens, first;
    long long last, end; /* NEVER: not yet */
    int fetch;           /* entry of what it fetches, or -1 */
    int writes, written; /* entries to come, and over */
    long long over;      /* the last that is */
};

struct one_wave {
    const struct task_wave *wave;
    int job, vectors, first_vector; /* in `vector` */
    int image;                      /* entry, or -1 */
    long long load_start, load_end, freed;
    int write; /* entry of the column wave that ends here, or -1 */
    long long sums_done;
    int waits_for; /* write entry that its first sum waits for, or -1 */
};

struct one_vector {
    int wave, slice, token;
    long long read_start, ready, entered; /* `entered`: the port is free */
};

/* All of them grow as they are filled; pointers into them are taken after
 * that. */
static struct entry *list;
static struct job *job;
static struct one_wave *wave;
static struct one_vector *vector;
static int entries, jobs, waves, vectors;
static size_t entries_room, jobs_room, waves_room, vectors_room;

/* By token of all tasks: outputs to come, and when the token may be read. */
static int *token_left;
static long long *token_ready;
static size_t left_room, ready_room;

static const struct programme_machine *machine;
static struct one_task {
    const struct task *task;
    int segment_first;
    int first_token;   /* in `token_left`, `token_ready` */
    int open;          /* jobs whose last clock is not known */
    long long last;    /* of the others */
    int to_write;      /* results that are to go over the channel */
    long long written; /* the last of those that went */
} * of_task;
static int tasks;
static size_t tasks_room;

static int tokens_held(const struct task *task)
{
    return task->tokens > 0 ? (int)task->tokens : 1;
}

static int put(enum kind kind, uint64_t bytes, int of, int w, int v)
{
    list = memory_grow(list, &entries_room, (size_t)entries + 1, sizeof *list);
    list[entries] = (struct entry){ kind, bytes, of, w, v, NEVER, NEVER };
    if (kind == WRITE || kind == STORE || kind == SAVE)
        job[of].writes++;
    if (kind == WRITE || kind == STORE)
        of_task[job[of].number].to_write++;
    return entries++;
}

static int maker(int number, uint32_t back)
{
    return back == 0 ? of_task[number].segment_first - 1 : number - (int)back;
}

/* The task that makes a job's images, or what it fetches. */
static int made_by(const struct job *of)
{
    return maker(of->number, of->task->image_back);
}

/* --------------------------------------------------- the list, beforehand */

static int *owed, owed_count; /* waves whose column wave is to be written */
static size_t owed_room;
static int image_taken; /* wave whose image is in the list already */
static int wave_after;  /* of the job that is listed, or of one after it */

static void put_owed(void)
{
    for (int i = 0; i < owed_count; i++) {
        struct one_wave *of = &wave[owed[i]];

        of->write =
            put(WRITE,
                (uint64_t)of->wave->columns * (uint64_t)job[of->job].tokens,
                of->job, owed[i], -1);
    }
    owed_count = 0;
}

static bool needs_owed(int number)
{
    const struct task *task = of_task[number].task;

    for (uint32_t i = 0; i < task->inputs; i++)
        for (int o = 0; o < owed_count; o++)
            if (task->input[i].bytes > 0 &&
                job[wave[owed[o]].job].number ==
                    maker(number, task->input[i].back))
                return true;
    return false;
}

/* The next wave from `w` on may have its image before the inputs of `number`.
 */
static void put_next_image(int number, int w)
{
    int of;
    const struct task *task;

    if (w >= waves || image_taken >= w)
        return;
    of = job[wave[w].job].number;
    task = of_task[of].task;
    if (wave[w].wave->image == 0 || wave[w].wave->made)
        return;
    for (uint32_t i = 0; i < task->inputs && of != number; i++)
        if (task->input[i].bytes > 0 && maker(of, task->input[i].back) < number)
            return;
    wave[w].image = put(IMAGE, wave[w].wave->image, wave[w].job, w, -1);
    image_taken = w;
}

static int put_inputs(int j, uint64_t bytes, int next_wave)
{
    if (bytes == 0)
        return -1;
    if (needs_owed(job[j].number)) {
        put_next_image(job[j].number, next_wave);
        put_owed();
    }
    return put(INPUTS, bytes, j, -1, -1);
}

static uint64_t channel_inputs(const struct task *task, int tokens)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < task->inputs; i++)
        bytes += task->unit == UNIT_ARRAY
                     ? task->input[i].bytes / task->tokens * (uint64_t)tokens
                     : task->input[i].bytes;
    return bytes;
}

static void list_job(int j)
{
    const struct task *task = job[j].task;
    bool cold = machine->overlap == OVERLAP_NONE;

    job[j].inputs = job[j].fetch = -1;
    if (task->unit != UNIT_ARRAY) {
        while (wave_after < waves && wave[wave_after].job < j)
            wave_after++;
        job[j].inputs = put_inputs(j, channel_inputs(task, 0), wave_after);
        for (int o = 0; o < owed_count && task->fetched; o++)
            if (task->fetches_made &&
                job[wave[owed[o]].job].number == made_by(&job[j])) {
                put_owed();
                break;
            }
        if (task->fetched)
            job[j].fetch = put(FETCH, task->fetched, j, -1, -1);
        if (task->stored)
            put(STORE, task->stored, j, -1, -1);
        if (task->saved)
            put(SAVE, task->saved, j, -1, -1);
        return;
    }
    if (job[j].inputs_owner == j && !task->streamed)
        job[j].inputs = put_inputs(j, channel_inputs(task, job[j].tokens),
                                   job[j].first_wave);
    else if (!task->streamed)
        job[j].inputs = job[job[j].inputs_owner].inputs;
    for (int w = job[j].first_wave; w < job[j].first_wave + job[j].waves; w++) {
        if (wave[w].wave->made && wave[w].wave->image > 0) {
            int by = made_by(&job[j]);

            for (int o = 0; o < owed_count; o++)
                if (job[wave[owed[o]].job].number == by) {
                    put_owed();
                    break;
                }
        }
        if (image_taken < w && wave[w].wave->image > 0)
            wave[w].image = put(IMAGE, wave[w].wave->image, j, w, -1);
        if (image_taken < w)
            image_taken = w;
        put_owed();
        if (task->streamed)
            for (int v = 0; v < wave[w].vectors; v++)
                vector[wave[w].first_vector + v].slice = put(
                    SLICE, wave[w].wave->slice, j, w, wave[w].first_vector + v);
        if (wave[w].wave->columns && task->outputs_go) {
            owed = memory_grow(owed, &owed_room, (size_t)owed_count + 1,
                               sizeof *owed);
            owed[owed_count++] = w;
        }
    }
    if (cold)
        put_owed();
}

static int per_token(const struct task *task)
{
    return task->per_token > 1 ? (int)task->per_token : 1;
}

static void make_waves(int j)
{
    job[j].first_wave = waves;
    for (uint32_t w = 0; w < job[j].task->waves; w++) {
        const struct task_wave *of = &job[j].task->wave[w];
        int skipped = (int)of->skipped > job[j].first
                          ? (int)of->skipped - job[j].first
                          : 0;

        wave = memory_grow(wave, &waves_room, (size_t)waves + 1, sizeof *wave);
        wave[waves] = (struct one_wave){ .wave = of,
                                         .job = j,
                                         .vectors = job[j].tokens - skipped,
                                         .first_vector = vectors,
                                         .image = -1,
                                         .load_start = NEVER,
                                         .load_end = NEVER,
                                         .freed = NEVER,
                                         .write = -1,
                                         .sums_done = NEVER,
                                         .waits_for = -1 };
        for (int v = 0; v < wave[waves].vectors; v++) {
            int token = (job[j].first + skipped + v) / per_token(job[j].task);

            token_left[of_task[job[j].number].first_token + token]++;
            vector = memory_grow(vector, &vectors_room, (size_t)vectors + 1,
                                 sizeof *vector);
            vector[vectors++] = (struct one_vector){ .wave = waves,
                                                     .slice = -1,
                                                     .token = token,
                                                     .read_start = NEVER,
                                                     .ready = NEVER,
                                                     .entered = NEVER };
        }
        waves++;
    }
    job[j].waves = waves - job[j].first_wave;
}

static int add_job(int number, int first, int tokens, int owner)
{
    job = memory_grow(job, &jobs_room, (size_t)jobs + 1, sizeof *job);
    of_task[number].open++;
    job[jobs] = (struct job){ .task = of_task[number].task,
                              .number = number,
                              .first = first,
                              .tokens = tokens,
                              .inputs_owner = owner < 0 ? jobs : owner,
                              .last = NEVER,
                              .end = NEVER };
    if (job[jobs].task->unit == UNIT_ARRAY)
        make_waves(jobs);
    return jobs++;
}

static void make_jobs(void)
{
    for (int t = 0; t < tasks;) {
        const struct task *task = of_task[t].task;
        int group = 1;

        if (task->unit != UNIT_ARRAY) {
            add_job(t++, 0, 0, -1);
            continue;
        }
        if (machine->overlap != OVERLAP_NONE && task->group > 1)
            group = (int)task->group;
        for (uint32_t first = 0; first < task->tokens; first += task->block) {
            int tokens =
                (int)(task->tokens - first < task->block ? task->tokens - first
                                                         : task->block);
            int owner = -1;

            for (int i = 0; i < group; i++) {
                int j = add_job(t + i, (int)first, tokens, owner);

                owner = j - i;
            }
        }
        t += group;
    }
}

/* A column wave's first sum waits for the write of the one before. */
static void link_sums(void)
{
    for (int w = 1; w < waves; w++) {
        const struct task *task = job[wave[w].job].task;

        if (!wave[w].wave->begins || !task->wait_sums ||
            machine->overlap == OVERLAP_NONE)
            continue;
        wave[w].waits_for = wave[w - 1].write;
    }
    if (machine->overlap == OVERLAP_NONE)
        for (int w = 1; w < waves; w++)
            if (wave[w].wave->begins && job[wave[w].job].task->wait_sums &&
                wave[w - 1].job == wave[w].job)
                wave[w].waits_for = wave[w - 1].write;
}

/* ------------------------------------------------------- clock by clock */

static long long whole;         /* the channel is free at */
static unsigned long long part; /* and so many parts of rate[0] */
static int next_entry, next_load, next_read, next_pass_vector, next_pass;
static long long load_free, read_free, port_free, unit_free[TASK_UNITS];

struct operation {
    int vector, pass;
    long long at, end;
};
/* A ring: no more than credits are on their way. */
enum { OPERATIONS = 1 << 12 };
static struct operation operation[OPERATIONS];
static int operations_in, operations_done;
static long long operation_free;

static long long later(long long a, long long b)
{
    return a > b ? a : b;
}

static long long task_last(int number)
{
    if (number < 0)
        return 0;
    return of_task[number].open > 0 ? NEVER : of_task[number].last;
}

static long long task_written(int number)
{
    if (number < 0)
        return 0;
    return of_task[number].to_write > 0 ? NEVER : of_task[number].written;
}

static int open_jobs;

/* A job has ended when its last clock is known and all of its writes are over.
 */
static void end_job(struct job *of)
{
    if (of->last == NEVER || of->written < of->writes)
        return;
    of->end = later(of->last, of->over);
    open_jobs--;
}

static void set_last(struct job *of, long long last)
{
    struct one_task *its = &of_task[of->number];

    of->last = last;
    its->open--;
    its->last = later(its->last, last);
    end_job(of);
}

static void note_write(const struct entry *entry)
{
    struct job *of = &job[entry->job];
    struct one_task *its = &of_task[of->number];

    of->written++;
    of->over = later(of->over, entry->over);
    if (entry->kind != SAVE) {
        its->to_write--;
        its->written = later(its->written, entry->over);
    }
    end_job(of);
}

static long long makers_done(const struct job *of)
{
    long long last = 0;

    for (uint32_t i = 0; i < of->task->inputs; i++)
        last =
            later(last, task_last(maker(of->number, of->task->input[i].back)));
    return last;
}

/* Tokens of a result that are known one by one; 0: none. */
static int tokens_of(int number)
{
    const struct task *task = number < 0 ? NULL : of_task[number].task;

    if (!task || machine->overlap != OVERLAP_PIPELINE)
        return 0;
    if (task->unit == UNIT_ARRAY)
        return (int)task->tokens / per_token(task);
    return task->pace.lanes > 0 ? (int)task->tokens : 0;
}

/* When token `token` of all makers may be read. */
static long long makers_token(const struct job *of, int token)
{
    int tokens = (int)of->task->tokens /
                 (of->task->unit == UNIT_ARRAY ? per_token(of->task) : 1);
    long long ready = 0;

    for (uint32_t i = 0; i < of->task->inputs; i++) {
        int by = maker(of->number, of->task->input[i].back);

        if (of->task->input[i].bytes == 0 && !of->task->streamed &&
            tokens > 0 && tokens_of(by) == tokens)
            ready = later(ready, token_ready[of_task[by].first_token + token]);
        else
            ready = later(ready, task_last(by));
    }
    return ready;
}

static long long makers_stored(const struct job *of)
{
    long long over = 0;

    for (uint32_t i = 0; i < of->task->inputs; i++)
        if (of->task->input[i].bytes > 0)
            over = later(
                over, task_written(maker(of->number, of->task->input[i].back)));
    return over;
}

/* When what is made in this step has been written, or is there. */
static long long made_over(const struct job *of)
{
    long long over = task_written(made_by(of));

    return over ? over : task_last(made_by(of));
}

static int first_open; /* all jobs before it have ended */

/* Every job before that one has ended, its writes included. */
static bool is_its_turn(int j, long long now)
{
    if (machine->overlap != OVERLAP_NONE)
        return true;
    while (first_open < jobs && job[first_open].end <= now)
        first_open++;
    return first_open >= j;
}

static bool inputs_are_free(int e, long long now)
{
    if (list[e].kind == SLICE)
        return vector[list[e].vector].ready <= now;
    if (job[list[e].job].task->unit != UNIT_ARRAY)
        return job[list[e].job].last <= now;
    for (int j = list[e].job; j < jobs && job[j].task->unit == UNIT_ARRAY &&
                              job[j].inputs_owner == list[e].job;
         j++) {
        int w = job[j].first_wave + job[j].waves - 1;
        int v;

        v = wave[w].first_vector + wave[w].vectors - 1;
        if (vector[v].ready > now)
            return false;
    }
    return true;
}

/* Bytes asked for and not free, in the order of the list. */
static struct room {
    int *entry;
    size_t room, first, end;
    uint64_t bytes;
} images, inputs;

static bool is_image(int e)
{
    return list[e].kind == IMAGE;
}

static void take_room(int e)
{
    struct room *of = is_image(e) ? &images : &inputs;

    if (!is_image(e) && list[e].kind != INPUTS && list[e].kind != SLICE)
        return;
    of->entry =
        memory_grow(of->entry, &of->room, of->end + 1, sizeof *of->entry);
    of->entry[of->end++] = e;
    of->bytes += list[e].bytes;
}

static bool fits(int e, long long now)
{
    struct room *of = is_image(e) ? &images : &inputs;
    uint64_t limit = is_image(e) ? machine->staging : machine->capacity;

    for (; of->first < of->end; of->first++) {
        int oldest = of->entry[of->first];

        if (is_image(e) ? wave[list[oldest].wave].load_end > now
                        : !inputs_are_free(oldest, now))
            break;
        of->bytes -= list[oldest].bytes;
    }
    return limit == 0 || of->first == of->end ||
           of->bytes + list[e].bytes <= limit;
}

static bool is_asked(int e, long long now)
{
    const struct entry *of = &list[e];
    const struct job *its = &job[of->job];

    if (!is_its_turn(of->job, now))
        return false;
    switch (of->kind) {
    case IMAGE:
        return (!wave[of->wave].wave->made || made_over(its) <= now) &&
               fits(e, now);
    case INPUTS:
    case SLICE:
        return makers_stored(its) <= now && fits(e, now);
    case WRITE:
        return wave[of->wave].sums_done <= now;
    case FETCH:
        return !its->task->fetches_made || made_over(its) <= now;
    case STORE:
    case SAVE:
        return its->last <= now;
    }
    return false;
}

static bool move_channel(long long now)
{
    struct entry *of = &list[next_entry];
    unsigned long long parts;

    if (next_entry == entries || !is_asked(next_entry, now))
        return false;
    if (whole < now) {
        whole = now;
        part = 0;
    }
    parts = of->bytes * machine->rate[1] + part;
    whole += (long long)(parts / machine->rate[0]);
    part = parts % machine->rate[0];
    of->over = whole + (part > 0);
    of->usable = of->over + (long long)machine->arrival;
    if (of->kind == WRITE || of->kind == STORE || of->kind == SAVE)
        note_write(of);
    take_room(next_entry);
    next_entry++;
    return true;
}

static bool move_loader(long long now)
{
    struct one_wave *of = &wave[next_load];
    long long usable = 0;

    if (next_load == waves || load_free > now || !is_its_turn(of->job, now))
        return false;
    if (of->image >= 0)
        usable = list[of->image].usable + (long long)of->wave->decode;
    else if (of->wave->made) {
        usable = task_last(made_by(&job[of->job]));
    }
    if (usable > now)
        return false;
    if (next_load >= (int)machine->banks &&
        (machine->overlap != OVERLAP_NONE ||
         wave[next_load - (int)machine->banks].job == of->job) &&
        wave[next_load - (int)machine->banks].freed > now)
        return false;
    of->load_start = now;
    of->load_end = load_free = now + (long long)of->wave->load;
    next_load++;
    return true;
}

static bool move_reader(long long now)
{
    struct one_vector *of = &vector[next_read];
    const struct job *its;
    int input;

    if (next_read == vectors || read_free > now)
        return false;
    its = &job[wave[of->wave].job];
    if (!is_its_turn(wave[of->wave].job, now) ||
        makers_token(its, of->token) > now ||
        (next_read >= 2 && vector[next_read - 2].entered > now))
        return false;
    input = its->task->streamed ? of->slice : its->inputs;
    if (input >= 0 && list[input].usable > now)
        return false;
    of->read_start = now;
    of->ready = read_free = now + (long long)wave[of->wave].wave->read;
    next_read++;
    return true;
}

static bool move_port(long long now)
{
    struct one_vector *of = &vector[next_pass_vector];
    struct one_wave *its;

    if (next_pass_vector == vectors || port_free > now || of->ready > now)
        return false;
    its = &wave[of->wave];
    if (its->load_end > now ||
        operations_in - operations_done >= (int)machine->credits)
        return false;
    port_free = now + its->wave->entry;
    operation[operations_in++ % OPERATIONS] =
        (struct operation){ next_pass_vector, next_pass,
                            port_free - 1 + (long long)machine->latency,
                            NEVER };
    if (++next_pass < (int)its->wave->passes)
        return true;
    next_pass = 0;
    of->entered = port_free;
    if (next_pass_vector == its->first_vector + its->vectors - 1)
        its->freed = port_free + machine->bank_wait;
    next_pass_vector++;
    return true;
}

static int started_operations;

static bool move_outputs(long long now)
{
    struct operation *of = &operation[started_operations % OPERATIONS];
    struct one_wave *its;
    int token;

    if (operations_done < started_operations &&
        operation[operations_done % OPERATIONS].end <= now) {
        operations_done++;
        return true;
    }
    if (started_operations == operations_in || operation_free > now ||
        of->at > now)
        return false;
    its = &wave[vector[of->vector].wave];
    token =
        of_task[job[its->job].number].first_token + vector[of->vector].token;
    if (its->waits_for >= 0 && of->pass == 0 &&
        of->vector == its->first_vector && list[its->waits_for].over > now)
        return false;
    of->end = operation_free = now + its->wave->output[of->pass];
    if (of->vector == its->first_vector + its->vectors - 1 &&
        of->pass == (int)its->wave->passes - 1) {
        its->sums_done = of->end;
        if (vector[of->vector].wave ==
            job[its->job].first_wave + job[its->job].waves - 1)
            set_last(&job[its->job], of->end);
    }
    if (of->pass == (int)its->wave->passes - 1 && --token_left[token] == 0)
        token_ready[token] = of->end;
    started_operations++;
    return true;
}

/* By the words of the rule; NEVER as long as one of them is not known. */
static long long unit_token(const struct job *of, int token, long long from)
{
    const struct task_pace *pace = &of->task->pace;
    long long ready = 0;

    for (int s = 0; s <= token; s++) {
        long long start = later(from, makers_token(of, s));
        uint64_t elements = 0;

        if (start >= NEVER)
            return NEVER;
        for (int e = s; e <= token; e++)
            elements += pace->first + (uint64_t)e * pace->more;
        ready =
            later(ready, start + (long long)task_pace_clocks(pace, elements));
    }
    return ready + (long long)of->task->latency;
}

/* Each token as soon as it is known. */
static bool move_tokens(struct job *of, long long from)
{
    long long *ready = &token_ready[of_task[of->number].first_token];
    bool moved = false;

    for (int t = 0; t < (int)of->task->tokens; t++) {
        if (ready[t] < NEVER)
            continue;
        ready[t] = unit_token(of, t, from);
        if (ready[t] >= NEVER)
            return moved;
        moved = true;
    }
    set_last(of, ready[of->task->tokens - 1]);
    unit_free[of->task->unit] = of->last;
    return true;
}

static bool move_unit(int j, long long now)
{
    struct job *of = &job[j];
    long long need = tokens_of(of->number) > 0 ? 0 : makers_done(of);

    if (of->task->unit != UNIT_MEMORY)
        need = later(need, unit_free[of->task->unit]);
    if (of->inputs >= 0)
        need = later(need, list[of->inputs].usable);
    if (of->fetch >= 0)
        need = later(need, list[of->fetch].usable);
    if (need < NEVER && tokens_of(of->number) > 0)
        return move_tokens(of, need);
    if (need > now || !is_its_turn(j, now))
        return false;
    set_last(of, now + (long long)(of->task->clocks + of->task->latency));
    unit_free[of->task->unit] = of->last;
    return true;
}

/* Jobs of the other units, in list order; those before `first` are over. */
static struct line {
    int *job;
    size_t room;
    int jobs, first;
} line[TASK_UNITS];

static void make_lines(void)
{
    for (int u = 0; u < TASK_UNITS; u++)
        line[u].jobs = line[u].first = 0;
    for (int j = 0; j < jobs; j++) {
        struct line *of = &line[job[j].task->unit];

        of->job = memory_grow(of->job, &of->room, (size_t)of->jobs + 1,
                              sizeof *of->job);
        of->job[of->jobs++] = j;
    }
}

/* In list order on each unit; bytes alone go as soon as they can. */
static bool move_units(long long now)
{
    bool moved = false;

    for (int u = UNIT_ARRAY + 1; u < TASK_UNITS; u++) {
        struct line *of = &line[u];

        while (of->first < of->jobs && job[of->job[of->first]].last != NEVER)
            of->first++;
        for (int i = of->first; i < of->jobs; i++) {
            if (job[of->job[i]].last == NEVER)
                moved |= move_unit(of->job[i], now);
            if (u != UNIT_MEMORY && job[of->job[i]].last == NEVER)
                break;
        }
    }
    return moved;
}

static void take_segments(const struct segment *segments, size_t count)
{
    int tokens = 0;

    entries = jobs = waves = vectors = tasks = owed_count = wave_after = 0;
    image_taken = -1;
    for (size_t s = 0; s < count; s++) {
        int first = tasks;

        for (size_t t = 0; t < segments[s].tasks; t++) {
            const struct task *task = &segments[s].task[t];

            of_task = memory_grow(of_task, &tasks_room, (size_t)tasks + 1,
                                  sizeof *of_task);
            of_task[tasks++] = (struct one_task){ .task = task,
                                                  .segment_first = first,
                                                  .first_token = tokens };
            tokens += tokens_held(task);
        }
    }
    token_left = memory_grow(token_left, &left_room, (size_t)tokens + 1,
                             sizeof *token_left);
    token_ready = memory_grow(token_ready, &ready_room, (size_t)tokens + 1,
                              sizeof *token_ready);
    for (int t = 0; t < tokens; t++) {
        token_left[t] = 0;
        token_ready[t] = NEVER;
    }
    make_jobs();
    for (int t = 0; t < tasks; t++) /* tokens that enter nowhere */
        for (int n = 0; n < tokens_held(of_task[t].task); n++)
            if (of_task[t].task->unit == UNIT_ARRAY &&
                token_left[of_task[t].first_token + n] == 0)
                token_ready[of_task[t].first_token + n] = 0;
    for (int j = 0; j < jobs; j++)
        list_job(j);
    put_owed();
    link_sums();
    make_lines();
}

static void start(void)
{
    whole = 0;
    part = 0;
    next_entry = next_load = next_read = next_pass_vector = next_pass = 0;
    load_free = read_free = port_free = operation_free = 0;
    operations_in = operations_done = started_operations = 0;
    images.first = images.end = inputs.first = inputs.end = 0;
    images.bytes = inputs.bytes = 0;
    first_open = 0;
    open_jobs = jobs;
    memset(unit_free, 0, sizeof unit_free);
}

uint64_t clock_by_clock(struct task_sum *sum, const struct segment *segments,
                        size_t count, const struct programme_machine *of)
{
    long long before = 0;

    machine = of;
    take_segments(segments, count);
    start();
    for (long long now = 0; now < NEVER && open_jobs > 0; now++) {
        bool moved = true;

        while (moved) {
            moved = move_channel(now); /* each has its turn */
            moved = move_loader(now) || moved;
            moved = move_reader(now) || moved;
            moved = move_port(now) || moved;
            moved = move_outputs(now) || moved;
            moved = move_units(now) || moved;
        }
    }
    for (int j = 0; j < jobs; j++) {
        struct task_sum *its = &sum[job[j].task->name];

        if (job[j].end > before) {
            its->clocks += (uint64_t)(job[j].end - before);
            before = job[j].end;
        }
    }
    for (int e = 0; e < entries; e++) {
        const struct task *task = job[list[e].job].task;
        enum traffic what = task->input_traffic;

        if (list[e].kind == IMAGE || list[e].kind == FETCH ||
            list[e].kind == SAVE)
            what = task->image_traffic;
        else if (list[e].kind == WRITE || list[e].kind == STORE)
            what = task->output_traffic;
        sum[task->name].bytes[what] += list[e].bytes;
        if (list[e].kind == INPUTS || list[e].kind == SLICE)
            sum[task->name].inputs += list[e].bytes;
    }
    return (uint64_t)before;
}
