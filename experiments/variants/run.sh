#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every machine on every plan, into one database; prints verdict and short table,
# and leaves beside DB the long table (.csv) and the figure (.svg).
# usage: run.sh [--quick] [DB]      (README.md says what is compared)
set -eu

form=full
case ${1-} in
--quick) form=quick; shift ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
tokens=$checkpoints/tokens.safetensors
db=${1:-variants.db}
work=${db%.db}.traces
rows=4 calibration=64 buffers='equal scaled'
models='llama-7m mamba2-6m' published='llama-2-7b qwen2.5-3b mamba-2.8b'
inputs=2048 sparsities='0.5 0.6 0.7' scales='multipliers area'
if [ $form = quick ]; then
    rows=1 calibration=16 inputs=512 buffers=scaled published=
fi
mkdir -p "$work/machines" "$work/published"
case $work in
/*) ;;
*) work=$PWD/$work ;;
esac

# ---- machines ----------------------------------------------------------------

# mm2 of machine $1 with $2 macros, and as many output banks and weight ports a
# macro as its file says.
area() {
    "$flexcim" area "$1" --set "macros=$2" --set "outputs.banks=$(($2 * banks))" \
        --set "activations.banks=$wide" --set weights.banks=2 |
        awk '$2 == "all" { print $3 }'
}

# How many macros of $1 fill the area, to the nearest whole number: a macro's
# area is the difference that a second one makes.
macros_in() {
    echo "$2 $(area "$1" 1) $(area "$1" 2)" |
        awk '{ n = int(1 + ($1 - $2) / ($3 - $2) + 0.5); print n < 1 ? 1 : n }'
}

# NAME MACROS BANKS PORTS WIDE: macros that make 4096 multipliers a clock, output
# banks and weight ports a macro, and the activation banks that it can use.
machines='dense 1 32 1 4
fixed-2-4 1 32 1 8
fixed-4-8 1 32 1 8
vegeta-n4 1 32 1 16
vegeta-n4-row-wise 1 32 1 16
vegeta-n8 1 32 1 32
sdp 4 8 1 4
sparse-tensor-core 1 32 32 8
flexcim-merged 1 32 1 32
flexcim-shared 1 32 1 32
flexcim-serial 1 32 1 32'

# make_machines FOLDER DENSE-MACROS
make_machines() {
    for b in $buffers; do
        target=
        echo "$machines" | while read -r name group banks ports wide; do
            [ "$b" = scaled ] || wide=32
            for scale in $scales; do
                count=$group
                if [ "$scale" = area ]; then
                    [ -n "$target" ] || target=$(area "$name" "$2")
                    count=$(macros_in "$name" "$target")
                fi
                cat >"$1/$name@$scale-$b.yaml" <<END
extends: $name
title: $name, equal $scale, $b buffers
macros: $count
activations:
  banks: $wide
outputs:
  banks: $((count * banks))
weights:
  ports: $((count * ports))
END
            done
        done
    done
}

# experiment NAME FOLDER: its head, with the machines of FOLDER that $3.. name.
experiment() {
    printf 'name: %s\nverify: no\nparameters:\n' "$1"
    printf '  dram.rate: [none, 64]\n  weights.banks: [2]\nmachines:\n'
    folder=$2
    shift 2
    for machine in "$@"; do
        for file in "$folder/$machine"@*.yaml; do
            echo "  - $file"
        done
    done
}

# ---- shipped models: plans, perplexities, traces ------------------------------

# plan LABEL SELECT-OPTIONS...
plan() {
    label=$1
    name=$work/$model.$sparsity.$label
    shift
    [ -e "$name.json" ] || "$flexcim" select "$work/$model.recorded" \
        --method flow --sparsity "$sparsity" -o "$name.json" -q "$@"
    [ -e "$name.seen" ] || "$flexcim" perplexity "$checkpoints/$model" \
        --tokens "$tokens" --rows "$rows" --plan "$name.json" \
        --trace "$work/$model.recorded" --db "$db" -q >&2
    touch "$name.seen"
    for count in 1 "$inputs"; do
        [ -e "$name.$count.trace" ] || "$flexcim" prune "$checkpoints/$model" \
            --plan "$name.json" --trace "$work/$model.recorded" \
            --inputs "$count" -o "$name.$count.trace" --db "$db" -q >&2
        echo "  - $name.$count.trace" >>"$work/$label.yaml"
    done
}

readings='flexcim-merged flexcim-shared flexcim-serial'
make_machines "$work/machines" 4
all=$(echo "$machines" | awk '{ print $1 }')
# shellcheck disable=SC2086
{
    experiment common "$work/machines" $all >"$work/common.yaml"
    experiment n4 "$work/machines" fixed-2-4 sparse-tensor-core vegeta-n4 \
        vegeta-n4-row-wise >"$work/n4.yaml"
    experiment n8 "$work/machines" dense fixed-4-8 vegeta-n8 $readings \
        >"$work/n8.yaml"
    experiment agreed "$work/machines" flexcim-shared flexcim-serial \
        >"$work/agreed.yaml"
    experiment blocks "$work/machines" sdp >"$work/blocks.yaml"
}
for label in common n4 n8 agreed blocks; do
    echo "traces:" >>"$work/$label.yaml"
done
for model in $models; do
    [ -e "$work/$model.recorded" ] || "$flexcim" record \
        "$checkpoints/$model" --tokens "$tokens" --rows "$calibration" \
        --inputs "$inputs" -o "$work/$model.recorded" -q >&2
    for sparsity in $sparsities; do
        plan common
        plan n4 --patterns 1:4,2:4,dense
        plan n8 --patterns 1:8,2:8,4:8,dense
        plan agreed --agreement 32 --patterns 1:8,2:8,4:8,dense
        plan blocks --agreement 32 --blocks \
            --patterns 2:16,4:16,6:16,8:16,12:16,dense
    done
done
for label in common n4 n8 agreed blocks; do
    "$flexcim" sweep "$work/$label.yaml" --db "$db" -q >&2
done

# ---- published models: shapes of one decoder block -----------------------------

if [ -n "$published" ]; then
    make_machines "$work/published" 16
    lists=
    blocks=
    for name in $published; do
        file=$top/traces/shapes/$name.yaml
        lists="$lists, $work/published/$name.shapes.yaml"
        sed 's/^blocks:.*/blocks: 1/' "$file" >"$work/published/$name.shapes.yaml"
        # Masks that 32 outputs share leave as many inputs as are kept; what the
        # model is made of besides, `model:`, would not fit such layers.
        for sparsity in $sparsities; do
            blocks="$blocks, $work/published/$name.$sparsity.yaml"
            awk -v of="$sparsity" '
                /^model:/ { besides = 1; next }
                besides && /^ / { next }
                { besides = 0 }
                /^blocks:/ { print "blocks: 1"; next }
                /^name:/ { print $0 " blocks " of; next }
                match($0, /inputs: [0-9]+/) {
                    n = substr($0, RSTART + 8, RLENGTH - 8)
                    sub(/inputs: [0-9]+/, "inputs: " int(n * (1 - of) + 0.5))
                }
                { print }' "$file" >"$work/published/$name.$sparsity.yaml"
        done
    done
    # published NAME SHAPES AGREEMENT PATTERNS MACHINES...
    published() {
        name=$1 what=$2 agreement=$3 patterns=$4
        shift 4
        {
            experiment "$name" "$work/published" "$@"
            printf 'shapes: [%s]\ntokens: [1, 2048]\n' "${what#, }"
            printf 'patterns: [%s]\nagreements: [%s]\n' "$patterns" "$agreement"
        } >"$work/$name.yaml"
        "$flexcim" sweep "$work/$name.yaml" --db "$db" -q >&2
    }
    # shellcheck disable=SC2086
    published free "$lists" 1 '2:4, 1:4, 4:8, 2:8' $all
    published agreeing "$lists" 32 '4:8, 2:8' flexcim-shared flexcim-serial
    published skipped "$blocks" 1 dense sdp
fi

# ---- questions -----------------------------------------------------------------

ask() {
    cat "$here/pairs.sql" "$here/$1.sql" >"$work/$1.sql"
    "$flexcim" query "$work/$1.sql" --db "$db" --format csv
}

ask verdict
ask short | tee "$work/short.csv"
[ $form = full ] || exit 0
ask facts
"$flexcim" query "$here/plans.sql" --db "$db" --format csv
ask table >"${db%.db}.csv"
(cd "$work" && gnuplot "$here/figure.gp")
mv "$work/figure.svg" "${db%.db}.svg"
"$flexcim" costs "$here/no-lines.yaml" --db "$db" -q >&2
"$flexcim" query "$here/lines.sql" --db "$db" --format csv
