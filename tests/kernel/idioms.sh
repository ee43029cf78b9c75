#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# idioms.sh DOC EXAMPLES: each line that the table of the manual says is ours
# stands in an example.
set -eu
doc=$1
examples=$2
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
# shellcheck disable=SC2016  # the backquotes of the page
sed -n 's/^| .* | `.*` | `\(.*\)` |$/\1/p' "$doc" >"$lines"
[ "$(wc -l <"$lines")" -ge 10 ]
all=$(cat "$examples"/*.c | tr -s ' \n' ' ')
while IFS= read -r line; do
    case $all in
    *"$line"*) ;;
    *)
        echo "no example holds: $line" >&2
        exit 1
        ;;
    esac
done <"$lines"
