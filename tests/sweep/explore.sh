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
good [ "$(sqlite3 serial.db "SELECT sum(status = 'done') BETWEEN 2 AND 5,
    sum(status = 'running') >= 10, count(*) = 72 FROM v_point,
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

# steps FRONT.csv DB ALL.db: of points that differ from one that is shown in one
# parameter, out of all points: how many beat it, and how many are no larger and
# were not replayed to the end in DB.
steps() {
    points=$(tail -n +2 "$1" | cut -d, -f2 | paste -sd,)
    sqlite3 "$2" "ATTACH '$3' AS whole;
        WITH step AS (
            SELECT a.milliseconds AS t, a.energy_nj AS e, a.area_mm2 AS m, b.*
            FROM whole.v_priced_point AS a
            JOIN whole.v_priced_point AS b ON b.tokens = a.tokens
            WHERE a.point IN ($points)
              AND (SELECT count(*) FROM json_each(a.settings) AS x
                   JOIN json_each(b.settings) AS y ON y.key = x.key
                   WHERE y.value <> x.value) = 1)
        SELECT count(*) FILTER (WHERE milliseconds <= t AND energy_nj <= e
                   AND area_mm2 <= m
                   AND (milliseconds < t OR energy_nj < e OR area_mm2 < m)),
               count(DISTINCT point) FILTER (WHERE area_mm2 <= m
                   AND point NOT IN (SELECT point FROM main.v_point
                                     WHERE status = 'done'))
        FROM step"
}
for seed in 1 2; do
    "$flexcim" explore experiment.yaml --budget 24 --seed $seed -j 2 \
        --db step$seed.db 2>step.said >front
    "$flexcim" query front --db step$seed.db --format csv >front.csv
    what="seed $seed: no step of one parameter beats a point that is shown"
    good [ "$(steps front.csv step$seed.db all.db)" = '0|0' ]
    what="seed $seed: and that is what it says"
    good grep -q 'all that could were tried' step.said
done
"$flexcim" explore experiment.yaml --budget 6 -j 2 --db few.db 2>step.said >front
"$flexcim" query front --db few.db --format csv >front.csv
what='where the budget is too small, it says how many steps were not tried'
good [ "$(steps front.csv few.db all.db | cut -d'|' -f2)" = \
    "$(sed -n 's/^space: \([0-9]*\) points that differ.*/\1/p' step.said)" ]
what='and shows apart which points may be beaten: of no other does a step beat one'
apart=0 beaten=0 otherwise=0
for budget in 8 12 16; do
    "$flexcim" explore experiment.yaml --budget $budget -q -j 2 \
        --db part$budget.db >front
    grep -q '^These may be beaten' front || continue
    apart=$((apart + 1))
    awk 'NF == 0 { exit } { print $1 "," $2 }' front >sure.csv
    [ "$(steps sure.csv part$budget.db all.db)" = '0|0' ] || beaten=$((beaten + 1))
    sed '1,/^These/d' front | awk '{ print $1 "," $2 }' >unsure.csv
    [ "$(steps unsure.csv part$budget.db all.db | cut -d'|' -f2)" != 0 ] ||
        beaten=$((beaten + 1))
    { sed 's/.*,/yes /; 1d' sure.csv; sed 's/.*,/no /; 1d' unsure.csv; } |
        sort >tables
    "$flexcim" explore experiment.yaml --budget $budget -q -j 2 \
        --db part$budget.db --json >front.json
    sqlite3 -separator ' ' :memory: "SELECT value ->> 'sure', value ->> 'point'
        FROM json_each(readfile('front.json'))" | sort >column
    cmp -s tables column || otherwise=$((otherwise + 1))
done
good [ "$((apart > 1)),$beaten" = 1,0 ]
what='and programs see the same in a column'
good [ $otherwise = 0 ]
what='and a row that is there from elsewhere is no part of its answer'
"$flexcim" query front --db few.db --format csv >own.csv
"$flexcim" sweep experiment.yaml -q -j 2 --db few.db >said
"$flexcim" explore experiment.yaml --budget 6 -q -j 2 --db few.db --json |
    sed -n 's/.*"point": *\([0-9]*\).*/\1/p' | sort >shown
good [ "$(tail -n +2 own.csv | cut -d, -f2 | sort | comm -13 - shown | wc -l)" = 0 ]

# NAME.yaml in full, into NAME-all.db, and searched: NAME-found.db and front.csv.
both_ways() {
    "$flexcim" sweep "$1.yaml" -q -j 2 --db "$1-all.db" >said
    "$flexcim" explore "$1.yaml" --budget 14 -j 2 --db "$1-found.db" \
        2>step.said >front
    "$flexcim" query front --db "$1-found.db" --format csv >front.csv
}

# Each number of tokens has a front of its own.
cat >two.yaml <<'END'
shapes: shapes.yaml
tokens: [1, 16]
machines: flexcim
parameters:
  macro.rows: [8, 16, 32]
  outputs.banks: [16, 32, 64]
END
both_ways two
what='a search of two numbers of tokens has a front of each'
good [ "$(awk -F, 'NR > 1 { print $7 }' front.csv | sort -un | xargs)" = '1 16' ]
what='and no step of one parameter beats a point of it'
good [ "$(steps front.csv two-found.db two-all.db)" = '0|0' ]

# So has each pattern of a list, whose perplexity nobody can know.
cat >patterns.yaml <<'END'
shapes: shapes.yaml
patterns: [4:8, 2:8]
machines: flexcim
parameters:
  macro.rows: [8, 16, 32]
  outputs.banks: [16, 32, 64]
END
both_ways patterns
what='a search of two patterns of a list has a front of each'
good [ "$(awk -F, 'NR > 1 { print $6 }' front.csv | sort -u | xargs)" = '2:8 4:8' ]
what='which is a part of that of the whole space'
"$flexcim" query front --db patterns-all.db --format csv | sort >whole.csv
good [ "$(sort front.csv | comm -23 - whole.csv | wc -l)" = 0 ]

# Traces that cannot be compared.
sed 's/outputs: 40/outputs: 48/' shapes.yaml >other.yaml
printf 'shapes: [shapes.yaml, ./other.yaml]\nmachines: dense\n' >layers.yaml
"$flexcim" explore layers.yaml -q --db none.db 2>layers.said && exit 1
what='traces of other layers are not in one search'
good grep -q 'have other layers' layers.said

# Traces of two plans, whose perplexities are of the same rows, or not.
"$trace" a.trace
"$trace" b.trace flow
printf 'traces: [a.trace, b.trace]\nmachines: dense\n' >plans.yaml
"$flexcim" explore plans.yaml -q --db none.db 2>plans.said && exit 1
what='plans whose perplexity is not known are not compared'
good grep -q 'its perplexity is not known' plans.said
"$flexcim" sweep plans.yaml -q -j 1 --db plans.db >/dev/null
sqlite3 plans.db "INSERT INTO perplexities SELECT model_hash, plan_hash,
    trace_hash, 'test', 4, 28, 'f32', '1', 20, (SELECT invocation FROM
    invocations LIMIT 1) FROM plans"
"$flexcim" explore plans.yaml -q -j 1 --db plans.db >plans.front
what='plans whose perplexities are of the same rows are compared'
good grep -q 'dense .*20$' plans.front
sqlite3 plans.db "UPDATE perplexities SET \"rows\" = 5 WHERE plan_hash =
    (SELECT plan_hash FROM plans WHERE method = 'flow')"
"$flexcim" explore plans.yaml -q --db plans.db 2>plans.said && exit 1
what='those of other rows are not'
good grep -q 'b: its perplexity is of other rows' plans.said

# Who asks that outputs are compared takes no layer whose outputs nobody compared.
cat >verified.yaml <<'END'
name: verified
traces: a.trace
machines: flexcim
parameters:
  macro.rows: [8, 16, 32]
  macro.columns: [16, 32]
END
sed 's/^name: .*/&\nverify: no/' verified.yaml >quick.yaml
"$flexcim" explore verified.yaml --budget 6 -q -j 2 --db verified.db >/dev/null
done="SELECT count(*), min(outputs_verified) FROM v_layer WHERE status = 'done'"
for whole in sweep explore; do
    "$flexcim" $whole quick.yaml -q -j 2 --db $whole.db >/dev/null
    "$flexcim" explore verified.yaml --budget 6 -q -j 2 --db $whole.db >/dev/null
    what="a search that verifies, behind a $whole that did not"
    good [ "$(sqlite3 $whole.db "$done")" = "$(sqlite3 verified.db "$done")" ]
done
what='has outputs that were compared'
good [ "$(sqlite3 verified.db "$done" | cut -d'|' -f2)" = 1 ]
echo "1..$count"
