/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments: what is let through has points, and each can be told. */
#include <stdlib.h>
#include <string.h>

#include "sweep/experiment.h"
#include "tests/fuzz/fuzz.h"

void fuzz_begin(void)
{
    static const char machine[] = "macro:\n  rows: 16\n";
    static const char shapes[] =
        "name: s\nlayers:\n  a: {inputs: 16, outputs: 8}\n";

    setenv("FLEXCIM_PATH", "/nonexistent", 1);
    fuzz_put("m.yaml", machine, sizeof machine - 1);
    fuzz_put("s.yaml", shapes, sizeof shapes - 1);
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct experiment experiment = { 0 };
    struct error err = { 0 };
    int status;

    fuzz_put("it.yaml", bytes, length);
    status = experiment_read(&experiment, "it.yaml", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    FUZZ_MUST(experiment.inputs > 0 && experiment.machines > 0);
    FUZZ_MUST(experiment.points > 0 &&
              experiment.points <= EXPERIMENT_MAX_POINTS);
    FUZZ_MUST(strlen(experiment.hash) == HASH_TEXT - 1);
    fuzz_touch(experiment.text, strlen(experiment.text));
    experiment_release(&experiment);
}
