/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/infer_run.h"
#include "replay/input.h"
#include "replay/machine_file.h"
#include "sweep/constraint.h"

/*
 * An experiment: every trace on every machine with every combination of
 * parameters, unless a condition excludes it.  A YAML file:
 *
 *     name: sharing             the file's folder or name if it is not said
 *     traces: [a.sparse.trace]  paths, from the file's folder
 *     shapes: [llama-2-7b]      lists of shapes, by name or path, each with
 *     tokens: [1, 512]            every one of these tokens,
 *     patterns: [4:8, 2:8]        patterns,
 *     agreements: [1, 32]         and outputs whose selects agree
 *     machines: [flexcim]       by name or path
 *     parameters:               of the machines, crossed
 *       macro.rows: [16, 32]
 *       select: {share: [1, 32]}
 *     where:                    conditions (constraint.h)
 *       - multipliers <= 4096
 *     verify: yes               compare outputs with the integer product
 *     seed: 0                   of the masks of lists of shapes
 *     inference:                points are also run as whole inferences
 *       prompt: 128               (infer_run.h), of so many tokens,
 *       generate: 16              128 unless said,
 *       batch: 1                  1
 *       memory: lpddr5-6400       (or a file of a kind, from this folder) for
 *                                 machines that have no channel,
 *       buffers: 262144           or no capacities of their own
 *
 * A value alone stands for a list of one.  There must be traces or shapes, and
 * machines.  Points are numbered 0 .. points - 1: traces first, then machines,
 * then parameters in the order of the file, the last one running fastest;
 * point.h says what a number stands for.
 */
enum { EXPERIMENT_MAX_POINTS = 1 << 30 };

struct axis {
    char *path; /* "macro.rows" */
    const struct parameter *row;
    char **value;
    size_t values, capacity;
};

struct experiment {
    char name[PARAMETER_TEXT];
    bool verify;
    uint64_t seed;
    struct {
        uint64_t prompt; /* 0: points are not run whole */
        uint64_t generate, batch;
        char memory[PARAMETER_TEXT], buffers[PARAMETER_TEXT];
    } inference;
    struct input *input;
    struct machine_file *machine;
    struct axis *axis;
    struct constraint *constraint;
    size_t inputs, machines, axes, constraints;
    uint64_t points;
    char *text;           /* canonical, files by hash */
    char hash[HASH_TEXT]; /* of `text`: the experiment's identity */
};

/* Reads the file and opens all that it names.  -1 and `err`: ERROR_NO_INPUT, or
 * ERROR_DATA with file:line:column. */
int experiment_read(struct experiment *experiment, const char *path,
                    struct error *err);
void experiment_release(struct experiment *experiment); /* zeroed: harmless */

/* Whether outputs of the points of that input are compared: `verify`, and it
 * has values. */
bool experiment_verifies(const struct experiment *experiment, size_t input);

/* What its whole inferences are asked (borrows from it); false: there are none.
 */
bool experiment_infers(struct infer_asked *asked,
                       const struct experiment *experiment);

/* Adds words to the identity: the same file asked in another way. */
void experiment_add_text(struct experiment *experiment, const char *words);
