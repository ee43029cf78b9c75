#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every pattern on FlexCiM that merges its sub-macros as a layer needs and on one
# that always merges all, on that in every shape, and on layers of many sizes; leaves
# DB, prints four tables as CSV.
# usage: run.sh [DB]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
db=${1:-aggregation.db}
work=${db%.db}.shapes
mkdir -p "$work"
for model in llama-7m mamba2-6m; do
    "$flexcim" shapes "$top/traces/checkpoints/$model/config.json" \
        --name "$model" >"$work/$model.yaml"
done
# One decoder block: the others of a published model are the same.
for model in llama-2-7b qwen2.5-3b mamba-2.8b; do
    sed 's/^blocks:.*/blocks: 1/' "$top/traces/shapes/$model.yaml" \
        >"$work/$model.yaml"
done
{
    printf 'name: sizes\ntokens: 512\nprefix: size\nlayers:\n'
    for inputs in 32 64 100 128 192 256 390 512 768 1024 1536 2048; do
        for outputs in 32 64 100 300 1024; do
            echo "  k${inputs}o$outputs: {inputs: $inputs, outputs: $outputs}"
        done
    done
} >"$work/sizes.list.yaml"
cp "$here/experiment.yaml" "$here/shape.yaml" "$here/sizes.yaml" \
    "$here/ragged.yaml" "$work"
for what in experiment shape sizes; do
    "$flexcim" sweep "$work/$what.yaml" --db "$db" -q >&2
done
for question in table shape sizes wires; do
    "$flexcim" query "$here/$question.sql" --db "$db" --format csv
done
