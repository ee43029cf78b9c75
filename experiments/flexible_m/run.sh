#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The same selector with five sets of patterns, under limits of cycles and of
# bytes, from three disjoint calibration draws; leaves DB, prints the table as
# CSV.
# usage: [ROWS=N] [MODELS=LIST] run.sh [--quick] [DB]
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

# What of --draw $draw: plans of $model within limits, their perplexities, and
# what they take on the machines of that reach (in pairs).
plans() {
    reach=$1
    shift
    "$flexcim" run "$checkpoints/$model" "$@" --draw "$draw" \
        --tokens "$checkpoints/tokens.safetensors" --inputs "$inputs" \
        --calibration-rows "$calibration" ${rows:+--rows "$rows"} \
        --machines "$here/small$reach.yaml,$here/small-shared$reach.yaml,$here/small-serial$reach.yaml" \
        --db "$db" -q >&2
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
    echo "$cycles" | awk -v RS='%,?' -v narrow="$(macros small)" \
        -v wide="$(macros small-reach-8)" '
        /[0-9]/ { printf "%s%.1f%%", comma, $1 * narrow / wide; comma = "," }'
}

# Cycles are of the first machine.
frontiers() {
    plans '' --methods block-error --patterns $m8 --cycles "$cycles"
    plans '' --methods block-error --patterns $m8 --bytes "$bytes"
    plans -reach-8 --methods block-error --patterns $n4 --cycles "$cycles,$less"
    plans -reach-8 --methods block-error --patterns $n4 --bytes "$bytes"
    [ $quick = no ] || return 0
    plans '' --methods block-error --patterns $two --cycles "$cycles"
    plans '' --methods block-error --patterns $two --bytes "$bytes"
    for set in $m16 $all; do
        plans -reach-8 --methods block-error --patterns "$set" \
            --cycles "$cycles,$less"
        plans -reach-8 --methods block-error --patterns "$set" --bytes "$bytes"
    done
}

if [ $quick = yes ]; then
    models=mamba2-6m draws=1/2 inputs=64 calibration=1 rows=1
    cycles=50% bytes=55%
else
    models=${MODELS:-mamba2-6m llama-7m} draws='1/3 2/3 3/3' inputs=128
    calibration=8 rows=${ROWS-}
    cycles=35%,50% bytes=45%,60%
fi
less=$(at_equal_area)
for model in $models; do
    draw=${draws%% *}
    plans '' --methods uniform --sparsity 0,0.5
    for draw in $draws; do
        frontiers
    done
done
"$flexcim" query "$here/table.sql" --db "$db" --format csv
[ $quick = yes ] || "$flexcim" query "$here/readings.sql" --db "$db" >&2
