#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: side_by_side.sh FLEXCIM DELAYING ROUNDS
# Two runs at once share one results file and the name of their model, and were
# asked for different things: other rows, other inputs, or other weights.  Each
# must answer as it does when it is alone, whoever puts files into the folder
# between two of its steps (delaying.c makes that time long).
set -eu
flexcim=$(realpath "$1")
delaying=$(realpath "$2")
rounds=$3
here=$(dirname "$0")
# shellcheck source=tests/inject/common.sh
. "$here/common.sh"

put_inputs
mkdir here there
mv model here/model
cp -r "$models/llama-tied" there/model
chmod -R u+w there
asked="--tokens tokens.safetensors --sparsity 0.5 -j 1 -q --methods uniform"
asked="$asked --machines flexcim,dense"

# usage: ask WHICH DB
ask() {
    case $1 in
    1) words="here/model --rows 1 --calibration-rows 1" ;;
    2) words="here/model --rows 2 --calibration-rows 2" ;;
    3) words="here/model --rows 1 --calibration-rows 1 --inputs 3" ;;
    4) words="there/model --rows 1 --calibration-rows 1" ;;
    esac
    # shellcheck disable=SC2086  # words
    "$flexcim" run $words $asked --db "$2"
}

for which in 1 2 3 4; do
    ask $which alone$which.db | sed "s/alone$which/both/" >alone$which
done
echo "1..$rounds"
round=0
while [ $round -lt "$rounds" ]; do
    other=$((round % 3 + 2))
    rm -rf both.db* both.traces
    DELAY=40 LD_PRELOAD=$delaying ask 1 both.db >first 2>first.words &
    first=$!
    DELAY=40 LD_PRELOAD=$delaying ask $other both.db >second 2>second.words &
    second=$!
    good=ok
    wait $first || good='not ok'
    wait $second || good='not ok'
    cmp -s first alone1 || good='not ok'
    cmp -s second alone$other || good='not ok'
    round=$((round + 1))
    echo "$good $round - run 1 beside run $other"
    [ "$good" = ok ] || sed 's/^/# /' first first.words second second.words
done
