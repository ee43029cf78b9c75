# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh disable=SC2034  # it is sourced
# What the journeys share: sourced with the program's path as $1.  Each goes where
# a stranger would, in an empty folder, by commands one would type; `holds` says in
# a sentence what must be so.
set -u
PATH=$(dirname "$(realpath "$1")"):$PATH
source=$(cd "$(dirname "$0")/../.." && pwd)
checkpoints=$source/traces/checkpoints
export PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
count=0

# holds SENTENCE COMMAND...: whether the command ends with 0.
holds() {
    sentence=$1
    shift
    count=$((count + 1))
    if "$@" >said 2>&1; then
        echo "ok $count - $sentence"
    else
        echo "not ok $count - $sentence"
        sed 's/^/# /' said
    fi
}

# near A B SHARE: two numbers differ by at most that share of the second.
near() {
    awk -v a="$1" -v b="$2" -v share="$3" 'BEGIN {
        d = a - b; if (d < 0) d = -d; if (b < 0) b = -b
        if (a == "" || d > share * b) { print a " beside " b; exit 1 } }'
}

# rows FILE.csv: without the head.
rows() {
    tail -n +2 "$1" | wc -l
}

arrive() {
    echo "1..$count"
}
