#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# controls.sh KERNEL SYSTEMC SEEDS STEPS SHUFFLES: random programmes of processes
# that control each other run the same processes at the same times, in the same
# of the deltas in which something ran, on both; a programme that depends on the
# order within a delta, as shuffles of ours show, does not count, and fewer than
# one in ten may be such.  In those that count each kind of call must have been
# made 1000 times; but a stop, which ends a programme, in one of ten.
set -eu
kernel=$1
systemc=$2
# shellcheck source=tests/share.sh
. "$(dirname "$0")/../share.sh"
seeds=$(share_of "$3")
steps=$4
shuffles=$5
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

seed=1
dropped=0
while [ "$seed" -le "$seeds" ]; do
    status=0
    "$kernel" "$seed" "$steps" "$shuffles" >"$folder/kernel" \
        2>"$folder/made" || status=$?
    case $status in
    0)
        # It fails where the programme ends with an error, as ours ends.
        "$systemc" "$seed" "$steps" >"$folder/ran" 2>/dev/null || true
        {
            grep '^[0-9]' "$folder/ran" |
                LC_ALL=C sort -n -k1,1 -k2,2 -k3,3
            grep '^now' "$folder/ran"
        } >"$folder/systemc"
        cmp "$folder/kernel" "$folder/systemc" || {
            echo "seed $seed differs" >&2
            exit 1
        }
        cat "$folder/made" >>"$folder/calls"
        ;;
    3) dropped=$((dropped + 1)) ;;
    *) exit "$status" ;;
    esac
    seed=$((seed + 1))
done
echo "$seeds programmes, $dropped of them depend on an order"
[ $((dropped * 10)) -lt "$seeds" ]
awk -v seeds="$seeds" '
    { calls[$1] += $2 }
    END { for (kind in calls) {
              print kind, calls[kind]
              if (calls[kind] < (kind == "stop" ? seeds / 10 : 1000)) few = 1
          }
          exit few }' "$folder/calls"
