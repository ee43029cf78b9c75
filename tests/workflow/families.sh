#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: families.sh FLEXCIM MODEL...
#
# Tiny models of a family through all steps: recorded, selected by each method,
# pruned and written as a folder, replayed.  The folder must compute what the
# plan does, and that must be what Hugging Face transformers 5.17 computed with
# such a folder (tests/llm/families/pruned.txt: perplexity on the reference's
# tokens).
set -u
flexcim=$(realpath "$1")
shift
source=$(cd "$(dirname "$0")/../.." && pwd)/tests/llm/families
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
count=0

# A sentence, and whether it holds.
tell() {
    count=$((count + 1))
    if [ "$2" = yes ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
    fi
}

perplexity_of() {
    "$flexcim" perplexity "$@" --quiet --json | sed 's/.*"perplexity": *\([0-9.e+]*\).*/\1/;t;d'
}

# Whether two numbers are the same within a share.
near() {
    awk -v a="$1" -v b="$2" -v share="$3" \
        'BEGIN { d = a - b; if (d < 0) d = -d; print (a > 0 && d <= share * b) ? "yes" : "no" }'
}

for model in "$@"; do
    tokens=$source/$model/reference.safetensors:tokens
    rm -rf ./* && mkdir db
    "$flexcim" record "$source/$model" --tokens "$tokens" -q -o a.trace >/dev/null
    for method in uniform block-error sensitivity; do
        "$flexcim" select a.trace -m $method --sparsity 50% --samples 2 -q \
            -o $method.json >/dev/null ||
            tell "$model: $method selects" no
    done
    "$flexcim" prune "$source/$model" --plan block-error.json -q -o s.trace \
        --db db/r --checkpoint-out pruned >/dev/null
    outputs=$("$flexcim" replay s.trace --machine flexcim,dense -q --db db/r \
        --json | grep -o '"outputs": *"exact"' | wc -l)
    tell "$model: every output of both machines is exact" \
        "$([ "$outputs" -eq 2 ] && echo yes || echo no)"
    plan=$(perplexity_of "$source/$model" --plan block-error.json \
        --tokens "$tokens")
    tell "$model: the folder that was written computes what the plan does" \
        "$(near "$(perplexity_of pruned --tokens "$tokens")" "$plan" 0)"
    wanted=$(sed -n "s/^$model //p" "$source/pruned.txt")
    tell "$model: and what transformers does" "$(near "$plan" "$wanted" 2e-6)"
done
echo "1..$count"
