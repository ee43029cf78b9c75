#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: prune.sh FLEXCIM ROWS KILLS MODEL:UPDATE[+propagate]...
# A sparse trace is the same, byte for byte, whoever updated its layers: one
# thread, two, two processes, three shards (of updates ending in -dense; others
# are refused), three ranks of mpirun, or a command that was killed KILLS times
# and taken up; none if KILLS is 0.  MODEL is a folder of traces/checkpoints or
# tests/llm/families.  FLEXCIM_MPI says if the program was built with MPI.
set -eu
flexcim=$(realpath "$1")
rows=$2
asked=$3
shift 3
source=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d /tmp/flexcim-prune-XXXXXX)
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

# usage: prune OUT WORDS...
prune() {
    out=$1
    shift
    "$flexcim" prune "$checkpoint" --plan plan -q --db results.db -o "$out" \
        "$@" >/dev/null
}

# usage: tell WORDS: the sentence holds if $good is ok
tell() {
    count=$((count + 1))
    echo "$good $count - $case: $1"
    good=ok
}

# usage: same FILE WORDS: the trace of one thread, and nothing beside it
same() {
    cmp one "$1" >&2 || good='not ok'
    [ "$(find . -name "$1.*")" = '' ] || good='not ok'
    rm -f "$1"
    tell "$2"
}

good=ok
for case; do
    model=${case%:*} update=${case#*:}
    checkpoint=$source/traces/checkpoints/$model
    tokens=$source/traces/checkpoints/tokens.safetensors
    if [ ! -d "$checkpoint" ]; then
        checkpoint=$source/tests/llm/families/$model
        tokens=$checkpoint/reference.safetensors:tokens
    fi
    rm -f trace results.db*
    "$flexcim" record "$checkpoint" -q --rows "$rows" --gram \
        --tokens "$tokens" -o trace >/dev/null
    "$flexcim" select trace -q --method uniform --pattern 2:4 \
        --update "${update%+propagate}" -o plan >/dev/null
    case $update in
    *+propagate)
        "$flexcim" select trace -q --method uniform --pattern 2:4 \
            --update "${update%+propagate}" --propagate 0.5 -o plan >/dev/null
        ;;
    esac
    prune none --estimate >told
    [ ! -e none ] || good='not ok'
    tell 'what it takes is told before'
    prune one -j 1
    : >two.layer-0.abcdef.flexcim.tmp
    prune two -j 2
    same two 'two threads, beside the half of a layer that a killed one left'
    prune two --processes 2
    same two 'two processes'
    case $update in
    *-dense)
        "$flexcim" select trace -q --method uniform --pattern 1:4 \
            --update "$update" -o other >/dev/null
        "$flexcim" prune "$checkpoint" --plan other -q --db results.db \
            -o three --shard 1/3 >/dev/null
        for shard in 2 1 3; do
            [ $shard = 1 ] || prune three --shard $shard/3
            [ ! -e three ] || good='not ok'
        done
        [ -e three.layer-0 ] || good='not ok'
        prune three
        same three 'three shards, beside a layer of another plan'
        ;;
    *)
        code=0
        prune three --shard 1/3 2>said || code=$?
        [ $code -eq 64 ] && grep -q 'waits for those before it' said ||
            good='not ok'
        tell 'a shard does not wait for layers of others'
        ;;
    esac
    if [ "$FLEXCIM_MPI" = yes ] && command -v mpirun >/dev/null; then
        mpirun -n 3 "$flexcim" prune "$checkpoint" --plan plan -q \
            --db results.db -o three >/dev/null
        same three 'three ranks'
    else
        tell 'three ranks # SKIP no mpirun'
    fi
    [ "$kills" -gt 0 ] || continue
    killed=0 try=0
    while [ $killed -lt "$kills" ] && [ $try -lt $((3 * kills)) ]; do
        try=$((try + 1))
        kept='killed.layer-*' # or where the rows stand, amid a layer's sums
        case $update in
        *-dense) ;;
        *) [ $((try % 2)) -eq 0 ] || kept=killed.rows ;;
        esac
        if kill_once "$kept" "$flexcim" prune "$checkpoint" --plan plan -q \
            --keep --db results.db -o killed --processes 2; then
            killed=$((killed + 1))
        else
            rm -f killed # it ended before: from the beginning
        fi
    done
    [ $killed -gt 0 ] || good='not ok'
    tell "killed $killed times"
    prune killed
    same killed "killed $killed times and taken up"
done
echo "1..$count"
