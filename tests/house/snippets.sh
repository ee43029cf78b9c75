#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# doc/extend.md shows how to add a machine and a method.  Applies those very
# snippets to a copy of the tree, builds it, and finds the new names in the
# lists, in a run and in its database.
#
# There a snippet is a fenced block after one of these comments:
#   <!-- new: PATH -->          the whole file
#   <!-- line: PATH: TEXT -->   the block goes in before the first line of PATH
#                               that holds TEXT
set -eu

top=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for part in "$top"/*; do
    case ${part##*/} in build*) ;; *) cp -r "$part" "$copy" ;; esac
done

awk -v copy="$copy" '
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
    /^<!-- new: .* -->$/ { path = copy "/" $3; kind = "new"; next }
    /^<!-- line: .* -->$/ {
        kind = "line"
        path = $3
        sub(/:$/, "", path)
        path = copy "/" path
        text = $0
        sub(/^<!-- line: [^ ]* /, "", text)
        sub(/ -->$/, "", text)
        next
    }
    /^```/ && kind && !inside { inside = 1; block = ""; next }
    /^```/ && inside {
        if (kind == "new") { printf "%s", block > path; close(path) }
        else insert(path, text, block)
        inside = 0
        kind = ""
        count++
        next
    }
    inside { block = block $0 "\n" }
    END { if (count < 2) { print "# no snippets in doc/extend.md"; exit 1 } }
' "$copy/doc/extend.md"

machine=$(sed -n 's|^<!-- new: models/machines/\(.*\)\.yaml -->$|\1|p' "$copy/doc/extend.md")
method=$(sed -n 's|^<!-- new: src/flow/select/method_\(.*\)\.c -->$|\1|p' "$copy/doc/extend.md" |
    tr _ -)
meson setup "$copy/build" "$copy" --werror >/dev/null
ninja -C "$copy/build" flexcim >"$copy/log" 2>&1 || {
    tail "$copy/log" | sed 's/^/# /'
    exit 1
}
cd "$copy"
build/flexcim machines | grep -q "^$machine "
echo "ok 1 - flexcim machines lists $machine"
build/flexcim methods | grep -q "^$method "
echo "ok 2 - flexcim methods lists $method"
build/flexcim run traces/checkpoints/llama-7m \
    --tokens traces/checkpoints/tokens.safetensors --sparsity 0.5 \
    --methods "$method" --machines "$machine" --rows 1 --calibration-rows 2 \
    --inputs 8 --db results.db >out 2>err || {
    sed 's/^/# /' err
    exit 1
}
build/flexcim query --db results.db --format csv \
    "SELECT DISTINCT method, machine FROM v_comparison" |
    grep -q "^$method,$machine"
echo "ok 3 - $method on $machine is in the database"
echo 1..3
