#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A machine of one's own beside the one it was made from.
# usage: own_machine.sh own_machine.yaml
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
machine=$1
cd "$work"
flexcim replay opt-1.3b --pattern 4:8 --tokens 8 --db own.db -q \
    --machine "$machine,flexcim" >replayed
# It loads a column of 4:8 in a clock, and the other a column of dense weights.
flexcim query --db own.db --format csv \
    "SELECT (SELECT sum(load) FROM
                 (SELECT weight_load_cycles + memory_stall_cycles AS load
                  FROM v_run WHERE machine = 'own_machine'))
            < (SELECT sum(load) FROM
                 (SELECT weight_load_cycles + memory_stall_cycles AS load
                  FROM v_run WHERE machine = 'flexcim')) AS less" |
    grep -q '^1'
