/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each machine is run three times, in the middle of its band and at its ends;
 * all of that is one list of jobs for the workers, and results are written when
 * all are there, in the order of the machines.
 */
#include "replay/infer_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/arithmetic.h"
#include "base/memory.h"
#include "base/stop.h"
#include "models/inference/band.h"
#include "models/inference/inference.h"
#include "models/inference/memory.h"
#include "models/parameter_list.h"
#include "replay/infer_slow.h"
#include "replay/infer_tell.h"

enum { CHANNEL_COUNTERS = TRAFFICS, CLOCK_COUNTERS = PROGRAMME_CLOCKS };
enum {
    OPERATOR_COUNTERS =
        ALL_COUNTERS + CHANNEL_COUNTERS + CLOCK_COUNTERS + INFERENCE_MODES
};

int infer_check(const struct infer_asked *asked, struct error *err)
{
    if (asked->prompt < 1 || asked->generate < 1 ||
        asked->prompt > OPERATOR_MAX_TOKENS ||
        asked->generate > OPERATOR_MAX_TOKENS - asked->prompt)
        return error_set(err, ERROR_USAGE,
                         "--prompt and --generate: at least 1 each, and at "
                         "most %d together, was expected",
                         OPERATOR_MAX_TOKENS);
    if (asked->batch < 1 || asked->batch > OPERATOR_MAX_BATCH)
        return error_set(err, ERROR_USAGE, "--batch: 1 to %d was expected",
                         OPERATOR_MAX_BATCH);
    if ((uint64_t)asked->batch * asked->prompt > INFERENCE_MAX_VECTORS)
        return error_set(err, ERROR_USAGE,
                         "--prompt and --batch: %u x %u tokens; at most %d at "
                         "once were expected",
                         asked->prompt, asked->batch, INFERENCE_MAX_VECTORS);
    return 0;
}

int infer_sizes(struct model_sizes *sizes, const struct input *input,
                struct error *err)
{
    if (!input->has_values) {
        if (!input->shapes.sizes)
            return error_set(err, ERROR_DATA,
                             "%s: has no part `model:`, which tells what the "
                             "operators are made of",
                             input->shapes.path);
        *sizes = *input->shapes.sizes;
        return 0;
    }
    if (!input->trace.sizes)
        return error_set(err, ERROR_DATA,
                         "%s: does not say the sizes of its model; `flexcim "
                         "record` writes them since version 0.2",
                         input->trace.path);
    if (model_sizes_parse(sizes, input->trace.sizes, err) < 0)
        return error_prefix(err, "%s: ", input->trace.path);
    return 0;
}

int infer_complete(struct machine_file *machine,
                   const struct infer_asked *asked, struct error *err)
{
    const struct machine *is = &machine->machine;
    const struct parameter *inputs = &parameter_activations_capacity,
                           *sums = &parameter_outputs_capacity;
    const struct {
        const char *path, *value;
        bool open;
    } rows[] = {
        { "dram.kind", asked->memory,
          is->dram.kind == 0 && is->dram.rate == 0 },
        { inputs->path, asked->buffers,
          is->activations.capacity == 0 || parameter_is_standard(is, inputs) },
        { sums->path, asked->buffers,
          is->outputs.capacity == 0 || parameter_is_standard(is, sums) },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].open && machine_file_change(machine, rows[i].path,
                                                rows[i].value, err) < 0) {
            err->kind = ERROR_USAGE;
            return -1;
        }
    }
    return machine_check(&machine->machine, err);
}

static const char *memory_name(const struct machine *machine)
{
    struct memory_kind kind;

    if (memory_kind_of(&kind, machine))
        return kind.name;
    return machine->dram.rate ? "channel" : "resident";
}

/* One machine at one end of its band. */
struct infer_job {
    const struct machine_file *file;
    struct machine machine;
    struct store_inference row;
    struct inference_result result;
    bool skipped;
    struct infer_tell_job *tell;
    int status;
    struct error err;
};

struct infer_jobs {
    const struct infer_run *run;
    struct model_sizes sizes;
    struct infer_job *job;
    size_t count;
    struct infer_tell tell;
};

static struct store_inference row_of(const struct infer_run *run,
                                     const struct machine_file *file,
                                     enum store_edge edge)
{
    return (struct store_inference){
        .trace = run->input->hash,
        .machine = file->hash,
        .prompt = run->asked->prompt,
        .generate = run->asked->generate,
        .batch = run->asked->batch,
        .edge = edge,
        .memory = memory_name(&file->machine),
        .overlap = parameter_inference_overlap
                       .choices[file->machine.inference.overlap],
    };
}

