/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost tables: a refused one leaves the store as it was, so that a good one
 * still goes in, and what it says twice is the same table. */
#include <stdlib.h>
#include <string.h>

#include "replay/cost_file.h"
#include "tests/fuzz/fuzz.h"

static struct store *store;

void fuzz_begin(void)
{
    static const char good[] = "source: x\nfull_adder:\n  energy_fj: 2.5\n";
    struct error err;

    FUZZ_MUST(store_open_scratch(&store, &err) == 0);
    fuzz_put("good.yaml", good, sizeof good - 1);
}

static int put(const char *path, const char *name, struct error *err)
{
    char *table = NULL;
    int status = cost_file_put(&table, path, store, err);

    FUZZ_MUST((table != NULL) == (status == 0));
    FUZZ_MUST(!table || strcmp(table, name) == 0);
    free(table);
    return status;
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct error err = { 0 };
    int status;

    fuzz_put("it.yaml", bytes, length);
    status = put("it.yaml", "it", &err);
    fuzz_check(status, &err);
    if (status == 0)
        FUZZ_MUST(put("it.yaml", "it", &err) == 0);
    else
        FUZZ_MUST(put("good.yaml", "good", &err) == 0);
}
