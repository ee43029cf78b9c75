#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/extend.md shows how to add a machine, a method, a model family, a question,
# an experiment, a parameter, and an array with a block of its own.  Applies those
# very snippets to a copy of the tree, or those of one recipe alone, counts the
# files that they take, builds the copy once, and finds the new names in the lists,
# in runs and in their databases.  The tests of the models and of the families pass
# with them, and see a clock too many that is planted in the array.
#
# usage: snippets.sh SOURCE [machine|method|family|question|experiment|
#                            parameter|array]
#
# A recipe is a section of the page.  A snippet is a fenced block after one of
# these comments:
#   <!-- new: PATH -->          the whole file
#   <!-- line: PATH: TEXT -->   the block goes in before the first line of PATH
#                               that holds TEXT
#   <!-- run -->                the block is run by sh in the copy
set -eu

top=$1
only=${2:-}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for part in "$top"/*; do
    case ${part##*/} in build*) ;; *) cp -r "$part" "$copy" ;; esac
done

# Applies the snippets; writes a line RECIPE PATH for each into `touched`.
awk -v copy="$copy" -v only="$only" '
    function insert(path, text, block,    line, body, done) {
        while ((getline line < path) > 0) {
            if (!done && index(line, text)) { body = body block; done = 1 }
            body = body line "\n"
        }
        close(path)
        if (!done) { print "# no line with " text " in " path; exit 1 }
        printf "%s", body > path
        close(path)
    }
    function finish(    command) {
        if (only != "" && recipe != only) return
        count++
        print recipe, file > (copy "/touched")
        if (kind == "new") {
            printf "%s", block > (copy "/" file)
            close(copy "/" file)
        } else if (kind == "line") {
            insert(copy "/" file, text, block)
        } else {
            command = "cd " copy " && sh -eu"
            printf "%s", block | command
            if (close(command)) { print "# a block could not be run"; exit 1 }
        }
    }
    /^## Add / {
        recipe = /what multiplies/ ? "array" : $NF
    }
    /^<!-- new: .* -->$/ { file = $3; kind = "new"; next }
    /^<!-- line: .* -->$/ {
        kind = "line"
        file = $3
        sub(/:$/, "", file)
        text = $0
        sub(/^<!-- line: [^ ]* /, "", text)
        sub(/ -->$/, "", text)
        next
    }
    /^<!-- run -->$/ { kind = "run"; file = "tests/run"; next }
    /^```/ && kind && !inside { inside = 1; block = ""; next }
    /^```/ && inside { finish(); inside = 0; kind = ""; next }
    inside { block = block $0 "\n" }
    END { if (!count) { print "# no snippets in doc/extend.md"; exit 1 } }
' "$copy/doc/extend.md"

machine=$(sed -n 's|^<!-- new: models/machines/\(.*\)\.yaml -->$|\1|p' "$copy/doc/extend.md" | head -n 1)
method=$(sed -n 's|^<!-- new: src/flow/select/method_\(.*\)\.c -->$|\1|p' "$copy/doc/extend.md" |
    tr _ -)
family=$(sed -n 's|^<!-- new: src/llm/families/family_\(.*\)\.c -->$|\1|p' "$copy/doc/extend.md")

# has RECIPE...: all of them are applied.
has() {
    for word in "$@"; do
        [ -z "$only" ] || [ "$only" = "$word" ] || return 1
    done
}

# Not optimised as much: building takes longer than what runs.
models=tests/models/test_models_random_machines
families=tests/llm/test_llm_families
targets=flexcim
if has array || has parameter; then targets="$targets $models"; fi
if has family; then targets="$targets $families"; fi
meson setup "$copy/build" "$copy" --werror -Doptimization=1 >/dev/null
# shellcheck disable=SC2086
ninja -C "$copy/build" $targets >"$copy/log" 2>&1 || {
    tail "$copy/log" | sed 's/^/# /'
    exit 1
}
cd "$copy"
number=0

# good WORDS COMMAND...: the command does well.
good() {
    words=$1
    shift
    number=$((number + 1))
    if "$@" >out 2>err; then
        echo "ok $number - $words"
    else
        cat out err | tail -n 5 | sed 's/^/# /'
        echo "not ok $number - $words"
    fi
}

prints() { # PATTERN COMMAND...
    pattern=$1
    shift
    "$@" >printed && grep -q "$pattern" printed
}

