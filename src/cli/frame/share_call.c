/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/share_call.h"

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

/* Long work is told before, where the forecast is of what is to be done. */
static int share_call_tell(const struct share_call *share, struct error *err)
{
    const struct forecast_words words = { share->what, share->beside,
                                          share->eighths->processes };
    struct forecast forecast;

    if (!share->tells || crew_mpi_ranks() > 1 ||
        !forecast_is_heard(&share->at->session))
        return 0;
    if (share->forecast(share->context, &forecast, err) < 0)
        return -1;
    forecast_tell(&forecast, &share->at->session, &words);
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
    char identity[HASH_TEXT];
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
    share->identify(share->context, identity);
    status = crew_mpi_agree(0, identity, err);
    if (status == 0 && crew_mpi_rank() > 0)
        eighths_serve(eighths);
    else if (status == 0)
        status = share_call_lead(share, err);
    if (crew_mpi_rank() > 0)
        status = 0; /* rank 0 tells what went wrong */
    crew_mpi_end();
    return status;
}