static int add_jobs(struct infer_jobs *jobs, const struct machine_file *file,
                    struct error *err)
{
    static const enum band_end ends[STORE_EDGES] = { BAND_MIDDLE, BAND_LOW,
                                                     BAND_HIGH };
    const struct infer_run *run = jobs->run;
    int edges = run->edges == INFER_MIDDLE ? 1 : STORE_EDGES;

    for (int edge = 0; edge < edges; edge++) {
        struct infer_job *job = &jobs->job[jobs->count++];
        char key[STORE_RUN_KEY];

        *job = (struct infer_job){ .file = file, .machine = file->machine };
        job->row = row_of(run, file, (enum store_edge)edge);
        band_apply(&job->machine, BAND_ROWS, ends[edge]);
        if (store_find_inference(run->store, &job->row, key, &job->skipped,
                                 err) < 0)
            return -1;
        job->skipped = job->skipped && !run->again && !run->slow;
        /* A machine that is asked for twice is run once. */
        for (size_t i = 0; i + 1 < jobs->count; i++)
            job->skipped |= jobs->job[i].row.edge == job->row.edge &&
                            strcmp(jobs->job[i].file->hash, file->hash) == 0;
    }
    return 0;
}

static void job_passed(void *context, size_t segments, size_t all)
{
    (void)all;
    infer_tell_job_passed(context, segments);
}

static struct inference_asked job_asks(const struct infer_jobs *jobs,
                                       struct infer_job *job)
{
    const struct infer_asked *asked = jobs->run->asked;

    return (struct inference_asked){
        .machine = &job->machine,
        .sizes = &jobs->sizes,
        .layers = jobs->run->input->layer,
        .layer_count = jobs->run->input->layers,
        .prompt = asked->prompt,
        .generate = asked->generate,
        .batch = asked->batch,
        .passed = job_passed,
        .context = job->tell,
    };
}

static void run_job(void *context, size_t item, unsigned worker)
{
    struct infer_jobs *jobs = context;
    struct infer_job *job = &jobs->job[item];
    const struct inference_asked inference = job_asks(jobs, job);

    (void)worker;
    if (job->skipped)
        return;
    infer_tell_job_begin(job->tell);
    job->status = stop_check(&job->err);
    if (job->status == 0)
        job->status = jobs->run->slow
                          ? infer_both_ways(&job->result, &inference, &job->err)
                          : inference_run(&job->result, &inference, &job->err);
    infer_tell_job_done(job->tell);
}

static struct store_counter own_counter(const char *block, const char *name,
                                        const char *unit, uint64_t value)
{
    return (struct store_counter){
        block, name, unit,
        strcmp(unit, "bytes") == 0
            ? "of an operator on the channel, by what they are"
            : "of an operator, by what was waited for",
        value
    };
}

/* Once a block, step, expert and chunk. */
static struct store_counter mode_counter(unsigned mode, uint64_t runs)
{
    static const char *const names[INFERENCE_MODES] = { "1",  "2",  "4", "8",
                                                        "16", "32", "64" };

    return (struct store_counter){ "merged", names[mode], "runs",
                                   "of an operator with so many sub-macros "
                                   "added for one output",
                                   runs };
}

static size_t counters_of(struct store_counter *counters,
                          const struct inference_line *line)
{
    size_t count = 0;

    for (int i = 0; i < ALL_COUNTERS; i++)
        counters[count++] = (struct store_counter){
            counter_table[i].block, counter_table[i].name,
            counter_table[i].unit, counter_table[i].description,
            line->counters[i]
        };
    for (int i = 0; i < TRAFFICS; i++)
        counters[count++] = own_counter("channel", traffic_names[i], "bytes",
                                        line->sum.bytes[i]);
    for (int i = 0; i < PROGRAMME_CLOCKS; i++)
        counters[count++] = own_counter("clocks", programme_clock_names[i],
                                        "clocks", line->sum.spent[i]);
    for (unsigned i = 0; i < INFERENCE_MODES; i++)
        counters[count++] = mode_counter(i, line->modes[i]);
    return count;
}

static int put_job(const struct infer_run *run, struct infer_job *job,
                   struct error *err)
{
    const struct inference_result *result = &job->result;
    size_t lines = result->lines, steps = result->steps;
    struct store_operator *operators = memory_new(lines, sizeof *operators);
    struct store_counter *counters =
        memory_new(lines * OPERATOR_COUNTERS, sizeof *counters);
    int status = 0;

