#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An experiment prints what its results.csv says, expected.csv in the quick form, or
# FORM.csv in another: words exactly, numbers within 3 % (another processor sums in
# another order, and a mask may come out otherwise).
# usage: nearly.sh FOLDER FLEXCIM [--FORM]
set -eu
case ${3-} in
'') expected=$1/results.csv ;;
--quick) expected=$1/expected.csv ;;
*) expected=$1/${3#--}.csv ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLEXCIM=$2 "$1/run.sh" ${3+"$3"} "$work/results.db" >"$work/seen.csv"
[ "$(wc -l <"$work/seen.csv")" = "$(wc -l <"$expected")" ]
paste -d '\n' "$expected" "$work/seen.csv" | awk -F, '
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
