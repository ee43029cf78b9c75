#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The experiment prints what its expected.csv says.
# usage: reproduces.sh FOLDER FLEXCIM
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
FLEXCIM=$2 "$1/run.sh" "$work/results.db" >"$work/seen.csv"
diff -u "$1/expected.csv" "$work/seen.csv"
