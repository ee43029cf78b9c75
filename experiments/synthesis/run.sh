#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: run.sh [DB]: prints the table as CSV (DB is not used: nothing is replayed)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rtl=$here/../../tests/rtl
flexcim=$(realpath "${FLEXCIM:-$here/../../build/flexcim}")
tech=/usr/share/qflow/tech/osu018
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$flexcim" costs --kelvin 350 --db costs.db -q >/dev/null

# um2 of block $1: gates, and flip-flops.
synthesise() {
    yosys -q -p "read_verilog $here/blocks.v $rtl/cell.v $rtl/adder_tree.v \
$rtl/merge.v $rtl/distribution.v; synth -flatten -top $1; \
dfflibmap -liberty $tech/osu018_stdcells.lib; \
abc -liberty $tech/osu018_stdcells.lib; opt_clean -purge; \
tee -o $1.stat stat -liberty $tech/osu018_stdcells.lib; \
write_verilog -noattr -noexpr $1.v" >yosys.log 2>&1 || { cat yosys.log >&2; exit 1; }
    awk '/DFFPOSX1/ { flops = $2 } /Chip area/ { all = $NF }
         END { print all - 96 * flops, 96 * flops }' "$1.stat"
}

# fF that block $1 switches in a clock, of $2 clocks.
switched() {
    iverilog -gspecify -g2005 -DCLOCKS="$2" ${3:+-D$3} -o bench "$here/bench.v" \
        "$1.v" $tech/osu018_stdcells.v 2>/dev/null
    vvp bench >/dev/null
    awk -v clocks="$2" -f "$here/switched.awk" $tech/osu018_stdcells.lib "$1.v" nets.vcd
}

for block in dense_cell choosing_cell row_tree column_merge adapting_merge \
    row_distribution; do
    echo "$block $(synthesise $block)"
done >areas
{
    echo "dense_cell $(switched dense_cell 200)"
    echo "row_tree $(switched row_tree 20 TREE)"
} >charges
"$flexcim" query "SELECT component, area_um2, energy_fj FROM costs WHERE cost_table = 'base'" \
    --db costs.db --format csv | tr , ' ' >prices

# Ours by the same counts as models/price, each in 8-bit multiplications.
awk '
FILENAME == "prices" { area[$1] = $2; energy[$1] = $3; next }
FILENAME == "areas" { gates[$1] = $2; flops[$1] = $3; next }
{ charge[$1] = $2 }
function row(what, theirs, ours) {
    printf "%s,%.3f,%.3f,%.2f\n", what, theirs, ours, ours / theirs
}
END {
    fa = area["full_adder"]; bit = area["register_bit"]
    multiplier = 8 * fa + 48 * area["multiplier_adder"] + 64 * area["and_gate"]
    gate = gates["dense_cell"]
    tree = 32 * 17 - 22
    spent = 8 * energy["full_adder"] + 48 * energy["multiplier_adder"] + 64 * energy["and_gate"]
    print "what,gates,table,table_over_gates"
    row("area: adders of a tree of 32 and a product", gates["row_tree"] / 32 / gate,
        tree * fa / 32 / multiplier)
    row("area: a flip-flop", 96 / gate, bit / multiplier)
    row("area: 8 choices of 2 in a cell", (gates["choosing_cell"] - gate) / gate,
        8 * area["select_2_bit"] / multiplier)
    row("area: adders of a merge of 4", gates["column_merge"] / gate,
        (4 * 22 - 24) * fa / multiplier)
    row("area: choices of a merge that may stay apart",
        (gates["adapting_merge"] - gates["column_merge"]) / gate,
        (2 * 22 + 23) * area["select_2_bit"] / multiplier)
    row("area: a row of distribution", gates["row_distribution"] / gate,
        128 * area["select_4_bit"] / multiplier)
    # half of the input bits change, half of the weight bits are 1; registers of the
    # tree switch in the gates too, half of what their clock is counted for
    row("energy: adders of a tree of 32 and a product",
        charge["row_tree"] / 32 / charge["dense_cell"],
        tree / 32 * energy["full_adder"] / spent)
}' prices areas charges
