#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# programmes.sh KERNEL SYSTEMC SEEDS STEPS: random programmes run the same
# processes in the same deltas on both.
set -eu
kernel=$1
systemc=$2
seeds=$3
steps=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
seed=1
while [ "$seed" -le "$seeds" ]; do
    "$kernel" "$seed" "$steps" | sort >"$folder/kernel"
    "$systemc" "$seed" "$steps" 2>/dev/null | grep '^[0-9]' | sort \
        >"$folder/systemc"
    [ "$(wc -l <"$folder/kernel")" -gt $((steps * 9 / 10)) ]
    cmp "$folder/kernel" "$folder/systemc" || {
        echo "seed $seed differs" >&2
        exit 1
    }
    seed=$((seed + 1))
done
