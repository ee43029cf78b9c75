#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: rows.sh FLEXCIM ROWS KILLS MODEL...
# Perplexity and accuracy have the same digits whoever measured the rows: one
# thread, two, two processes, three shards, three ranks of mpirun, a command
# that was killed KILLS times and taken up; dense and pruned.  MODEL is a folder
# of traces/checkpoints or tests/llm/families.  FLEXCIM_MPI says if the program
# was built with MPI.
set -eu
flexcim=$(realpath "$1")
rows=$2
asked=$3
shift 3
source=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d /tmp/flexcim-rows-XXXXXX)
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

# usage: measure WORDS...: in a results file of its own, unless it is there
measure() {
    # shellcheck disable=SC2086  # words
    "$flexcim" $command "$checkpoint" -q --db results.db --tokens "$tokens" \
        --rows "$rows" --json "$@"
}

# usage: same FILE WORDS: what one thread says, all digits, and nothing beside
same() {
    count=$((count + 1))
    good=ok
    cmp one "$1" >&2 || good='not ok'
    [ "$(find . -name '*eighth*')" = '' ] || good='not ok'
    echo "$good $count - $model, $command: $2"
    rm -f results.db* "$1"
}

# usage: seconds_of FILE: of an estimate in JSON
seconds_of() {
    tr '{' '\n' <"$1" | sed -n 's/.*"seconds": *\([^,]*\),.*/\1/p'
}

for model; do
    checkpoint=$source/traces/checkpoints/$model
    tokens=$source/traces/checkpoints/tokens.safetensors:test
    calibration=$source/traces/checkpoints/tokens.safetensors:calibration
    if [ ! -d "$checkpoint" ]; then
        checkpoint=$source/tests/llm/families/$model
        tokens=$checkpoint/reference.safetensors:tokens
        calibration=$tokens
    fi
    "$flexcim" record "$checkpoint" -q --rows "$rows" --tokens "$calibration" \
        -o trace >/dev/null
    "$flexcim" select trace -q --method uniform --pattern 2:4 -o plan >/dev/null
    # Two rows: two threads run them at once, and more have nothing to do.
    "$flexcim" perplexity "$checkpoint" -q --tokens "$tokens" --rows 2 -j 2 \
        --estimate --json >told
    count=$((count + 1))
    good=ok
    [ "$(seconds_of told | sort -u | wc -l)" = 1 ] || good='not ok'
    rm told
    echo "$good $count - $model: rows are whole, for threads and processes"
    for command in perplexity accuracy 'perplexity --plan plan'; do
        if [ "$command" = accuracy ] && [ "$rows" -lt 4 ]; then
            continue # too few to cut questions from
        fi
        measure -j 1 --estimate >told
        count=$((count + 1))
        good=ok
        # Four rows, none of more seconds than before, and nothing is made.
        seconds_of told |
            awk 'NR == 1 { first = $1 } NR > 1 && $1 > last { exit 1 }
                { last = $1 } END { exit NR != 4 || last >= first }' ||
            good='not ok'
        [ ! -e results.db ] || good='not ok'
        rm told
        echo "$good $count - $model, $command: what it takes is told before"
        measure -j 1 >one
        rm -f results.db*
        measure -j 2 >two
        same two 'two threads'
        measure --processes 2 >two
        same two 'two processes'
        for shard in 2 1 3; do
            measure --shard $shard/3 >part
            [ ! -s part ] && [ ! -e results.db ]
        done
        rm part
        measure >three
        same three 'three shards'
        if [ "$FLEXCIM_MPI" = yes ] && command -v mpirun >/dev/null; then
            # shellcheck disable=SC2086  # words
            mpirun -n 3 "$flexcim" $command "$checkpoint" -q --db results.db \
                --tokens "$tokens" --rows "$rows" --json >three
            same three 'three ranks'
        else
            count=$((count + 1))
            echo "ok $count - $model, $command: three ranks # SKIP no mpirun"
        fi
        [ "$kills" -gt 0 ] || continue
        # One that ends before it is killed begins anew, and does not count.
        killed=0 try=0
        while [ $killed -lt "$kills" ] && [ $try -lt $((3 * kills)) ]; do
            try=$((try + 1))
            # shellcheck disable=SC2086  # words
            if kill_once '*.eighth-?' "$flexcim" $command "$checkpoint" -q \
                --db results.db --tokens "$tokens" --rows "$rows" --json \
                --processes 2; then
                killed=$((killed + 1))
            fi
            if [ "$(find . -name '*.eighth-?')" = '' ]; then
                rm -f results.db*
            fi
        done
        [ $killed -gt 0 ]
        measure >killed-one
        same killed-one "killed $killed times and taken up"
    done
done
echo "1..$count"
