#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The hardware architect: 512 machines on a block of Llama-2-7B, interrupted again
# and again; which of them no other beats; one page of it.
# usage: architect.sh FLEXCIM
# shellcheck disable=SC1091,SC2154  # what journey.sh sets
. "$(dirname "$0")/journey.sh"

sed 's/^blocks:.*/blocks: 1/' "$source/traces/shapes/llama-2-7b.yaml" >block.yaml
cat >space.yaml <<'EOF'
shapes: block.yaml
tokens: [1, 64]
patterns: [4:8, dense]
machines: [flexcim, dense]
parameters:
  macro.rows: [16, 32, 64, 128]
  macro.columns: [32, 64, 128, 256]
  weights.banks: [1, 2]
  outputs.banks: [32, 64]
EOF

# Ctrl-C after a moment, four times: what was done stays.
for again in 1 2 3 4; do
    timeout -s INT 1 flexcim sweep space.yaml --db broken.db -q >said 2>&1
    status=$?
    holds "interrupted ($again): it ended with 130 or was at its end" \
        test $status = 130 -o $status = 124 -o $status = 0
done
before=$(sqlite3 broken.db "SELECT count(*) FROM runs WHERE status = 'done'")
flexcim sweep space.yaml --db broken.db -q --json >swept.json
holds 'the last command found all that the others had done' \
    grep -q "\"done_before\": *$before" swept.json
flexcim sweep space.yaml --db whole.db -q -j 1 >said

# Of both: every point once, whole, and the same.
flexcim query experiment --db broken.db --format csv >broken.csv
flexcim query experiment --db whole.db --format csv >whole.csv
holds '512 points' test "$(rows broken.csv)" = 512
holds 'no point was replayed twice' test "$(sqlite3 broken.db \
    'SELECT count(*) - count(DISTINCT trace_hash || machine_hash) FROM runs')" = 0
holds 'interrupted or not, the same numbers' cmp broken.csv whole.csv
holds 'what was swept is a column each' grep -q \
    'macro.rows,macro.columns,weights.banks,outputs.banks' broken.csv

# The points that no other of the same pattern and tokens beats, again by looking
# at each pair.
flexcim query front --db broken.db --format csv >front.csv
sqlite3 -csv broken.db "SELECT v.point, v.tokens || v.pattern, v.milliseconds, m.area_mm2,
        e.energy_nj
    FROM v_point AS v JOIN v_machine AS m USING (machine_hash)
    JOIN v_energy AS e ON e.run = v.run AND e.cost_table = 'base'
    WHERE m.cost_table = 'base' AND v.status = 'done'" >points.csv
awk -F, '{ name[NR] = $1; what[NR] = $2; time[NR] = $3; area[NR] = $4; energy[NR] = $5 }
    END {
        for (a = 1; a <= NR; a++) {
            beaten = 0
            for (b = 1; b <= NR; b++)
                beaten = beaten || what[b] == what[a] && \
                         time[b] <= time[a] && area[b] <= area[a] && \
                         energy[b] <= energy[a] && \
                         (time[b] < time[a] || area[b] < area[a] || \
                          energy[b] < energy[a])
            if (!beaten) print name[a]
        }
    }' points.csv | sort >unbeaten
tail -n +2 front.csv | cut -d, -f2 | sort >front
holds 'the front is what comparing all pairs gives' cmp front unbeaten

flexcim report --db broken.db -o page.html -q
holds 'the page says how many points no other beats' grep -q \
    "Experiment ‘space’: 512 points done; $(wc -l <front | tr -d ' ') of them" page.html
holds 'the page calls a machine by what it was given' \
    grep -q 'flexcim macro.rows=64 macro.columns=32 ' page.html
holds 'it shows what each parameter does' grep -q '>macro.columns = 256<' page.html
arrive