    for (size_t i = 0; i < lines; i++) {
        const struct inference_line *line = &result->line[i];

        operators[i] = (struct store_operator){
            .phase = line->decoding ? "decoding" : "prompt",
            .name = line->row->name,
            .kind = operator_kinds[line->row->kind],
            .clocks = line->sum.clocks,
            .counters = &counters[i * OPERATOR_COUNTERS],
        };
        operators[i].count =
            counters_of(&counters[i * OPERATOR_COUNTERS], line);
        for (size_t c = 0; c < operators[i].count; c++)
            if (counters[i * OPERATOR_COUNTERS + c].value > INT64_MAX)
                status = error_set(err, ERROR_DATA,
                                   "operator %s: a counter is more than a "
                                   "results file holds (2^63 - 1)",
                                   line->row->name);
    }
    job->row.operators = operators;
    job->row.count = lines;
    job->row.clocks = result->clocks;
    job->row.prompt_clocks = result->end[0];
    if (steps > 1) {
        job->row.first_clocks = result->end[1] - result->end[0];
        job->row.last_clocks = result->end[steps - 1] - result->end[steps - 2];
    }
    if (status == 0)
        status = store_put_inference(run->store, &job->row, err);
    free(operators);
    free(counters);
    return status;
}

/* Of a machine that cannot run it; -1: that ends all. */
static int take_trouble(const struct infer_run *run,
                        const struct machine_file *file,
                        const struct error *trouble, struct error *err)
{
    *err = *trouble;
    error_prefix(err, "%s: ", file->name);
    if (!run->trouble || err->kind != ERROR_DATA)
        return -1;
    run->trouble[file - run->machines] = *err;
    return 0;
}

static int put_jobs(struct infer_jobs *jobs, struct error *err)
{
    for (size_t i = 0; i < jobs->count; i++) {
        struct infer_job *job = &jobs->job[i];

        if (job->skipped)
            continue;
        if (job->status < 0) {
            if (take_trouble(jobs->run, job->file, &job->err, err) < 0)
                return -1;
            continue;
        }
        if (put_job(jobs->run, job, err) < 0)
            return -1;
    }
    return 0;
}

static int begin_machine(struct infer_jobs *jobs,
                         const struct machine_file *file, struct error *err)
{
    const struct infer_run *run = jobs->run;
    struct error trouble;

    if (run->input->has_values &&
        machine_check_values(&file->machine, &trouble) < 0)
        return take_trouble(run, file, &trouble, err);
    if (machine_file_put(file, run->store, err) < 0)
        return -1;
    return add_jobs(jobs, file, err);
}

/* In the order of the jobs; those of a machine take alike. */
static void prepare_tell(struct infer_jobs *jobs)
{
    const struct infer_run *run = jobs->run;
    bool each = run->input->has_values;

    infer_tell_init(&jobs->tell, jobs->count);
    for (size_t i = 0; i < jobs->count; i++) {
        struct infer_job *job = &jobs->job[i];

        job->tell = &jobs->tell.job[i];
        job->tell->kind = (size_t)(job->file - run->machines);
        job->tell->is_wanted = !job->skipped;
        job->tell->pace = (struct infer_pace){ .sizes = &jobs->sizes,
                                               .tokens = run->asked->prompt,
                                               .steps = run->asked->generate,
                                               .blocks = run->slow ? INFER_SLOW
                                                         : each ? INFER_UNLIKE
                                                                : INFER_ALIKE };
    }
}

int infer_run(const struct infer_run *run, struct error *err)
{
    struct infer_jobs jobs = { .run = run };
    size_t missing = 0;
    int status = infer_sizes(&jobs.sizes, run->input, err);

    if (status < 0)
        return -1;
    jobs.job = memory_new(run->count * STORE_EDGES, sizeof *jobs.job);
    for (size_t i = 0; i < run->count && status == 0; i++)
        status = begin_machine(&jobs, &run->machines[i], err);
    for (size_t i = 0; i < jobs.count; i++)
        missing += !jobs.job[i].skipped;
    if (status == 0 && missing > 0) {
        prepare_tell(&jobs);
        infer_tell_begin(&jobs.tell, run->work.progress,
                         work_workers(&run->work));
        parallel_for(run->work.workers, jobs.count, run_job, &jobs);
        infer_tell_end(&jobs.tell);
        infer_tell_release(&jobs.tell);
        status = put_jobs(&jobs, err);
    }
    for (size_t i = 0; i < jobs.count; i++)
        inference_result_release(&jobs.job[i].result);
    free(jobs.job);
    return status;
}
