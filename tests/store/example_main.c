/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the example into a file, for tests of the command line. */
#include <stdio.h>

#include "tests/store/example.h"

int main(int argc, char **argv)
{
    struct store *store;
    struct error err;
    int status;

    if (argc != 2)
        return ERROR_USAGE;
    status = store_open(&store, argv[1], STORE_WRITE, &err);
    if (status == 0)
        status = example_fill(store, &err);
    store_close(store);
    if (status < 0)
        fprintf(stderr, "%s\n", err.text);
    return status < 0 ? (int)err.kind : 0;
}
