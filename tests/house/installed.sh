#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What `meson install` puts somewhere works there, from any folder: the program
# finds its machines, shapes and checkpoints and does the main job on a few
# rows; there are manual pages, completions, and the kernel for pkg-config.
# usage: installed.sh BUILD
set -eu
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
meson install -C "$build" --no-rebuild --quiet --destdir "$work/root" >/dev/null
prefix=$(dirname "$(dirname "$(find "$work/root" -path '*/bin/flexcim')")")
PATH=$prefix/bin:$PATH
unset FLEXCIM_PATH
mkdir "$work/elsewhere"
cd "$work/elsewhere"
count=0

# good WORDS COMMAND...
good() {
    words=$1
    shift
    count=$((count + 1))
    if "$@"; then echo "ok $count - $words"; else echo "not ok $count - $words"; fi
}

has_lines() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

flexcim machines >list
good 'machines are found' has_lines list 14
flexcim replay opt-1.3b --pattern 4:8 --tokens 1 --machine flexcim -q \
    --db shapes.db >replayed
good 'a list of shapes is found and replayed' has_lines replayed 2
flexcim run "$prefix/share/flexcim/checkpoints/llama-7m" \
    --tokens "$prefix/share/flexcim/checkpoints/tokens.safetensors" \
    --sparsity 0.5 --methods uniform --machines flexcim,dense --rows 1 \
    --calibration-rows 2 --inputs 8 -q >table
good 'the main job is done, on a few rows' grep -q '^  0.5  uniform .* dense ' table
good 'its results are here' \
    [ "$(sqlite3 results.db 'SELECT count(*) FROM v_priced')" = 2 ]
flexcim | sed -n 's/^  \([a-z][a-z]*\)  .*/flexcim-\1.1/p' | sort >pages
find "$prefix/share/man/man1" -name 'flexcim-*.1' -exec basename {} \; | sort >seen
good 'every command has its manual page' cmp -s pages seen
good 'bash completes' bash -n "$prefix/share/bash-completion/completions/flexcim"
good 'zsh has a completion' [ -s "$prefix/share/zsh/site-functions/_flexcim" ]
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name flexcim-kernel.pc)")
export PKG_CONFIG_PATH
good 'pkg-config finds the kernel' pkg-config --exists flexcim-kernel
for header in sim process fifo; do
    good "its header $header.h is there" \
        [ -f "$prefix/include/flexcim/kernel/$header.h" ]
done
echo "1..$count"
