#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What are choices of patterns worth after each update, and how far are they from
# masks without groups?  One cell after the other: a model, a draw of calibration
# rows, a sparsity, a choice with its update; each with the processor time that it
# took.  Prints the table as CSV; a cell that DB has is not measured again.
# usage: [MODELS=LIST] [DRAWS=LIST] [SPARSITIES=LIST] [UPDATES=LIST] [CHOICES=LIST]
#        [ROWS=N] [ACCURACY=no] updates.sh [--quick | --list] [DB]
#   UPDATES    of none sparsegpt refit admm reconstruct
#   CHOICES    of uniform owl+mixed flow+mixed block-error sensitivity judged, and
#              each of these with +unstructured behind it
#   --quick    one draw at 70 %, few rows, updates that take no time
#   --list     says what would be measured, a command a line
set -eu

form=full
case ${1-} in
--quick | --list) form=${1#--} && shift ;;
esac
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
flexcim=${FLEXCIM:-$top/build/flexcim}
checkpoints=$top/traces/checkpoints
db=${1:-updates.db}
seconds=${db%.db}.seconds.csv

models=${MODELS-llama-7m mamba2-6m}
draws=${DRAWS-1 2 3}
sparsities=${SPARSITIES-0.5 0.6 0.7}
updates=${UPDATES-none sparsegpt refit admm reconstruct}
choices=${CHOICES-uniform owl+mixed flow+mixed block-error sensitivity judged
uniform+unstructured judged+unstructured}
rows=${ROWS:+--rows $ROWS}
calibration=
accuracy=--accuracy
[ "${ACCURACY-}" != no ] || accuracy=
if [ "$form" = quick ]; then
    draws=1 sparsities=0.7 updates=none accuracy=
    choices='uniform flow+mixed uniform+unstructured'
    models=mamba2-6m rows='--rows 1' calibration='--calibration-rows 1 --inputs 8'
fi

# Training takes long, so that only these choices have it.
is_wanted() {
    [ "$update" = reconstruct ] || return 0
    case $choice in
    uniform* | judged* | flow*) return 0 ;;
    *) return 1 ;;
    esac
}

# The cell's command, but for the results file.
command_of() {
    word=$choice
    [ "$update" = none ] || word=$choice+$update
    set -- "$checkpoints/$model" --tokens "$checkpoints/tokens.safetensors" \
        --methods "$word" --sparsity "$sparsity" --draw "$draw/3" \
        --machines none
    # shellcheck disable=SC2086 # several words
    echo "$@" $rows $calibration $accuracy
}

measure() {
    cell=$model,$draw,$choice,$update,$sparsity
    [ ! -f "$seconds" ] || ! grep -q "^$cell," "$seconds" || return 0
    # shellcheck disable=SC2046 # several words
    "$flexcim" run $(command_of) --db "$db" --verbose 2>"$seconds.said" \
        >/dev/null || {
        cat "$seconds.said" >&2
        return 1
    }
    echo "$cell,$(sed -n 's/^flexcim run: .* \([0-9.]*\) s of processor.*/\1/p' \
        "$seconds.said")" >>"$seconds"
    rm "$seconds.said"
}

for update in $updates; do # what is quick, and compares, comes first
    for model in $models; do
        for draw in $draws; do
            for sparsity in $sparsities; do
                for choice in $choices; do
                    if ! is_wanted; then
                        continue
                    elif [ "$form" = list ]; then
                        echo "flexcim run $(command_of) --db $db"
                    else
                        measure
                    fi
                done
            done
        done
    done
done
[ "$form" != list ] || exit 0

# The table, with the time of each cell where it is full; a quick one is compared.
"$flexcim" query "$here/updates.sql" --db "$db" --format csv >"$seconds.table"
if [ "$form" = quick ]; then
    cat "$seconds.table"
else
    awk -F, -v OFS=, '
        FNR == NR { took[$1, $2, $3, $4, $5] = $6; next }
        FNR == 1 { print $0, "seconds"; next }
        { print $0, took[$1, $2, $3, $4, $5] }' "$seconds" "$seconds.table" |
        tee "${db%.db}.csv"
    "$flexcim" query "$here/worth.sql" --db "$db" >&2
fi
rm "$seconds.table"
