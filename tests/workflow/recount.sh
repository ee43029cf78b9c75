#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Usage: recount.sh FLEXCIM
#
# Area, energy and leakage of runs, made again from rows of the tables by a short
# program that shares nothing with flexcim's views (recount.awk), agree with what
# flexcim says to four digits: for machines of every kind, weights resident and
# from DRAM, coded there, one that merges as a layer needs, one whose images come
# twice.
set -u
flexcim=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
model=$here/../llm/families/llama-tied
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

{
    "$flexcim" record "$model" --tokens "$model/reference.safetensors:tokens" \
        --inputs 30 -o model.trace -q &&
        "$flexcim" select model.trace --method uniform --pattern 2:4 -o plan.json -q &&
        "$flexcim" prune "$model" --plan plan.json --trace model.trace \
            -o sparse.trace --db r.db -q &&
        "$flexcim" replay sparse.trace -q --db r.db --machine \
            flexcim,flexcim-shared,flexcim-merged,flexcim-serial,dense,fixed-2-4,vegeta-n8-pipelined,vegeta-n4-row-wise,sdp &&
        "$flexcim" replay sparse.trace -q --db r.db --machine flexcim,vegeta-n4,sdp \
            --set dram.rate=24 --set weights.banks=2 --set activations.capacity=4096 &&
        "$flexcim" replay sparse.trace -q --db r.db --machine flexcim \
            --set dram.kind=lpddr5-6400 --set dram.code=bitmap &&
        "$flexcim" replay sparse.trace -q --db r.db --machine flexcim \
            --set activations.capacity=512 --set outputs.capacity=1024 \
            --set macro.rows=16
} >steps 2>&1 || { cat steps; echo 'not ok 1 - runs'; exit 1; }

table() {
    sqlite3 -separator '|' r.db "$2" >"$1"
}
table costs "SELECT component, class, energy_fj, area_um2, leakage_nw FROM costs
    WHERE cost_table = 'base'"
table machines 'SELECT machine_hash, multipliers, clock_mhz FROM machines'
table runs 'SELECT run, machine_hash, trace_hash FROM runs'
table layers 'SELECT r.run, r.layer, r.cycles, r.kept_macs, r.tokens
    FROM layer_results AS r'
table activities 'SELECT trace_hash, layer, input_toggle, weight_ones FROM layer_activities'
table parts 'SELECT machine_hash, use, block, name, component, components,
    counter_block, counter, activity FROM machine_parts'
table counters 'SELECT run, layer, block, counter, value FROM counter_values'
awk -F'|' -f "$here/recount.awk" TABLE=costs costs TABLE=machines machines \
    TABLE=runs runs TABLE=layers layers TABLE=activities activities \
    TABLE=parts parts TABLE=counters counters | sort >recounted
sqlite3 -separator ' ' r.db "SELECT e.run, m.area_mm2, e.energy_nj, e.leakage_nj,
    e.weights_mm2, m.machine FROM v_energy AS e JOIN runs AS r USING (run)
    JOIN v_machine AS m ON m.machine_hash = r.machine_hash AND m.cost_table = 'base'
    WHERE e.cost_table = 'base'" | sort >said

join recounted said | awk '
function near(a, b) { return a == b || (a - b) ^ 2 < (5e-5 * b) ^ 2 }
{
    good = near($2, $6) && near($3, $7) && near($4, $8) && near($5, $9)
    resident += $9 > 0
    print (good ? "ok " : "not ok ") NR " - area, energy and leakage of " $10
    if (!good) print "# " $0
}
END {
    print (NR == 14 && resident == 10 ? "ok " : "not ok ") NR + 1 \
        " - of fourteen machines, ten with weights on the chip"
    print "1.." NR + 1
}'
