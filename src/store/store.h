/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "trace/layer_shape.h"
#include "trace/pattern.h"

/*
 * Results in one SQLite file.  What its tables and columns mean stands in
 * schema.sql and views.sql; nobody outside this folder knows SQL.
 *
 * Every function that writes is one transaction, unless one was opened with
 * store_begin(): rows appear whole or not at all, and what is committed is
 * there after a crash.  Writing what is there already changes nothing but
 * times, paths and who wrote last.  Several processes may use one file: a
 * writer waits up to STORE_WAIT_SECONDS for another.
 *
 * A file of an earlier schema is brought up to date when it is opened to be
 * written; opened to be read, it stays as it is, and a copy in memory is read.
 *
 * Trouble: ERROR_NO_INPUT (no such file), ERROR_DATA (not a database, another
 * program's, or one of a newer schema), ERROR_DISK (disk full, no permission,
 * locked for too long).  Texts and arrays in the structs are borrowed.
 */
struct store;
struct plan;

enum { STORE_VERSION = 13, STORE_WAIT_SECONDS = 10 };

enum store_mode {
    STORE_READ, /* must be there; nothing can be written */
    STORE_WRITE /* made if it is not there */
};

int store_open(struct store **store, const char *path, enum store_mode mode,
               struct error *err);

/* One that is empty, in memory only, and gone when it is closed. */
int store_open_scratch(struct store **store, struct error *err);

void store_close(struct store *store); /* NULL is harmless */

/* Several writes that appear together.  store_rollback() ends a transaction
 * that failed, and is harmless without one. */
int store_begin(struct store *store, struct error *err);
int store_commit(struct store *store, struct error *err);
void store_rollback(struct store *store);

/* One start of the program: who asked, when and where.  Times and the key are
 * the store's. */
enum { STORE_KEY = 33 };

struct store_invocation {
    int argc;
    char *const *argv;
    const char *version;   /* of the program, with its commit */
    const char *compiler;  /* with version and options */
    const char *libraries; /* a JSON object, name: version */
    unsigned workers;
};

/* Rows that are written from here on are this invocation's; once, before the
 * first run or perplexity. */
int store_start(struct store *store, const struct store_invocation *invocation,
                struct error *err);
int store_finish(struct store *store, struct error *err); /* writes the end */

/* A language model; or a list of shapes: then family is NULL and the hash is
 * that of the list. */
struct store_model {
    const char *hash;
    const char *name;
    const char *family; /* NULL: not known */
    const struct layer_shape *layers;
    size_t count;
};

int store_put_model(struct store *store, const struct store_model *model,
                    struct error *err);

/* With its model, as the plan names it. */
int store_put_plan(struct store *store, const struct plan *plan,
                   struct error *err);

/* The model and the plan must be there. */
enum store_kind { STORE_RECORDED, STORE_SPARSE, STORE_SHAPES };

struct store_trace {
    const char *hash;
    const char *model;  /* its hash */
    const char *plan;   /* its hash; NULL unless sparse */
    const char *tokens; /* hash of the token file; NULL: none */
    const char *path;
    enum store_kind kind;
    const struct pattern *patterns; /* shapes: of each layer in the model's */
    size_t count;                   /* order; otherwise none */
};

int store_put_trace(struct store *store, const struct store_trace *trace,
                    struct error *err);

/* What a machine is made of (machine_parts in schema.sql). */
struct store_part {
    const char *use, *block, *name, *component;
    const char *counter_block, *counter; /* "" unless use is "energy" */
    const char *activity;
    double components;
};

struct store_machine {
    const char *hash; /* of `text` */
    const char *name;
    const char *text;     /* the description, fully resolved */
    uint64_t multipliers; /* cells of all macros */
    double clock_mhz;     /* 0: not known */
    const struct store_part *parts;
    size_t count;
};

/* A machine that goes by several names has the first that it was used by. */
int store_put_machine(struct store *store, const struct store_machine *machine,
                      struct error *err);

/* What the bits of a layer of a trace do; both must be there. */
struct store_activity {
    const char *trace; /* hash */
    const char *layer; /* its name in the model */
    double input_toggle, input_zeros, weight_ones, weight_zeros; /* 0..1 */
    bool assumed; /* the trace has no values */
};

int store_put_activity(struct store *store,
                       const struct store_activity *activity,
                       struct error *err);

/* A cost table of the user's begins as a copy of the table `base`; what it was
 * before is forgotten. */
int store_begin_costs(struct store *store, const char *table,
                      struct error *err);

/*
 * A cost table `table` that is table `from` at another node (nm) and voltage,
 * by the published factors (schema.sql, nodes; Stillmaker and Baas).  Energy of
 * logic and memory goes by the nodes' factor, a line's by the square of the
 * voltage (the same wire a um), DRAM's stays; leakage goes with area, which is
 * our assumption; delays are not known there and become 0.  `jumps`: one node
 * is planar and the other multigate, where the factors jump by about 1.6.  -1
 * and `err` if the node is none of those known (ERROR_USAGE), which are named,
 * or that of one of the table's components is none (ERROR_DATA).
 */
