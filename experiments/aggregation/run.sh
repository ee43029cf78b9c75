#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every pattern on FlexCiM that merges its sub-macros as a layer needs and on one
# that always merges all; leaves DB, prints the table as CSV.
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
cp "$here/experiment.yaml" "$here/ragged.yaml" "$work"
"$flexcim" sweep "$work/experiment.yaml" --db "$db" -q >&2
"$flexcim" query "$here/table.sql" --db "$db" --format csv
