#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: record.sh FLEXCIM ROWS KILLS MODEL[+gram]...
# A recorded trace is the same, byte for byte, whoever measured its rows: one
# thread, two, two processes, three shards, three ranks of mpirun, or a command
# that was killed KILLS times and taken up; none if KILLS is 0.  MODEL is a folder
# of traces/checkpoints or tests/llm/families.  FLEXCIM_MPI says if the program
# was built with MPI.
set -eu
flexcim=$(realpath "$1")
rows=$2
asked=$3
shift 3
source=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d /tmp/flexcim-record-XXXXXX)
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

# What records MODEL, or with +gram its Gram matrices as well.
words() {
    checkpoint=$source/traces/checkpoints/${1%+gram}
    tokens=$source/traces/checkpoints/tokens.safetensors
    if [ ! -d "$checkpoint" ]; then
        checkpoint=$source/tests/llm/families/${1%+gram}
        tokens=$checkpoint/reference.safetensors:tokens
    fi
    echo "record $checkpoint -q --rows $rows --tokens $tokens"
    case $1 in *+gram) echo '--gram' ;; esac
}

# usage: record MODEL OUT WORDS...
record() {
    model=$1 out=$2
    shift 2
    # shellcheck disable=SC2046  # words
    "$flexcim" $(words "$model") -o "$out" "$@" >/dev/null
}

# usage: same MODEL FILE WORDS: the trace of one thread, and nothing beside it
same() {
    count=$((count + 1))
    good=ok
    cmp "$1.trace" "$2" >&2 || good='not ok'
    [ "$(find . -name '*eighth*' -o -name '*.gram-*')" = '' ] || good='not ok'
    echo "$good $count - $1: $3"
    rm -f "$2"
}

for model; do
    record "$model" "$model.trace" -j 1
    record "$model" threads -j 2
    same "$model" threads 'two threads'
    record "$model" processes --processes 2
    same "$model" processes 'two processes'
    for shard in 2 1 3; do
        record "$model" shards --shard $shard/3
    done
    : >shards.eighth-2.abcdef.flexcim.tmp # of one that was killed meanwhile
    record "$model" shards
    same "$model" shards 'three shards'
    if [ "$FLEXCIM_MPI" = yes ] && command -v mpirun >/dev/null; then
        # shellcheck disable=SC2046  # words
        mpirun -n 3 "$flexcim" $(words "$model") -o ranks >/dev/null
        same "$model" ranks 'three ranks'
    else
        count=$((count + 1))
        echo "ok $count - $model: three ranks # SKIP no mpirun"
    fi
    [ "$kills" -gt 0 ] || continue
    killed=0 try=0
    while [ $killed -lt "$kills" ] && [ $try -lt $((3 * kills)) ]; do
        try=$((try + 1))
        # shellcheck disable=SC2046  # words
        if kill_once 'killed.eighth-?' \
            "$flexcim" $(words "$model") -o killed --processes 2; then
            killed=$((killed + 1))
        else
            rm -f killed # it ended before: from the beginning
        fi
    done
    count=$((count + 1))
    good=ok
    [ $killed -gt 0 ] || good='not ok'
    echo "$good $count - $model: killed $killed times"
    record "$model" killed
    same "$model" killed "killed $killed times and taken up"
done
echo "1..$count"
