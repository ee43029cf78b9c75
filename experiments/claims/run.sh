#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever a row of `flexcim claims` needs: plans of two models, free and with
# selects that agree, on FlexCiM and its rivals, layers alone and whole inferences,
# perplexities and answers; leaves DB, prints the verdicts as CSV.
# usage: run.sh [--quick] [DB]
set -eu

models='llama-7m mamba2-6m' calibration=64 rows=32 inputs=256
sparsities=0.3,0.5,0.6 machines=flexcim,dense,fixed-2-4,fixed-4-8,vegeta-n8
if [ "${1-}" = --quick ]; then
    models=llama-7m calibration=4 rows=4 inputs=32
    sparsities=0.3,0.5 machines=flexcim,dense,fixed-4-8
    shift
fi
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
db=${1:-claims.db}
traces=${db%.db}.traces
tokens=$top/traces/checkpoints/tokens.safetensors

# A plan whose 32 neighbouring outputs share their selects, at half of the weights.
agree() {
    model=$1
    checkpoint=$top/traces/checkpoints/$model
    for method in block-error uniform; do
        plan=$traces/$model-$method-agreeing.plan.json
        sparse=$traces/$model-$method-agreeing.sparse.trace
        [ -e "$plan" ] || "$flexcim" select "$traces/$model"-????????????.trace \
            --method "$method" --sparsity 0.5 --agreement 32 -o "$plan" -q >&2
        [ -e "$sparse" ] || "$flexcim" prune "$checkpoint" --plan "$plan" \
            --inputs "$inputs" -o "$sparse" --db "$db" -q >&2
        "$flexcim" perplexity "$checkpoint" --plan "$plan" \
            --tokens "$tokens:test" --rows "$rows" --db "$db" -q >&2
        "$flexcim" replay "$sparse" --machine "$machines" --db "$db" -q >&2
    done
}

for model in $models; do
    "$flexcim" run "$top/traces/checkpoints/$model" --tokens "$tokens" \
        --calibration-rows "$calibration" --rows "$rows" --inputs "$inputs" \
        --sparsity "$sparsities" --methods flow,uniform,block-error+sparsegpt \
        --machines "$machines" --infer --accuracy --db "$db" -q >&2
    agree "$model"
done
"$flexcim" claims --db "$db" --format csv
