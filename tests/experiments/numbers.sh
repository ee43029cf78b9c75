#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every number with a point in what a page says came out is a field of the
# experiment's results.csv, or of others.csv or pipelined.csv beside it, and so is
# every word in bold type.  The rows of its short table are left out: they have so
# many numbers that any would be found.
# Where values of another program lie beside (pytorch.csv), each mean of its draws
# stands in the page, too.
# usage: numbers.sh FOLDER
set -eu
if [ -f "$1/pytorch.csv" ]; then
    awk -F, '
        FNR == NR { page = page $0 "\n"; next }
        FNR > 1 {
            cell = $1 "," $3 "," $4 "," $5
            sum[cell] += $7
            draws[cell]++
        }
        END {
            for (cell in sum) {
                mean = sprintf("%.2f", sum[cell] / draws[cell])
                if (index(page, mean) == 0) {
                    print cell ": the page does not say " mean
                    failed = 1
                }
                seen++
            }
            exit failed || seen == 0
        }' "$1/README.md" "$1/pytorch.csv"
fi
{
    cat "$1/results.csv"
    for beside in others pipelined; do
        [ ! -f "$1/$beside.csv" ] || cat "$1/$beside.csv"
    done
} | grep -vE '^(area|multipliers),' | tr ',' '\n' | tr -d '"' |
    sed 's/^ *//' | awk '
    FNR == NR { there[$0] = 1; if ($0 ~ /^-?[0-9.]+$/) there[$0 + 0] = 1; next }
    /^## What came out/ { counts = 1 }
    !counts { next }
    {
        line = $0
        gsub(/(Qwen2\.5|Mamba-2\.8|Mamba-2-2\.7)/, "", line)
        while (match(line, /[0-9]+\.[0-9]+/)) {
            number = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            seen++
            if (!(number + 0 in there)) {
                print "line " FNR ": no result is " number
                failed = 1
            }
        }
        line = $0
        while (match(line, /\*\*[^*]+\*\*/)) {
            word = substr(line, RSTART + 2, RLENGTH - 4)
            line = substr(line, RSTART + RLENGTH)
            if (!(word in there)) {
                print "line " FNR ": no result is " word
                failed = 1
            }
        }
    }
    END { exit failed || seen == 0 }' - "$1/README.md"
