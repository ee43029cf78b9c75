#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The same selector with five sets of patterns, under limits of bytes and of the
# cycles of two machines (sub-macros all merged, or as a layer needs), from three
# disjoint calibration draws; leaves DB, prints the table as CSV.
# usage: [ROWS=N] [MODELS=LIST] [DRAWS=LIST] [MERGED=LIST] run.sh [--quick] [DB]
#   MERGED  of `all needed`: rows of one of them can be made alone
set -eu

quick=no
[ "${1-}" != --quick ] || { quick=yes; shift; }
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
db=${1:-flexible_m.db}

m8=1:8,2:8,3:8,4:8,5:8,6:8,dense
m16=2:16,4:16,6:16,8:16,10:16,12:16,dense
n4=4:6,4:8,4:10,4:12,4:16,dense
two=1:8,1:4,2:8,1:2,2:4,4:8,dense
all=1:8,2:8,3:8,4:8,5:8,6:8,1:2,1:4,2:4,4:6,4:10,4:12,4:16,2:16,6:16,8:16,10:16,12:16,dense

# The machine $merged of that reach (in pairs) and, for readings.sql, the other
# readings of its selects.  Cycles are of the first machine.
machines() {
    case $merged in
    needed) echo "$here/small-adaptive$1.yaml" ;;
    all)
        echo "$here/small$1.yaml"
        [ $quick = yes ] ||
            echo "$here/small-shared$1.yaml,$here/small-serial$1.yaml"
        ;;
    esac | paste -sd ,
}

# What of --draw $draw: plans of $model within limits, their perplexities, and
# what they take on the machines of that reach.
plans() {
    reach=$1
    shift
    "$flexcim" run "$checkpoints/$model" "$@" --draw "$draw" \
        --tokens "$checkpoints/tokens.safetensors" --inputs "$inputs" \
        --calibration-rows "$calibration" ${rows:+--rows "$rows"} \
        --machines "$(machines "$reach")" --db "$db" -q >&2
}

# mm2 of a machine without its buffers
macros() {
    "$flexcim" area "$here/$1.yaml" | awk '
        $2 == "all" { area += $3 }
        $2 ~ /^(activation|output)_buffer$/ { area -= $3 }
        END { print area }'
}

# At equal area the machine with wider selectors has less time.
at_equal_area() {
    case $merged in needed) name=small-adaptive ;; all) name=small ;; esac
    echo "$cycles" | awk -v RS='%,?' -v narrow="$(macros "$name")" \
        -v wide="$(macros "$name-reach-8")" '
        /[0-9]/ { printf "%s%.1f%%", comma, $1 * narrow / wide; comma = "," }'
}

# within REACH SET CYCLES: bytes are the same for every machine
within() {
    plans "$1" --methods block-error --patterns "$2" --cycles "$3"
    [ "$merged" = "${merge%% *}" ] || return 0
    plans "$1" --methods block-error --patterns "$2" --bytes "$bytes"
}

frontiers() {
    within '' $m8 "$cycles"
    within -reach-8 $n4 "$cycles,$less"
    [ $quick = no ] || return 0
    within '' $two "$cycles"
    within -reach-8 $m16 "$cycles,$less"
    within -reach-8 $all "$cycles,$less"
}

merge=${MERGED:-all needed}
if [ $quick = yes ]; then
    models=mamba2-6m draws=1/2 inputs=64 calibration=1 rows=1
    cycles=50% bytes=55% dense=0
    m8=2:8,3:8,4:8,6:8,dense n4=4:6,4:8,4:12,dense
else
    models=${MODELS:-mamba2-6m llama-7m} draws=${DRAWS:-1/3 2/3 3/3} inputs=128
    calibration=8 rows=${ROWS-}
    cycles=35%,50% bytes=45%,60% dense=0,0.5
fi
for model in $models; do
    for merged in $merge; do
        less=$(at_equal_area)
        draw=${draws%% *}
        plans '' --methods uniform --sparsity $dense
        for draw in $draws; do
            frontiers
        done
    done
done
"$flexcim" query "$here/table.sql" --db "$db" --format csv
[ $quick = yes ] || "$flexcim" query "$here/readings.sql" --db "$db" >&2
