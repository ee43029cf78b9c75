/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines: what is let through reads back the same when it is written out. */
#include <stdlib.h>
#include <string.h>

#include "replay/machine_file.h"
#include "tests/fuzz/fuzz.h"

void fuzz_begin(void)
{
    static const char base[] = "macro:\n  rows: 16\n";

    setenv("FLEXCIM_PATH", "/nonexistent", 1);
    fuzz_put("base.yaml", base, sizeof base - 1);
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct machine_file file, again;
    struct error err = { 0 };
    int status;

    fuzz_put("it.yaml", bytes, length);
    status = machine_file_read(&file, "it.yaml", NULL, 0, &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    fuzz_put("again.yaml", file.text, strlen(file.text));
    FUZZ_MUST(machine_file_read(&again, "again.yaml", NULL, 0, &err) == 0);
    FUZZ_MUST(strcmp(file.text, again.text) == 0);
    FUZZ_MUST(strcmp(file.hash, again.hash) == 0);
    machine_file_release(&again);
    machine_file_release(&file);
}
