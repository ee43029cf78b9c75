#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Record, select, perplexity or accuracy as a Slurm array: every task measures
# its eighths of the rows and leaves them beside the result, in a folder that all
# nodes must see; then the same command makes the result of them.
#
#     run="experiments/scale/slurm.sh record model --tokens t.safetensors"
#     id=$(sbatch --parsable --array=1-8 $run)
#     sbatch --dependency=afterok:$id $run
#
# A task that was killed is submitted again (--array=7): it goes on where it
# was.  With Open MPI all ranks are of one job, and rank 0 makes the result:
#
#     sbatch --ntasks=9 --wrap "srun --mpi=pmix flexcim record model ..."
#SBATCH --job-name=flexcim
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=12:00:00
set -eu

flexcim=${FLEXCIM:-flexcim}
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    set -- "$@" --shard "$SLURM_ARRAY_TASK_ID/${SLURM_ARRAY_TASK_COUNT:-8}"
fi
exec "$flexcim" "$@" -j "${SLURM_CPUS_PER_TASK:-1}"
