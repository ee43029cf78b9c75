#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: select.sh FLEXCIM ROWS PATTERNS KILLS METHODS MODEL...
# A plan and its measured costs are the same, byte for byte, whoever measured
# the rows: one thread, two, two processes, three shards, three ranks of mpirun,
# a command that keeps each step, and one that was killed KILLS times and taken
# up; none if KILLS is 0.  MODEL is a folder of traces/checkpoints or
# tests/llm/families.  FLEXCIM_MPI says if the program was built with MPI.
set -eu
flexcim=$(realpath "$1")
rows=$2
patterns=$3
asked=$4
methods=$5
shift 5
source=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d /tmp/flexcim-select-XXXXXX)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
cd "$folder"
unset FLEXCIM_PATH
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
count=0
# shellcheck disable=SC1091  # it is checked by itself
. "$source/tests/workflow/killing.sh"
# shellcheck source=tests/share.sh
. "$source/tests/share.sh"
kills=$(share_of "$asked")

# What a plan is chosen by; a method+aware measures layers as refitted.
words() {
    echo "select trace -q --method ${method%+aware} --sparsity 0.4" \
        "--patterns $patterns --samples $rows -o plan"
    case $method in *+aware) echo '--aware --update refit-dense' ;; esac
}

# usage: choose WORDS...: a plan of the model at hand
choose() {
    # shellcheck disable=SC2046  # words
    "$flexcim" $(words) "$@" >/dev/null
}

# usage: same WORDS: plan and costs of one thread, and nothing beside them
same() {
    count=$((count + 1))
    good=ok
    cmp one.plan plan >&2 || good='not ok'
    cmp one.costs trace.costs >&2 || good='not ok'
    [ "$(find . -name '*eighth*')" = '' ] || good='not ok'
    echo "$good $count - $model, $method: $1"
    rm -f plan trace.costs
}

for model; do
    checkpoint=$source/traces/checkpoints/$model
    tokens=$source/traces/checkpoints/tokens.safetensors
    if [ ! -d "$checkpoint" ]; then
        checkpoint=$source/tests/llm/families/$model
        tokens=$checkpoint/reference.safetensors:tokens
    fi
    "$flexcim" record "$checkpoint" -q --rows "$rows" --gram \
        --tokens "$tokens" -o trace >/dev/null
    for method in $methods; do
        # shellcheck disable=SC2046  # words
        "$flexcim" $(words) --estimate >told
        count=$((count + 1))
        good=ok
        # Four rows, each of fewer seconds, and nothing is made.
        awk 'NR > 2 && $3 >= last { exit 1 } { last = $3 } END { exit NR != 5 }' \
            told || good='not ok'
        [ ! -e plan ] || good='not ok'
        rm told
        echo "$good $count - $model, $method: what it takes is told before"
        choose -j 1
        mv plan one.plan
        mv trace.costs one.costs
        choose -j 2
        same 'two threads'
        choose --keep
        same 'each step kept'
        choose --processes 2
        same 'two processes'
        for shard in 2 1 3; do # as Slurm's tasks
            # shellcheck disable=SC2046  # words
            FLEXCIM=$flexcim SLURM_ARRAY_TASK_ID=$shard SLURM_ARRAY_TASK_COUNT=3 \
                "$source/experiments/scale/slurm.sh" $(words) >/dev/null
        done
        [ ! -e plan ] && [ ! -e trace.costs ]
        choose
        same 'three shards'
        choose --score magnitude --shard 1/3
        choose
        rm -f trace.*.eighth-* # which were not its own
        same 'beside an eighth of another score'
        if [ "$FLEXCIM_MPI" = yes ] && command -v mpirun >/dev/null; then
            # shellcheck disable=SC2046  # words
            mpirun -n 3 "$flexcim" $(words) >/dev/null
            same 'three ranks'
        else
            count=$((count + 1))
            echo "ok $count - $model, $method: three ranks # SKIP no mpirun"
        fi
        [ "$kills" -gt 0 ] || continue
        # Each time it is killed once it has kept something more; one that ends
        # before that begins anew, and does not count.
        killed=0 try=0
        kept=no
        while [ $killed -lt "$kills" ] && [ $try -lt $((3 * kills)) ]; do
            try=$((try + 1))
            # shellcheck disable=SC2046  # words
            if kill_once '*.eighth-?' \
                "$flexcim" $(words) --keep --processes $((try % 2 + 1)); then
                killed=$((killed + 1))
            fi
            if [ -e plan ]; then
                rm plan trace.costs
            fi
            [ "$(find . -name '*.eighth-?')" = '' ] || kept=yes
        done
        count=$((count + 1))
        good=ok
        [ $kept = yes ] || good='not ok'
        echo "$good $count - $model, $method: what was finished before a kill is kept"
        choose
        same "killed $killed times and taken up"
    done
done
echo "1..$count"
