#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep as a Slurm array: every task has a shard and a results file of its
# own.  Submit it from the folder that shall
# get the results, which all nodes must see:
#
#     SHARDS=16 sbatch --array=1-16 experiments/slurm.sh EXPERIMENT.yaml
#     flexcim merge shard-*.db -o results.db          when all are done
#
# A task that was killed is submitted again (SHARDS=16, --array=7): it goes on
# where it was.
#SBATCH --job-name=flexcim
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@60
set -eu

experiment=$1
flexcim=${FLEXCIM:-flexcim}
exec "$flexcim" sweep "$experiment" -q -j "${SLURM_CPUS_PER_TASK:-1}" \
    --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" \
    --db "shard-$SLURM_ARRAY_TASK_ID.db"