struct store_node {
    const char *from; /* a cost table */
    double node;      /* nm */
    double voltage;
};

int store_scale_costs(struct store *store, const char *table,
                      const struct store_node *to, bool *jumps,
                      struct error *err);

/* The device that memory is made of and its temperature. */
struct store_leakage {
    const char *memory; /* "high-performance", "low-standby"; NULL: as it is */
    double kelvin;      /* 300 to 400; NaN: as it is */
};

/*
 * A cost table `table` that is table `from`, as memory of other devices and at
 * another temperature leaks (schema.sql, currents): logic stays what it is made
 * of.  Energy goes by the square of the devices' supply; areas and delays stay,
 * in low-standby's favour.  -1 and `err` (ERROR_USAGE) if the temperature lies
 * outside of the table.
 */
int store_leak_costs(struct store *store, const char *table, const char *from,
                     const struct store_leakage *leakage, struct error *err);

/* One number of one component. */
struct store_cost {
    const char *table;
    const char *component;
    const char *column; /* energy_fj, area_um2, delay_ps, leakage_nw, an end of
                           a band (energy_least, energy_most, leakage_least,
                           leakage_most), node_nm or voltage_v */
    double value;
    const char *source;
};

/* -1 and `err` (ERROR_DATA) if there is no such component or column, all of
 * which are named, or the column does not take the value. */
int store_put_cost(struct store *store, const struct store_cost *cost,
                   struct error *err);

/* The model and, if there is one, the plan must be there. */
struct store_accuracy {
    const char *model;      /* its hash */
    const char *plan;       /* its hash; NULL: dense */
    const char *tasks_hash; /* of the questions */
    const char *tasks;      /* their name */
    const char *arithmetic; /* of the forward pass: "f32" */
    uint64_t longest;       /* tokens of an input; 0: what the model takes */
    uint64_t questions;
    double acc, acc_error, acc_norm, acc_norm_error;
    const char *answered, *answered_norm; /* [questions] of '0' and '1' */
};

int store_put_accuracy(struct store *store,
                       const struct store_accuracy *accuracy,
                       struct error *err);

/* Looks for what this version of the program found before, by the fields up to
 * `longest`; if it is there, acc .. acc_norm_error are filled in. */
int store_find_accuracy(struct store *store, struct store_accuracy *accuracy,
                        bool *found, struct error *err);

/* The model and, if there is one, the plan must be there. */
struct store_perplexity {
    const char *model;      /* its hash */
    const char *plan;       /* its hash; NULL: dense */
    const char *tokens;     /* hash of the token file */
    const char *tensor;     /* in the token file: "test" */
    const char *arithmetic; /* of the forward pass: "f32" */
    uint64_t rows;
    uint64_t predicted; /* tokens that were predicted */
    double perplexity;
};

int store_put_perplexity(struct store *store,
                         const struct store_perplexity *perplexity,
                         struct error *err);

/* Looks for what this version of the program found before; all fields but
 * `predicted` and `perplexity` are given, and those two are filled if it is
 * there. */
int store_find_perplexity(struct store *store,
                          struct store_perplexity *perplexity, bool *found,
                          struct error *err);

/* One trace through one machine; both must be there. */
struct store_run {
    const char *trace;   /* hash */
    const char *machine; /* hash */
    bool slow;
    bool again; /* store_begin_run() throws away what is there */
    /* Layers whose outputs nobody compared do not count: store_begin_run()
     * throws them away, and store_find_run() finds no run done that has some.
     */
    bool verified;
    uint64_t seed;
};

enum store_state {
    STORE_NEW,     /* nothing was there */
    STORE_STARTED, /* some layers are there: store_find_layer() says which */
    STORE_DONE,    /* all of it is there: nothing needs to be done */
    STORE_FAILED /* there is a reason why not; only store_find_run() says so */
};

enum { STORE_RUN_KEY = 17 };

/*
 * Makes or finds the run of these inputs and this version of the program; `run`
 * gets its key.  A run that failed begins anew.
 */
int store_begin_run(struct store *store, const struct store_run *what,
                    char run[STORE_RUN_KEY], enum store_state *state,
                    struct error *err);

struct store_counter {
    const char *block;       /* "adder_tree" */
    const char *name;        /* "additions" */
    const char *unit;        /* "operations" */
    const char *description; /* one line */
    uint64_t value;
};

/* Clocks of one category; those of a layer add up to its cycles. */
struct store_clocks {
    const char *category; /* "weight_load", column weight_load_cycles */
    uint64_t clocks;
};

