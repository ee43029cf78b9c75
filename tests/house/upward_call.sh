#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A call from a lower folder to a higher one must fail to build: puts one into
# a copy of the tree, for two folders, and sees the link of layer_* fail.
set -eu

top=$1
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

for part in "$top"/*; do
    case ${part##*/} in build*) ;; *) cp -r "$part" "$copy" ;; esac
done
meson setup "$copy/build" "$copy" -Doptimization=0 >/dev/null

# refuses FOLDER FILE FUNCTION: FILE of FOLDER now calls FUNCTION from above.
refuses() {
    target=$1/layer_$(basename "$1")
    ninja -C "$copy/build" "$target" >/dev/null
    cp "$copy/$1/$2" "$copy/kept"
    printf 'int %s(void);\nint upward_call(void);\nint upward_call(void)\n{\n    return %s();\n}\n' \
        "$3" "$3" >>"$copy/$1/$2"
    if ninja -C "$copy/build" "$target" >"$copy/log" 2>&1; then
        echo "not ok - $1 may call $3"
        exit 1
    fi
    grep -qE "undefined (reference to|symbol:) .?$3" "$copy/log"
    cp "$copy/kept" "$copy/$1/$2"
    count=$((count + 1))
    echo "ok $count - $1 cannot call $3"
}

count=0
refuses src/base number.c sim_new
refuses src/trace pattern.c store_open
refuses src/flow prune/mask.c accelerator_run
echo "1..$count"
