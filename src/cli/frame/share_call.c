/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/share_call.h"

#include "base/arithmetic.h"
#include "base/words.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "sweep/crew_mpi.h"

/* Only every N-th eighth of the rows from the I-th: nothing is made yet. */
static int share_call_part(const struct share_call *share, struct error *err)
{
    uint64_t part, parts;

    if (words_part(&part, &parts, share->shard, "--shard", err) < 0 ||
        eighths_part(share->eighths, part, parts, err) < 0)
        return -1;
    output_note(share->at->call,
                "part %ju of %ju is kept beside %s; when all parts are there, "
                "the same command without --shard makes the %s of them",
                (uintmax_t)part, (uintmax_t)parts, share->beside, share->made);
    return 0;
}

/* Work of minutes is told before. */
static int share_call_tell(const struct share_call *share, struct error *err)
{
    enum { LONG_SECONDS = 300 };
    const struct work *work = share->eighths->work;
    unsigned processes =
        share->eighths->processes > 1 ? share->eighths->processes : 1;
    unsigned threads =
        (unsigned)max(1, work_workers(work) / (uint64_t)processes);
    struct forecast forecast;
    struct forecast_row row;

    if (!share->tells || share->at->call->quiet || crew_mpi_ranks() > 1)
        return 0;
    if (share->forecast(share->context, &forecast, err) < 0)
        return -1;
    row = forecast_of(&forecast, processes, threads);
    if (row.seconds >= LONG_SECONDS)
        output_note(share->at->call,
                    "about %.2g h, by %u processes of %u threads and %.0f MB "
                    "each; up to %.0f MB are kept beside %s meanwhile; "
                    "--estimate tells what more of them take",
                    row.seconds / 3600, processes, threads, row.memory / 1e6,
                    row.disk / 1e6, share->beside);
    return 0;
}

static int share_call_lead(const struct share_call *share, struct error *err)
{
    int status = share_call_tell(share, err) < 0 ? -1
                 : share->shard                  ? share_call_part(share, err)
                                : share->lead(share->context, err);

    eighths_end(share->eighths);
    return status;
}

/* A row for 1, 2, 4 and 8 processes. */
static int share_call_estimate(const struct share_call *share,
                               struct error *err)
{
    static const char *const names[] = { "processes", "threads", "seconds",
                                         "memory_mb", "disk_mb" };
    const struct call *call = share->at->call;
    unsigned threads = work_workers(share->eighths->work);
    struct forecast forecast;
    struct table table;

    if (share->forecast(share->context, &forecast, err) < 0)
        return -1;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    for (unsigned n = 1; n <= EIGHTHS; n *= 2) {
        const struct forecast_row row = forecast_of(&forecast, n, threads);

        table_integer(&table, row.processes);
        table_integer(&table, row.threads);
        table_real(&table, row.seconds);
        table_integer(&table, (int64_t)(row.memory / 1e6 + 0.5));
        table_integer(&table, (int64_t)(row.disk / 1e6 + 0.5));
    }
    table_end(&table);
    output_note(call, "threads and memory are of one process; disk is what all "
                      "keep meanwhile");
    return 0;
}

int share_call_run(struct share_call *share, struct error *err)
{
    struct eighths *eighths = share->eighths;
    int status;

    if (share->processes > EIGHTHS)
        return error_set(err, ERROR_USAGE,
                         "--processes: at most %d, as the rows are cut into "
                         "eighths",
                         EIGHTHS);
    if (share->estimate)
        return share_call_estimate(share, err);
    eighths->processes = (unsigned)share->processes;
    if (crew_mpi_begin(err) < 0)
        return -1;
    if (crew_mpi_ranks() == 1)
        return share_call_lead(share, err);
    if (eighths->work->workers == 0)
        eighths->work->workers = 1;
    status = crew_mpi_agree(0, share->identity, err);
    if (status == 0 && crew_mpi_rank() > 0)
        eighths_serve(eighths);
    else if (status == 0)
        status = share_call_lead(share, err);
    if (crew_mpi_rank() > 0)
        status = 0; /* rank 0 tells what went wrong */
    crew_mpi_end();
    return status;
}
