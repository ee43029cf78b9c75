#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A search finds the front of the whole space where the budget is that large;
# a smaller one gives the same rows with any workers, and all of them true.
# shellcheck source=tests/sweep/common.sh
. "$(dirname "$0")/common.sh"

cat >shapes.yaml <<'END'
name: list
tokens: 16
blocks: 9
prefix: m
pattern: 4:8
layers:
  q: {inputs: 64, outputs: 64}
  o: {inputs: 96, outputs: 40}
END
cat >experiment.yaml <<'END'
name: space
shapes: shapes.yaml
machines: flexcim
parameters:
  macro: {rows: [8, 16, 32], columns: [16, 32]}
  select: {share: [1, 4, 16], selects: [1, 2, 16, 32]}
END
"$flexcim" sweep experiment.yaml -q -j 2 --db all.db >/dev/null
"$flexcim" explore experiment.yaml --budget 72 -q -j 2 --db whole.db >/dev/null
for db in all whole; do
    "$flexcim" query front --db $db.db --format csv >$db.front
done
what='a budget for the whole space finds its front'
good cmp -s all.front whole.front

# Where a flip-flop is dear, the point of least energy is neither quick nor small.
cp all.db dear.db
sqlite3 dear.db "PRAGMA foreign_keys = ON; DELETE FROM experiments;
    UPDATE costs SET energy_fj = 10000 * energy_fj
    WHERE component = 'register_bit'"
"$flexcim" sweep experiment.yaml -q -j 1 --db dear.db >/dev/null
sqlite3 dear.db "SELECT point, EXISTS (SELECT 1 FROM v_priced_point AS b
        WHERE b.milliseconds < a.milliseconds AND b.area_mm2 < a.area_mm2)
    FROM v_priced_point AS a ORDER BY energy_nj LIMIT 1" >least
sqlite3 dear.db "PRAGMA foreign_keys = ON; DELETE FROM experiments;
    DELETE FROM runs"
"$flexcim" explore experiment.yaml --budget 20 -q -j 1 --db dear.db >/dev/null
what='the point of least energy comes to the end, slower and larger as it is'
good [ "$(sqlite3 dear.db "SELECT point || '|' || (count(*) OVER () < 20)
    FROM v_priced_point ORDER BY energy_nj LIMIT 1")" = "$(cat least)" ]

"$flexcim" explore experiment.yaml --budget 6 -q -j 1 --db serial.db >front
what='the budget is kept: 6 replays of 18 layers, and what is rounded up'
good [ "$(sqlite3 serial.db "SELECT count(*) BETWEEN 100 AND 6 * 18 + 18
    FROM layer_results")" = 1 ]
what='few points are replayed to the end, most are tried'
good [ "$(sqlite3 serial.db "SELECT sum(status = 'done') BETWEEN 2 AND 4,
    sum(status = 'running') >= 15, count(*) = 72 FROM v_point,
    (SELECT points FROM experiments)")" = '1|1|0' ]
what='the front that is printed is that of the finished points'
good [ "$(awk 'NR > 1' front | wc -l)" -ge 1 ]
sqlite3 serial.db "ATTACH 'all.db' AS whole;
    SELECT count(*) FROM layer_results AS a LEFT JOIN whole.layer_results AS b
    USING (run, layer) WHERE a.cycles IS NOT b.cycles" >differing
what='every layer has the cycles of the whole sweep'
good [ "$(cat differing)" = 0 ]

"$flexcim" explore experiment.yaml --budget 6 -q -j 2 --db two.db >/dev/null
same two.db 'two workers'
"$flexcim" explore experiment.yaml --budget 6 -q -j 2 --db two.db >/dev/null
same two.db 'a rerun adds nothing'

# What a killed search may leave: some layers of some points.
cp two.db part.db
sqlite3 part.db "PRAGMA foreign_keys = ON;
    DELETE FROM layer_results WHERE layer % 4 = 1;
    UPDATE runs SET status = 'running', ended_utc = NULL WHERE reason IS NULL"
"$flexcim" explore experiment.yaml --budget 6 -q -j 2 --db part.db >/dev/null
same part.db 'a search that was cut off goes on'

"$flexcim" explore experiment.yaml --budget 6 --seed 2 -q --db seed.db >/dev/null
what='another seed draws other points'
good [ "$(sqlite3 seed.db "SELECT group_concat(point) FROM experiment_points")" \
    != "$(sqlite3 two.db "SELECT group_concat(point) FROM experiment_points")" ]

if has_mpi; then
    mpirun -n 3 "$flexcim" explore experiment.yaml --budget 6 -q --db mpi.db \
        >/dev/null
    same mpi.db 'three ranks'
else
    count=$((count + 1))
    echo "ok $count - three ranks # SKIP no mpirun"
fi

# Traces that cannot be compared.
printf 'shapes: shapes.yaml\ntokens: [4, 8]\nmachines: dense\n' >tokens.yaml
printf 'shapes: shapes.yaml\npatterns: [4:8, 2:8]\nmachines: dense\n' >patterns.yaml
for name in tokens patterns; do
    "$flexcim" explore $name.yaml -q --db none.db 2>$name.said && exit 1
done
what='traces of other tokens are not compared'
good grep -q 'other layers or tokens' tokens.said
what='nor plans whose perplexity is not known'
good grep -q 'its perplexity is not known' patterns.said
echo "1..$count"
