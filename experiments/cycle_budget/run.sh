#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For every uniform N:8: a plan that takes no more cycles on the same machine.
# Leaves DB, prints the table as CSV.
# usage: [ROWS=N] [MODELS=LIST] run.sh [--quick] [DB]
set -eu

quick=no
[ "${1-}" != --quick ] || { quick=yes; shift; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
db=${1:-cycle_budget.db}
offered=1:8,2:8,3:8,4:8,5:8,6:8,1:2,1:4,2:4,3:4,dense
machines="flexcim flexcim-merged flexcim-shared $here/../flexible_m/small.yaml"

if [ $quick = yes ]; then
    models=mamba2-6m machines='flexcim flexcim-merged flexcim-shared'
    offered=1:8,2:8,3:8,4:8,6:8,dense
    set -- --rows 1 --calibration-rows 1 --inputs 16
    steps=4:8,2:8 uniform=0,0.5,0.625,0.75
else
    models=${MODELS:-llama-7m mamba2-6m}
    set -- ${ROWS:+--rows "$ROWS"}
    steps=4:8,2:8,1:8 uniform=0,0.25,0.375,0.5,0.625,0.75,0.875
fi
for model in $models; do
    set -- "$checkpoints/$model" --db "$db" -q \
        --tokens "$checkpoints/tokens.safetensors" "$@"
    "$flexcim" run "$@" --methods uniform --sparsity $uniform \
        --machines "$(echo "$machines" | tr ' ' ,)" >&2
    for machine in $machines; do
        "$flexcim" run "$@" --methods block-error --patterns $offered \
            --cycles $steps --machines "$machine" >&2
    done
    shift 6
done
"$flexcim" query "$here/table.sql" --db "$db" --format csv
