/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/results.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "cli/frame/version.h"

int results_open(struct store **store, const struct call *call,
                 struct error *err)
{
    char *libraries = version_libraries();
    struct store_invocation invocation = {
        .argc = call->argc,
        .argv = call->argv,
        .version = version_text(),
        .compiler = version_compiler(),
        .libraries = libraries,
        .workers =
            call->workers ? (unsigned)call->workers : parallel_processors(),
    };
    int status = store_open(store, call->db, STORE_WRITE, err);

    if (status == 0)
        status = store_start(*store, &invocation, err);
    if (status < 0) {
        store_close(*store);
        *store = NULL;
    }
    free(libraries);
    return status;
}

int results_close(struct store *store, int status, struct error *err)
{
    if (status == 0)
        status = store_finish(store, err);
    store_close(store);
    return status;
}
