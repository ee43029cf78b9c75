/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/share_call.h"

#include "base/words.h"
#include "cli/print/output.h"
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

static int share_call_lead(const struct share_call *share, struct error *err)
{
    int status = share->shard ? share_call_part(share, err)
                              : share->lead(share->context, err);

    eighths_end(share->eighths);
    return status;
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
