#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bench.sh ROWS KERNEL_BENCH: every row has the events and the check that rows.tsv
# states (they are SystemC's, too).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tail -n +2 "$1" | cut -f 2,3 | sort >"$folder/wanted"
"$2" | cut -f 4,5 | sort >"$folder/got"
diff "$folder/wanted" "$folder/got"
