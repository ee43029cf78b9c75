#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The compression researcher: a checkpoint of one's own, pruned with an update and
# written as a Hugging Face folder, which is then a checkpoint like any other.
# usage: researcher.sh FLEXCIM
# shellcheck disable=SC1091,SC2154  # what journey.sh sets
. "$(dirname "$0")/journey.sh"

cp -r "$checkpoints/llama-7m" mine
cp "$checkpoints/tokens.safetensors" .

flexcim record mine --tokens tokens.safetensors --rows 8 -o mine.trace -q >said
flexcim select mine.trace --method block-error --sparsity 50% \
    --update sparsegpt -o plan.json -q >said
flexcim prune mine --plan plan.json --inputs 32 -o mine.sparse.trace \
    --checkpoint-out pruned -q >said
holds 'the folder has what Hugging Face asks for' \
    test -s pruned/config.json -a -s pruned/model.safetensors

ask() {
    flexcim perplexity "$@" --tokens tokens.safetensors --rows 8 -q --json |
        sed -n 's/.*"perplexity": *\([0-9.e+]*\).*/\1/p'
}
dense=$(ask mine) plan=$(ask mine --plan plan.json) folder_says=$(ask pruned)
echo "# dense $dense, plan $plan, folder $folder_says"
holds 'pruning costs something' awk -v a="$dense" -v b="$plan" \
    'BEGIN { exit !(b > a) }'
# Weights in the folder are rounded to the type that the checkpoint has.
holds 'the folder computes what the plan does' near "$folder_says" "$plan" 3e-3

flexcim record pruned --tokens tokens.safetensors --rows 1 -o again.trace -q >said
holds 'the folder can be recorded' test -s again.trace

flexcim replay mine.sparse.trace --machine flexcim,dense -q --json >cycles.json
holds 'both machines gave every output exactly' \
    test "$(grep -c exact cycles.json)" = 2
holds 'a folder is never written over' sh -c \
    '! flexcim prune mine --plan plan.json -o two.trace --checkpoint-out pruned -q'
holds 'the checkpoint itself is as it was' diff -r mine "$checkpoints/llama-7m"
arrive
