#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The smallest form of an experiment prints what its expected.csv says: words
# exactly, numbers within 3 % (another processor sums in another order, and a mask
# may come out otherwise).
# usage: nearly.sh FOLDER FLEXCIM
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLEXCIM=$2 "$1/run.sh" --smoke "$work/results.db" >"$work/seen.csv"
[ "$(wc -l <"$work/seen.csv")" = "$(wc -l <"$1/expected.csv")" ]
paste -d '\n' "$1/expected.csv" "$work/seen.csv" | awk -F, '
    NR % 2 { for (i = 1; i <= NF; i++) wanted[i] = $i; fields = NF; next }
    {
        bad = NF != fields
        for (i = 1; i <= NF; i++) {
            off = $i - wanted[i]
            if (wanted[i] ~ /^-?[0-9.]+$/ && $i ~ /^-?[0-9.]+$/)
                bad = bad || off * off > (0.03 * wanted[i] + 0.011) ^ 2
            else
                bad = bad || $i != wanted[i]
        }
        if (bad) { print "line " NR / 2 ": " $0; failed = 1 }
    }
    END { exit failed }'
