#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every machine on every plan, into one database; prints which shape each rival
# took, the verdicts and a short table, and leaves beside DB all pairs (.pairs.db),
# the long table (.csv) and the figure (.svg).
# usage: [MODELS=LIST] [PUBLISHED=LIST] run.sh [--quick|--others|--pipelined] [DB]
#   MODELS       of llama-7m and mamba2-6m, those to compare; README.md says what
#   PUBLISHED    of the lists in traces/shapes
#   --others     the models that README.md has beside those, unless others are said
#   --pipelined  all machines with registers at their multipliers; no questions
#                after the short table
set -eu

form=full
case ${1-} in
--quick | --others | --pipelined) form=${1#--}; shift ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
tokens=$checkpoints/tokens.safetensors
db=${1:-variants.db}
work=${db%.db}.traces
rows=4 calibration=64
if [ "$form" = others ]; then
    MODELS=${MODELS-mamba2-6m}
    PUBLISHED=${PUBLISHED-qwen2.5-3b llama-2-7b}
fi
models=${MODELS-llama-7m}
published=${PUBLISHED-mamba-2.8b}
inputs=512 sparsities='0.5 0.6 0.7' scales='multipliers area'
if [ "$form" = quick ]; then
    rows=1 calibration=16 models=llama-7m published=
fi
mkdir -p "$work"
case $work in
/*) ;;
*) work=$PWD/$work ;;
esac

# ---- machines ----------------------------------------------------------------

# NAME MACROS BANKS READS: macros that make 4096 multipliers a clock, output banks
# for each column of a macro, and inputs that it can read for each of its slots.
machines='dense 1 1 1
fixed-2-4 1 1 2
fixed-4-8 1 1 2
vegeta-n4 1 1 4
vegeta-n8 1 1 8
sdp 4 0.25 1
sparse-tensor-core 1 1 2
flexcim 1 4 8
flexcim-merged 1 1 8
flexcim-shared 1 1 8
flexcim-shared-adaptive 1 4 8
flexcim-serial 1 1 8
flexcim-serial-adaptive 1 4 8'
all=$(echo "$machines" | awk '{ print $1 }')

# Macros for one pattern can be built in other shapes of as many cells: so many
# sub-macros, rows and columns.  (sdp skips what 32 columns do not keep, and the
# arrays are as their paper has them.)
shaped='dense fixed-2-4 fixed-4-8 sparse-tensor-core'
shapes='1x16x256 1x32x128 1x64x64 2x16x128 2x32x64 2x64x32 4x16x64 4x32x32 4x64x16'

# machine FILE NAME SHAPE MACROS TITLE: NAME in that shape (-: as it is), with
# buffers and ports that suit it, pipelined if all are.
machine() {
    echo "$machines" | awk -v file="$1" -v name="$2" -v shape="$3" \
        -v macros="$4" -v title="$5" -v form="$form" '
        $1 != name { next }
        {
            split(shape == "-" ? "4x32x32" : shape, size, "x")
            wide = $4 * size[1] * size[2] / 32
            print "extends: " name "\ntitle: " name ", " title >file
            print "macros: " macros >file
            if (shape != "-") {
                print "macro:\n  sub_macros: " size[1] >file
                print "  rows: " size[2] "\n  columns: " size[3] >file
                print "select:\n  " (name == "dense" ? "share" : "selects") \
                    ": " size[3] >file
            }
            # Before products behind what chooses, and behind products where the
            # machine has none there.
            chooses = name != "dense" && name != "sdp"
            adds = name == "sdp" || name ~ /^vegeta/
            if (form == "pipelined" && chooses + adds) {
                print "array:" >file
                if (chooses)
                    print "  input_registers: yes" >file
                if (adds)
                    print "  product_registers: yes" >file
            }
            print "activations:\n  banks: " (wide < 1 ? 1 : wide) >file
            print "outputs:\n  banks: " macros * $3 * size[3] >file
            print "weights:\n  banks: 2" >file
            # As many bytes for all; of sparse-tensor-core a tile of each macro.
            cells = macros * size[1] * size[2] * size[3]
            print "  port_bytes: " \
                (name == "sparse-tensor-core" ? cells * 10 / 8 : 128) >file
        }'
}

# mm2 of NAME in SHAPE with so many macros
area() {
    machine "$work/area.yaml" "$1" "$2" "$3" area
    "$flexcim" area "$work/area.yaml" | awk '$2 == "all" { print $3 }'
}

# mm2 between the area $4 and that of NAME in SHAPE with so many macros
apart() {
    echo "$(area "$1" "$2" "$3") $4" |
        awk '{ print ($1 > $2 ? $1 - $2 : $2 - $1) }'
}

# How many macros of NAME in SHAPE come nearest to an area: beginning with what a
# second one adds to the first, one more or less for as long as that is nearer.
macros_in() {
    count=$(echo "$3 $(area "$1" "$2" 1) $(area "$1" "$2" 2)" |
        awk '{ n = int(1 + ($1 - $2) / ($3 - $2) + 0.5); print n < 1 ? 1 : n }')
    gap=$(apart "$1" "$2" "$count" "$3")
    for step in 1 -1; do
        while [ $((count + step)) -ge 1 ]; do
            next=$(apart "$1" "$2" $((count + step)) "$3")
            echo "$next $gap" | awk '{ exit $1 >= $2 }' || break
            count=$((count + step)) gap=$next
        done
    done
    echo "$count"
}

# every_shape FOLDER: of each rival that can be built in several
every_shape() {
    mkdir -p "$1"
    for name in $shaped; do
        for shape in $shapes; do
            machine "$1/$name@$shape.yaml" "$name" "$shape" 1 "$shape"
        done
    done
}

# make_machines MODEL DENSE-MACROS: with the shapes that MODEL's search found
make_machines() {
    mkdir -p "$work/$1"
    for scale in $scales; do
        target=
        for name in $all; do
            shape=$(awk -F, -v name="$name" '$2 == name { print $3 }' \
                "$work/$1.shapes.csv")
            shape=${shape:--}
            count=$(echo "$machines" | awk -v n="$name" '$1 == n { print $2 }')
            if [ "$scale" = area ]; then
                [ -n "$target" ] || target=$(area "$name" "$shape" "$2")
                count=$(macros_in "$name" "$shape" "$target")
            fi
            machine "$work/$1/$name@$scale.yaml" "$name" "$shape" "$count" \
                "equal $scale"
        done
    done
}

# experiment NAME FOLDER MACHINES...: its head
experiment() {
    printf 'name: %s\nverify: no\nparameters:\n' "$1"
    printf '  dram.rate: [%s]\nmachines:\n' "$memory"
    folder=$2
    shift 2
    for machine in "$@"; do
        for file in "$folder/$machine"@*.yaml; do
            echo "  - $file"
        done
    done
}

# best_shapes MODEL: of the search in its database
best_shapes() {
    "$flexcim" query "$here/shapes.sql" --db "$work/$1.shapes.db" --format csv |
        sed 1d >"$work/$1.shapes.csv"
}

n4='fixed-2-4 sparse-tensor-core vegeta-n4'
n8='dense fixed-4-8 vegeta-n8'
readings=$(echo "$all" | grep flexcim)
one_a_row=$(echo "$readings" | grep -E 'shared|serial')

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
    done
}

# replayed NAME LABEL FOLDER DB MACHINES...: all traces of the label
replayed() {
    name=$1 label=$2 folder=$3 into=$4
    shift 4
    {
        experiment "$model.$name" "$folder" "$@"
        echo "traces:"
        for sparsity in $sparsities; do
            for count in 1 "$inputs"; do
                echo "  - $work/$model.$sparsity.$label.$count.trace"
            done
        done
    } >"$work/$model.$name.yaml"
    "$flexcim" sweep "$work/$model.$name.yaml" --db "$into" -q >&2
}

every_shape "$work/shapes"
for model in $models; do
    [ -e "$work/$model.recorded" ] || "$flexcim" record \
        "$checkpoints/$model" --tokens "$tokens" --rows "$calibration" \
        --inputs "$inputs" -o "$work/$model.recorded" -q >&2
    "$flexcim" perplexity "$checkpoints/$model" --tokens "$tokens" \
        --rows "$rows" --db "$db" -q >&2
    for sparsity in $sparsities; do
        plan common
        plan n4 --patterns 1:4,2:4,dense
        plan n8 --patterns 1:8,2:8,4:8,dense
        plan agreed --agreement 32 --patterns 1:8,2:8,4:8,dense
        plan blocks --agreement 32 --blocks \
            --patterns 2:16,4:16,6:16,8:16,12:16,dense
    done
    memory=none
    search=$work/$model.shapes.db
    replayed shapes-n4 n4 "$work/shapes" "$search" fixed-2-4 sparse-tensor-core
    replayed shapes-n8 n8 "$work/shapes" "$search" dense fixed-4-8
    best_shapes "$model"
    make_machines "$model" 4
    memory='none, 64'
    # shellcheck disable=SC2086
    {
        replayed common common "$work/$model" "$db" $all
        replayed n4 n4 "$work/$model" "$db" $n4
        replayed n8 n8 "$work/$model" "$db" $n8 $readings
        replayed agreed agreed "$work/$model" "$db" $one_a_row
        replayed blocks blocks "$work/$model" "$db" sdp
    }
done

# ---- published models: shapes of one decoder block -----------------------------

# replayed_list NAME LISTS AGREEMENT PATTERNS FOLDER DB MACHINES...
replayed_list() {
    name=$1 lists=$2 agreement=$3 patterns=$4 folder=$5 into=$6
    shift 6
    {
        experiment "$model.$name" "$folder" "$@"
        printf 'shapes: [%s]\ntokens: [1, 2048]\n' "$lists"
        printf 'patterns: [%s]\nagreements: [%s]\n' "$patterns" "$agreement"
    } >"$work/$model.$name.yaml"
    "$flexcim" sweep "$work/$model.$name.yaml" --db "$into" -q >&2
}

for model in $published; do
    file=$top/traces/shapes/$model.yaml
    list=$work/$model.list.yaml
    sed 's/^blocks:.*/blocks: 1/' "$file" >"$list"
    # Masks that 32 outputs share leave as many inputs as are kept; what the
    # model is made of besides, `model:`, would not fit such layers.
    blocks=
    for sparsity in $sparsities; do
        blocks="$blocks, $work/$model.$sparsity.yaml"
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
            { print }' "$file" >"$work/$model.$sparsity.yaml"
    done
    blocks=${blocks#, }
    memory=none
    search=$work/$model.shapes.db
    replayed_list shapes-n4 "$list" 1 '2:4, 1:4' "$work/shapes" "$search" \
        fixed-2-4 sparse-tensor-core
    replayed_list shapes-n8 "$list" 1 '4:8, 2:8' "$work/shapes" "$search" fixed-4-8
    replayed_list shapes-dense "$list" 1 dense "$work/shapes" "$search" dense
    best_shapes "$model"
    make_machines "$model" 16
    memory='none, 64'
    # shellcheck disable=SC2086
    {
        replayed_list n8 "$list" 1 '4:8, 2:8' "$work/$model" "$db" $all
        replayed_list n4 "$list" 1 '2:4, 1:4' "$work/$model" "$db" $n4
        replayed_list agreeing "$list" 32 '4:8, 2:8' "$work/$model" "$db" \
            $one_a_row
        replayed_list skipped "$blocks" 1 dense "$work/$model" "$db" sdp
    }
done

# ---- questions -----------------------------------------------------------------

# Prices of some thousand runs are asked for once, in all pairs; the other questions
# are about these.
pairs=${db%.db}.pairs.db
rm -f "$pairs"
sqlite3 "$pairs" ".read $here/pairs.schema.sql"
for model in $models $published; do
    network=$(sed -n '1s/,.*//p' "$work/$model.shapes.csv")
    "$flexcim" query "$here/pairs.sql" "network=$network" --db "$db" \
        --format csv >"$work/$model.pairs.csv"
    sqlite3 "$pairs" ".import --csv --skip 1 $work/$model.pairs.csv pair"
done
sqlite3 "$pairs" "UPDATE pair SET perplexity_ratio = NULL, near = NULL
    WHERE perplexity_ratio = ''"

ask() {
    sqlite3 -csv -header "$pairs" ".read $here/$1.sql"
}

echo model,rival,shape
for model in $models $published; do
    cat "$work/$model.shapes.csv"
done
ask verdict
ask short | tee "$work/short.csv"
case $form in
quick | pipelined) exit 0 ;;
esac
ask facts
"$flexcim" query "$here/plans.sql" --db "$db" --format csv
ask table >"${db%.db}.csv"
(cd "$work" && gnuplot "$here/figure.gp")
mv "$work/figure.svg" "${db%.db}.svg"
"$flexcim" costs "$here/no-lines.yaml" --db "$db" -q >&2
"$flexcim" query "$here/lines.sql" --db "$db" --format csv
