#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Perplexities of every method; leaves DB, prints the table as CSV and draws
# DB's name .svg (not with --quick).
# Then what choices are worth after each update (updates.sh, which takes longest).
# usage: [ROWS=N] run.sh [--quick] [DB]      (README.md says what is compared)
set -eu

quick=no
[ "${1-}" != --quick ] || { quick=yes; shift; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
db=${1:-selection.db}

# choose METHODS OPTIONS...: plans of $model, and their perplexities
choose() {
    "$flexcim" run "$checkpoints/$model" --methods "$@" \
        --tokens "$checkpoints/tokens.safetensors" --machines none \
        --db "$db" >&2
}

# A row of each; on one of the models only what is quickly measured, and few
# patterns for the method that takes longest.
quickly() {
    set -- -q --rows 1 --calibration-rows 1 --inputs 8 --sparsity 0.7
    if [ "$model" = llama-7m ]; then
        choose uniform,flow,flow-released "$@"
    else
        choose uniform,owl,flow,flow-released,block-error "$@"
        choose sensitivity,error,error+sparsegpt "$@" --patterns 1:8,4:8,dense
    fi
}

fully() {
    set -- --sparsity 0.5,0.6,0.7
    [ -z "${ROWS-}" ] || set -- "$@" --rows "$ROWS"
    choose uniform,owl,flow,flow-linear,flow-released,error "$@"
    choose block-error,scaled,sensitivity,judged "$@"
    choose uniform+sparsegpt,block-error+sparsegpt,sensitivity+sparsegpt "$@"
    choose block-error,sensitivity,sensitivity+sparsegpt "$@" \
        --patterns 4:6,4:8,4:10,4:12,4:16,dense
    shift 2
    choose owl+released --sparsity 0.5 "$@"
}

for model in llama-7m mamba2-6m; do
    if [ $quick = yes ]; then
        quickly
    else
        fully
    fi
done
"$flexcim" query "$here/table.sql" --db "$db" --format csv
if [ $quick = yes ]; then
    "$here/updates.sh" --quick "${db%.db}.updates.db"
    exit 0
fi
"$flexcim" query "$here/targets.sql" --db "$db" >&2
"$flexcim" query "$here/table.sql" --db "$db" --format csv >"${db%.db}.csv"
"$here/updates.sh" "${db%.db}.updates.db" >&2
gnuplot -e "csv='${db%.db}.csv'; svg='${db%.db}.svg'" "$here/figure.gp"