struct store_layer_result {
    const char *layer; /* its name in the model */
    uint32_t tokens;
    struct pattern pattern;
    struct pattern run_as;
    uint64_t cycles;
    const struct store_clocks *clocks;
    size_t categories; /* every one that the tables have */
    uint64_t kept_macs;
    bool outputs_verified; /* each was equal to the integer product */
    uint32_t merged;       /* sub-macros added for one output; 0: not known */
    const struct store_counter *counters;
    size_t count;
};

enum store_layer {
    STORE_LAYER_NONE,
    STORE_LAYER_THERE,   /* nobody compared its outputs */
    STORE_LAYER_VERIFIED /* its outputs were compared */
};

int store_find_layer(struct store *store, const char *run, const char *layer,
                     enum store_layer *found, struct error *err);
int store_put_layer(struct store *store, const char *run,
                    const struct store_layer_result *result, struct error *err);

/* `reason` is NULL if all is well: the run is then done, otherwise failed. */
int store_end_run(struct store *store, const char *run, const char *reason,
                  struct error *err);

/* Looks for a run and makes none; STORE_NEW if there is none. */
int store_find_run(struct store *store, const struct store_run *what,
                   char run[STORE_RUN_KEY], enum store_state *state,
                   struct error *err);

/* Cycles of a layer of a run: 1, or 0 if they are not there, or -1 and `err`.
 */
int store_layer_cycles(struct store *store, const char *run, const char *layer,
                       uint64_t *cycles, struct error *err);

/* A whole inference of a trace on a machine; both must be there. */
enum store_edge { /* rows of the machine that have a band */
                  STORE_MIDDLE,
                  STORE_LOW, /* all where they take less time */
                  STORE_HIGH,
                  STORE_EDGES
};

struct store_operator {
    const char *phase; /* "prompt" or "decoding" */
    const char *name;
    const char *kind;
    uint64_t clocks;
    const struct store_counter *counters; /* those that are 0 are left out */
    size_t count;
};

struct store_inference {
    const char *trace;   /* hash */
    const char *machine; /* hash */
    uint32_t prompt, generate, batch;
    enum store_edge edge;
    const char *memory, *overlap;
    uint64_t clocks, prompt_clocks;
    uint64_t first_clocks, last_clocks;     /* of decoding steps */
    const struct store_operator *operators; /* prompt first; their clocks add up
                                               to all */
    size_t count;
};

/* Clocks of an inference that is there, and its energy in nanojoules, leakage
 * included, priced with the table `base`. */
int store_inference_cost(struct store *store, const char *inference,
                         uint64_t *clocks, double *energy, struct error *err);

/* Whether this version of the program wrote it before; trace, machine, prompt,
 * generate, batch and edge are given.  `inference` gets its key either way. */
int store_find_inference(struct store *store,
                         const struct store_inference *what,
                         char inference[STORE_RUN_KEY], bool *found,
                         struct error *err);

/* Writes it in place of what was there. */
int store_put_inference(struct store *store,
                        const struct store_inference *inference,
                        struct error *err);

/* Many traces on many machines. */
struct store_experiment {
    const char *hash; /* of `text` */
    const char *name;
    const char *text;
    bool explores;   /* only some points are tried */
    uint64_t points; /* in the space */
};

int store_put_experiment(struct store *store,
                         const struct store_experiment *experiment,
                         struct error *err);

/* Experiment, trace and machine must be there. */
struct store_point {
    const char *experiment; /* hash */
    uint64_t number;        /* place in the space */
    const char *trace;      /* hash */
    const char *machine;    /* hash */
    const char *settings;   /* JSON object, path: value */
};

int store_put_point(struct store *store, const struct store_point *point,
                    struct error *err);

/* The perplexity of a plan as v_perplexity has it: over most rows, then the
 * newest.  NaN if none is there.  `measured` (free() it) says what it is of, ""
 * if there is none: two with another text cannot be compared. */
int store_plan_perplexity(struct store *store, const char *plan,
                          double *perplexity, char **measured,
                          struct error *err);

/* The area of a machine in mm2, as far as layers need it or with what a whole
 * inference does, priced with the table `base`; 0 if its parts are not there.
 */
enum store_extent { STORE_LAYERS, STORE_WHOLE };

int store_machine_area(struct store *store, const char *machine,
                       enum store_extent extent, double *area,
                       struct error *err);

/* The energy of a run in nanojoules, leakage included, priced with the table
 * `base`. */
int store_run_energy(struct store *store, const char *run, double *energy,
                     struct error *err);

/* The same of some layers of a run, `layers` a JSON array of their names: what
 * they counted, and what stands while their cycles last.  0 if the machine's
 * parts are not there. */
int store_layers_energy(struct store *store, const char *run,
                        const char *layers, double *energy, struct error *err);
