# shellcheck shell=sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For the tests of this folder: commands that write, on a tiny model, and what
# must be there before and after.  Set $flexcim, and source this: the current
# folder is then $folder/base, and `prepare COMMAND` fills it.
# shellcheck disable=SC2034,SC2154  # the tests use and set them

models=$(realpath "$(dirname "$0")/../llm/families")
# In memory where that can be: a disk waits at every fsync.
[ -w /dev/shm ] && top=/dev/shm || top=/tmp
folder=$(mktemp -d "$top/flexcim-inject-XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$folder/base/tmp"
cd "$folder/base" || exit 1
unset FLEXCIM_PATH
export LC_ALL=C OPENBLAS_NUM_THREADS=1 TMPDIR=tmp

# Two rows of 20 tokens to calibrate on, and the same to test on, as safetensors:
# the length of the head in eight bytes, the head, bytes.
put_tokens() {
    head='{"calibration":{"dtype":"U8","shape":[2,20],"data_offsets":[0,40]},'
    head=$head'"test":{"dtype":"U8","shape":[2,20],"data_offsets":[40,80]}}'
    # shellcheck disable=SC2059  # an octal number
    printf "\\$(printf %03o ${#head})\0\0\0\0\0\0\0%s" "$head"
    for row in 0 1 0 1; do
        for token in $(seq 0 19); do
            # shellcheck disable=SC2059
            printf "\\$(printf %03o $(((7 * row + 3 * token) % 97)))"
        done
    done
}

put_inputs() {
    cp -r "$models/mamba2-groups" model
    put_tokens >tokens.safetensors
    cat >shapes.yaml <<'YAML'
tokens: 3
layers:
  q: {inputs: 32, outputs: 8, pattern: 4:8}
YAML
    cat >experiment.yaml <<'YAML'
shapes: [shapes.yaml]
machines: [flexcim]
parameters:
  macro.rows: [16, 32]
YAML
}

before() {
    "$flexcim" "$@" -q >/dev/null 2>&1
}

# The earlier run on `dense` must stay whatever happens.
put_files() {
    before replay shapes.yaml --machine dense --db results.db
    case $1 in
    select | prune | replay)
        before record model --tokens tokens.safetensors -o model.trace -j 1
        ;;
    merge) before replay shapes.yaml --machine fixed-4-8 --db other.db ;;
    esac
    case $1 in
    prune | replay)
        before select model.trace --method uniform --pattern 2:4 -o plan.json
        ;;
    esac
    [ "$1" != replay ] ||
        before prune model --plan plan.json --trace model.trace \
            -o sparse.trace --db results.db
}

# usage: prepare COMMAND
# Sets $words, without blanks in them, and $output, a file that is replaced or
# not, but never half of it.
prepare() {
    output=
    case $1 in
    record)
        output=new.trace
        words="record model --tokens tokens.safetensors -j 1 -o $output"
        ;;
    select)
        output=new.json
        words="select model.trace --method uniform --pattern 4:8 -o $output"
        ;;
    prune)
        output=new.trace
        words="prune model --plan plan.json --trace model.trace -o $output"
        words="$words --db results.db"
        ;;
    replay) words='replay sparse.trace --machine flexcim --db results.db' ;;
    run)
        words='run model --tokens tokens.safetensors --sparsity 0.5 -j 1'
        words="$words --methods uniform --machines flexcim --db results.db"
        ;;
    merge) words='merge results.db other.db -o all.db' ;;
    sweep) words='sweep experiment.yaml -j 1 --db results.db' ;;
    report)
        output=new.html
        words="report --db results.db -o $output"
        ;;
    *)
        echo "no such command: $1" >&2
        exit 64
        ;;
    esac
    put_inputs
    put_files "$1"
    [ -z "$output" ] || echo 'what was there' >"$output"
}

# All that the same work must give again.
dump() {
    for file in *.db; do
        [ ! -s "$file" ] || sqlite3 "$file" '
            SELECT model_hash, name FROM models ORDER BY 1;
            SELECT * FROM plans ORDER BY 1;
            SELECT * FROM plan_layers ORDER BY 1, 3;
            SELECT model_hash, plan_hash, "rows", perplexity FROM perplexities
                ORDER BY 1, 2;
            SELECT trace_hash, plan_hash, kind FROM traces ORDER BY 1;
            SELECT * FROM list_layers ORDER BY 1, 3;
            SELECT run, status, reason FROM runs ORDER BY 1;
            SELECT * FROM layer_results ORDER BY 1, 3;
            SELECT * FROM counter_values ORDER BY 1, 2, 3, 4;
            SELECT * FROM experiment_points ORDER BY 1, 2;'
    done
    [ -z "$output" ] || cat "$output"
    find . -name '*.trace' -o -name '*.json' | LC_ALL=C sort | xargs cat
}

# Every database is sound, and has what was committed before.
is_sound() {
    for file in *.db; do
        [ "$(sqlite3 "$file" 'PRAGMA integrity_check;
            PRAGMA foreign_key_check')" = ok ] || return 1
    done
    [ "$(sqlite3 results.db "SELECT count(*) FROM runs
        JOIN machines USING (machine_hash) JOIN layer_results USING (run)
        WHERE status = 'done' AND name = 'dense'")" = 1 ]
}
