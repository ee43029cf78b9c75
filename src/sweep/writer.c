/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep/writer.h"

#include "base/progress.h"
#include "sweep/job.h"

static const double together = 0.2; /* seconds */

/* `reason` is NULL, or why the point failed. */
static int put_run(struct store *store, const struct writer_row *row,
                   const char *reason, struct error *err)
{
    char run[STORE_RUN_KEY];
    enum store_state state;

    if (point_begin_run(row->point, store, run, &state, err) < 0)
        return -1;
    if (state == STORE_DONE)
        return 0; /* another process was faster */
    if (!reason && job_put(store, run, row->point, row->answer, err) < 0)
        return -1;
    return row->last || reason ? store_end_run(store, run, reason, err) : 0;
}

int writer_put(struct writer *writer, struct writer_row *row, struct error *err)
{
    struct error trouble = { .kind = ERROR_NONE };
    const char *reason = row->lost;

    if (!reason && job_trouble(&trouble, row->answer, err) < 0)
        return -1;
    if (trouble.kind == ERROR_INTERRUPTED) {
        *err = trouble;
        return -1;
    }
    if (trouble.kind != ERROR_NONE)
        reason = trouble.text;
    row->failed = reason != NULL;
    if (!(writer->begun > 0)) {
        if (store_begin(writer->store, err) < 0)
            return -1;
        writer->begun = progress_clock();
    }
    if (put_run(writer->store, row, reason, err) < 0)
        return -1;
    if (progress_clock() - writer->begun > together)
        return writer_flush(writer, err);
    return 0;
}

int writer_flush(struct writer *writer, struct error *err)
{
    if (!(writer->begun > 0))
        return 0;
    writer->begun = 0;
    return store_commit(writer->store, err);
}

int writer_end(struct writer *writer, int status, struct error *err)
{
    struct error ignored;

    if (status == 0)
        return writer_flush(writer, err);
    if (err->kind == ERROR_INTERRUPTED) {
        writer_flush(writer, &ignored);
    } else if (writer->begun > 0) {
        store_rollback(writer->store);
        writer->begun = 0;
    }
    return status;
}
