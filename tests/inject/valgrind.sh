#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each command that writes, under valgrind's memcheck.  usage: valgrind.sh FLEXCIM
set -eu
flexcim=$(realpath "$1")
# shellcheck source=tests/inject/common.sh
. "$(dirname "$0")/common.sh"

number=0 failed=no
for command in merge prune record replay report run select sweep; do
    rm -rf "$folder/base"
    mkdir -p "$folder/base/tmp"
    cd "$folder/base"
    prepare $command
    number=$((number + 1)) status=0
    # shellcheck disable=SC2086,SC2154  # words without blanks, set by prepare
    valgrind -q --leak-check=full --errors-for-leak-kinds=definite \
        --error-exitcode=99 "$flexcim" $words -q >"$folder/said" 2>&1 ||
        status=$?
    if [ $status = 0 ]; then
        echo "ok $number - $command"
    else
        failed=yes
        echo "not ok $number - $command"
        sed 's/^/# /' "$folder/said" | head -n 40
    fi
done
echo "1..$number"
[ $failed = no ]
