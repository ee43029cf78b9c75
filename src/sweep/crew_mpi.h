/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sweep/crew_way.h"

/*
 * Workers that are the other ranks of mpirun.  MPI begins only if the program
 * was started by mpirun or srun, and only where these functions are called.
 * Built without MPI, crew_mpi_begin() refuses to be one of many.
 */

/* At the start.  -1 and `err` if this is one of many and there is no MPI. */
int crew_mpi_begin(struct error *err);
void crew_mpi_end(void); /* at the very end of all ranks */

unsigned crew_mpi_ranks(void); /* 1 without mpirun */
unsigned crew_mpi_rank(void);  /* 0: the leader */

/*
 * All ranks call it with how they fared: 0 if all did well and `same` (a hash)
 * is the same everywhere; else -1, and rank 0 has the first trouble in `err`.
 */
int crew_mpi_agree(int status, const char *same, struct error *err);

/* What every rank but 0 does until the leader ends the work. */
void crew_mpi_serve(const struct crew_plan *plan);

extern const struct crew_way crew_mpi_way;
