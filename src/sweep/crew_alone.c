/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crew_mpi.h, built without MPI. */
#include <stdlib.h>

#include "base/number.h"
#include "sweep/crew_mpi.h"

/* Whether a launcher says, in its own variable, that this is one of many. */
static bool is_one_of_many(const char *variable)
{
    const char *size = getenv(variable);
    uint64_t ranks;

    return size && number_u64(&ranks, size) && ranks > 1;
}

int crew_mpi_begin(struct error *err)
{
    if (is_one_of_many("OMPI_COMM_WORLD_SIZE") || is_one_of_many("PMI_SIZE"))
        return error_set(err, ERROR_USAGE,
                         "this flexcim was built without MPI; build it with "
                         "`meson setup -Dmpi=enabled`, or use --shard");
    return 0;
}

void crew_mpi_end(void)
{
}

unsigned crew_mpi_ranks(void)
{
    return 1;
}

unsigned crew_mpi_rank(void)
{
    return 0;
}

int crew_mpi_agree(int status, const char *same, struct error *err)
{
    (void)same, (void)err;
    return status;
}

/* Never called: there are no other ranks. */
void crew_mpi_serve(const struct crew_plan *plan)
{
    (void)plan;
}

const struct crew_way crew_mpi_way = { 0 };
