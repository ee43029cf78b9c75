#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# vcd2fst.sh WAVEFORM: GTKWave's converter takes the waveform, with its scopes,
# and gives back the same changes.  Skipped where it is not installed (gtkwave).
set -eu
command -v vcd2fst >/dev/null && command -v fst2vcd >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for deltas in '' deltas; do
    # shellcheck disable=SC2086  # a word or none
    "$1" "$folder/a.vcd" $deltas
    vcd2fst "$folder/a.vcd" "$folder/a.fst" >"$folder/said" 2>&1
    fst2vcd "$folder/a.fst" >"$folder/b.vcd"
    for name in clock count ready now top unit; do
        grep -q "[\$]\(var\|scope\) .* $name" "$folder/b.vcd"
    done
    # fst2vcd writes each value in its full width.
    for file in a b; do
        sed 's/^b0*\(.\)/b\1/' "$folder/$file.vcd" >"$folder/$file"
        grep '^#' "$folder/$file" | sort -u >"$folder/$file.times"
        grep -c '^b1010 ' "$folder/$file" >"$folder/$file.tens"
    done
    cmp "$folder/a.times" "$folder/b.times"
    cmp "$folder/a.tens" "$folder/b.tens"
done