# The files of a recipe, but for tests, costs, and lists to which it adds a line.
files_of() { # RECIPE
    sed -n "s/^$1 //p" touched | sort -u | grep -vxE \
        -e 'tests/.*|src/store/costs\.sql|.*meson\.build' \
        -e 'src/flow/select/methods\.c|src/llm/families/families\.c' \
        -e 'models/(parameter_list|arrays/array|counter)\.h|models/counter\.c'
}

takes_at_most() { # FILES RECIPE
    files_of "$2"
    [ "$(files_of "$2" | wc -l)" -le "$1" ]
}

# The clocks of a replay, of words that name one machine.
clocks() {
    rm -f clocks.db
    build/flexcim replay experiments/sharing/shapes.yaml --tokens 4 \
        --pattern 4:8 --db clocks.db -q \
        "$@" >replayed &&
        build/flexcim query --db clocks.db --format csv \
            "SELECT sum(cycles) FROM v_run" | tail -n 1 | tr -d '\r'
}

more_clocks() { # MACHINE, and words that must cost clocks
    machine=$1
    shift
    [ "$(clocks --machine "$machine")" -lt "$(clocks --machine "$machine" "$@")" ]
}

bug_is_seen() {
    sed -i 's/return 3 + machine_log2/return 4 + machine_log2/' \
        models/arrays/converter.c
    ninja -C build "$models" >log 2>&1
    ! "build/$models" >bug
}

same_hashes() { # of all machines that the tree has without the snippets
    sed -n 's/.*{ "\([a-z0-9-]*\)", *"\([0-9a-f]*\)"$/\1,\2/p' \
        tests/replay/test_shipped_machines.c | sort >hashes
    [ "$(wc -l <hashes)" -gt 10 ]
    build/flexcim replay experiments/sharing/shapes.yaml --tokens 1 \
        --pattern dense --db hash.db -q \
        --machine "$(cut -d, -f1 hashes | paste -sd,)"
    build/flexcim query --db hash.db --format csv \
        "SELECT name, substr(machine_hash, 1, 32) FROM machines" |
        tail -n +2 | tr -d '\r' | sort | cmp - hashes
}

for limit in 1:machine 1:method 1:family 1:question 1:experiment 2:parameter \
    4:array; do
    recipe=${limit#*:}
    if has "$recipe"; then
        good "$recipe: at most ${limit%:*} but for tests, costs and lists" \
            takes_at_most "${limit%:*}" "$recipe"
        sed 's/^/# /' out
    fi
done
if has machine; then
    good "flexcim machines lists $machine" \
        prints "^$machine " build/flexcim machines
fi
if has method; then
    good "flexcim methods lists $method" \
        prints "^$method " build/flexcim methods
    has machine || machine=flexcim
    good "$method on $machine runs" \
        build/flexcim run traces/checkpoints/llama-7m \
        --tokens traces/checkpoints/tokens.safetensors --sparsity 0.5 \
        --methods "$method" --machines "$machine" --rows 1 \
        --calibration-rows 2 --inputs 8 --db results.db
    good 'it is in the database' prints "^$method,$machine" \
        build/flexcim query --db results.db --format csv \
        "SELECT DISTINCT method, machine FROM v_comparison"
fi
if has family; then
    good "flexcim families lists $family" \
        prints "^$family " build/flexcim families
    good 'it gives the logits of its reference, as all families do' \
        "build/$families"
fi
if has question; then
    [ -f results.db ] || build/flexcim replay experiments/sharing/shapes.yaml \
        --tokens 1 --pattern 4:8 --machine flexcim --db results.db -q
    good 'the question is answered' prints 'share %' build/flexcim query \
        slowest --db results.db
fi
if has experiment; then
    good 'the experiment is swept' build/flexcim sweep experiments/ports.yaml \
        --db ports.db -q
    good 'a wider port loads in fewer clocks' prints '^1' \
        build/flexcim query --db ports.db --format csv \
        "SELECT max(cycles) > min(cycles) AS less FROM v_run"
fi
if has parameter; then
    good 'the parameter costs clocks' more_clocks flexcim --set weights.wake=9
fi
if has array; then
    good 'a converter for more columns costs clocks' more_clocks \
        flexcim-analog --set converter.share=16
    good 'its converters have area' prints ' converter ' \
        build/flexcim area flexcim-analog
    good 'its conversions have energy' prints ',converter,' \
        build/flexcim query energy --db clocks.db --format csv \
        machine=flexcim-analog
fi
if has array || has parameter; then
    good 'no other machine has another hash' same_hashes
    good 'the tests of the models pass' "build/$models"
fi
if has array; then
    good 'and see a clock too many' bug_is_seen
fi
echo "1..$number"
