#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every machine on every plan; leaves DB and prints table and verdict.
# usage: run.sh [--quick] [DB]      (README.md says what is compared)
set -eu

quick=no
[ "${1-}" != --quick ] || { quick=yes; shift; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
tokens=$checkpoints/tokens.safetensors
db=${1:-variants.db}
work=${db%.db}.traces
if [ $quick = yes ]; then
    rows=4 calibration=16 inputs=512
else
    rows=32 calibration=128 inputs=2048
fi
mkdir -p "$work"

# plan LABEL SELECT-OPTIONS...: a plan of $model at $sparsity, its perplexity and
# its trace.  A machine's patterns may not reach the
# sparsity: then there is no such plan.
plan() {
    name=$work/$model.$sparsity.$1
    shift
    [ -e "$name.json" ] || "$flexcim" select "$work/$model.recorded" \
        --sparsity "$sparsity" -o "$name.json" -q "$@" || return 0
    "$flexcim" perplexity "$checkpoints/$model" --tokens "$tokens" \
        --rows "$rows" --plan "$name.json" --trace "$work/$model.recorded" \
        --db "$db" -q >&2
    [ -e "$name.trace" ] || "$flexcim" prune "$checkpoints/$model" \
        --plan "$name.json" --trace "$work/$model.recorded" \
        -o "$name.trace" --db "$db" -q >&2
    echo "  - ./${name##*/}.trace" >>"$experiment"
}

experiment=$work/experiment.yaml
cp "$here/experiment.yaml" "$experiment"
echo "traces:" >>"$experiment"
for model in ${MODELS:-llama-7m mamba2-6m}; do
    [ -e "$work/$model.recorded" ] || "$flexcim" record \
        "$checkpoints/$model" --tokens "$tokens" --rows "$calibration" \
        --inputs "$inputs" -o "$work/$model.recorded" -q >&2
    for sparsity in 0.5 0.6 0.7; do
        plan common --method flow
        plan flexcim --method error \
            --patterns 1:8,2:8,4:8,1:4,2:4,dense
        plan 2-4 --method error --patterns 2:4,dense
        plan 4-8 --method error --patterns 4:8,dense
        plan n4 --method error --patterns 1:4,2:4,dense
        plan n8 --method error --patterns 1:8,2:8,4:8,dense
        plan agreed --method error --agreement 32 \
            --patterns 1:8,2:8,4:8,dense
    done
done
"$flexcim" sweep "$experiment" --db "$db" -q >&2
"$flexcim" query "$here/table.sql" --db "$db"
"$flexcim" query "$here/verdict.sql" --db "$db"
