/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/results.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/opened.h"
#include "base/parallel.h"
#include "cli/frame/version.h"

/* Whatever else the command read is not where results go. */
static int check_not_read(const char *db, struct error *err)
{
    struct stat there;
    const char *as;

    if (stat(db, &there) < 0)
        return 0;
    as = opened_as(&there);
    if (!as)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "--db %s: is read by this command as %s; a results file "
                     "of its own was expected",
                     db, as);
}

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
    int status = check_not_read(call->db, err);

    *store = NULL;
    if (status == 0)
        status = store_open(store, call->db, STORE_WRITE, err);
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
