#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The experiment prints what its expected.csv says: words and whole numbers
# exactly, numbers with a point within 0.2 % (another processor sums in another
# order), or within NEAR.
# usage: [NEAR=SHARE] reproduces.sh FOLDER FLEXCIM [OPTION OF run.sh]
set -eu
folder=$1
FLEXCIM=$(realpath "$2")
export FLEXCIM
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$folder/run.sh" "$@" "$work/results.db" >"$work/seen.csv"
awk -F, -v share="${NEAR:-0.002}" '
function near(a, b) {
    if (a == b)
        return 1
    if (a !~ /^-?[0-9]+\.[0-9]+$/ || b !~ /^-?[0-9]+\.[0-9]+$/)
        return 0
    return a - b <= share * b && b - a <= share * b
}
FNR == NR { expected[++lines] = $0; next }
{
    same = FNR <= lines && split(expected[FNR], want, ",") == NF
    for (i = 1; same && i <= NF; i++)
        same = near($i, want[i])
    if (!same) {
        print "line " FNR ":\n  expected: " expected[FNR] "\n  seen:     " $0
        failed = 1
    }
}
END {
    if (FNR != lines)
        print FNR " lines were seen, " lines " expected"
    exit failed || FNR != lines
}' "$folder/expected.csv" "$work/seen.csv"
