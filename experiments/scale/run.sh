#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: run.sh [DB] [--quarter | --quick]
# What each step is said to need, as CSV; without --quick also, on standard
# error, what it took: one row of 2048 tokens through two blocks of Llama-2-7B's
# shape.  --quarter: a quarter of its width, 512 tokens.  --quick: two blocks of an eighth of its width, 4,000 words, 128 tokens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
flexcim=$(realpath "${FLEXCIM:-$here/../../build/flexcim}")
form=full
for word; do
    case $word in --quarter | --quick) form=${word#--} ;; esac
done
folder=$(mktemp -d "${TMPDIR:-/tmp}/flexcim-scale-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"
case $form in
full) "$here/make.sh" model 2 4096 11008 32 32000 2048 ;;
quarter) "$here/make.sh" model 2 1024 2752 8 32000 512 ;;
quick) "$here/make.sh" model 2 512 1376 8 4000 128 ;;
esac
tokens=model/tokens.safetensors
"$flexcim" record model --tokens $tokens --rows 1 --inputs 16 -q -j 1 \
    -o model.trace >/dev/null

# usage: step NAME WORDS...: a row for each number of processes; what it takes
step() {
    name=$1
    shift
    "$flexcim" "$@" -q -j 1 --estimate >told
    awk -v step="$name" 'NR > 1 { print step "," $1 "," $4 "," $5 }' told
    [ "$form" != quick ] || return 0
    awk -v step="$name" 'NR == 2 {
        printf "%s: said %.1f s, %s MB; took ", step, $3, $4 }' told >&2
    # A short step needs less than an eighth of 8 rows does, so 1 row is run.
    "$flexcim" "$@" -j 1 --verbose 2>&1 >/dev/null |
        sed -n 's/.*, \(.*\) of processor time, at most /\1, /p' >&2
}

echo step,processes,memory_mb,disk_mb
step record record model --tokens $tokens --rows 1 --inputs 16 -o again.trace
step perplexity perplexity model --tokens $tokens --rows 1 --db results.db
for method in block-error sensitivity; do
    step $method select model.trace --method $method --sparsity 0.4 \
        --patterns 4:8,dense --samples 1 -o plan.json
done
for update in none sparsegpt refit admm 'reconstruct --steps=2' \
    'sparsegpt --propagate=0.5'; do
    # shellcheck disable=SC2086  # an option with its value
    "$flexcim" select model.trace --method uniform --pattern 4:8 \
        --update $update -o plan.json -q >/dev/null
    step "prune $update" prune model --plan plan.json \
        -o sparse.trace --db results.db
done
step gram record model --tokens $tokens --rows 1 --inputs 16 --gram -o gram.trace
