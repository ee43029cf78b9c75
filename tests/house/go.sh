#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./go takes every job and part that its help names, and no other.
# usage: go.sh SOURCE
set -eu
cd "$1"
count=0

# usage: check WHAT COMMAND...
check() {
    count=$((count + 1))
    what=$1
    shift
    if "$@" >/dev/null 2>&1; then
        echo "ok $count - $what"
    else
        echo "not ok $count - $what"
    fi
}

unknown() {
    ! ./go "$@" --help
}

# A word that is not known ends it before the help that is asked for behind it.
for part in $(./go --help | sed -n 's/^ \{14\}\([a-z]*\)  .*/\1/p'); do
    check "soak $part" ./go soak "$part" --help
    check "no job is called $part" unknown "$part"
done
check 'more parts than a few' [ "$count" -gt 16 ]
for job in $(./go --help | sed -n 's/^  \([a-z]\{4,\}\)  .*/\1/p'); do
    check "$job" ./go "$job" --help
done
check 'more jobs than a few' [ "$count" -gt 21 ]
check 'no part is called nosuch' unknown soak nosuch
echo "1..$count"
