#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One worker, two, three merged shards and four ranks of mpirun give the same
# rows, failed points included.
# shellcheck source=tests/sweep/common.sh
. "$(dirname "$0")/common.sh"

"$trace" tiny.sparse.trace
cat >shapes.yaml <<'END'
name: list
tokens: 7
blocks: 2
prefix: m
layers:
  q: {inputs: 64, outputs: 48}
  o: {inputs: 48, outputs: 40, pattern: 2:8}
END
cat >experiment.yaml <<'END'
name: all
traces: [tiny.sparse.trace]
shapes: [shapes.yaml]
tokens: [1, 7]
patterns: [4:8, 3:6]
machines: [flexcim, dense]
parameters:
  macro.rows: [8, 32]
  macro.columns: [16, 32]
  select.selects: [1, 16, 32]
where:
  - macro.rows * macro.columns >= 256
END

"$flexcim" sweep experiment.yaml -q -j 1 --db serial.db >/dev/null
what='some points fail: 32 selects of 16 columns'
good [ "$(sqlite3 serial.db "SELECT count(*) FROM runs WHERE
    reason LIKE 'select.share * select.selects = 1 * 32%'")" -gt 0 ]
what='every other point is done, those of the trace verified'
good [ "$(sqlite3 serial.db "SELECT min(status = 'done'),
    min(outputs_verified = (method IS NOT NULL)) FROM v_run
    WHERE reason IS NULL")" = '1|1' ]

"$flexcim" sweep experiment.yaml -q -j 2 --db two.db >/dev/null
same two.db 'two workers'
"$flexcim" sweep experiment.yaml -q -j 2 --db two.db --json >again
same two.db 'a rerun adds nothing'
what='and has nothing to do'
good grep -q '"done": 0, "failed": 0' again

sed 's/^name: all/&\nverify: no/' experiment.yaml >quick.yaml
"$flexcim" sweep quick.yaml -q -j 2 --db asked.db >/dev/null
what='without verify no output is compared'
good [ "$(sqlite3 asked.db 'SELECT sum(outputs_verified) FROM layer_results')" = 0 ]
# Two of them as a kill leaves them.
sqlite3 asked.db "PRAGMA foreign_keys = ON;
    UPDATE runs SET status = 'running', ended_utc = NULL WHERE run IN (
        SELECT run FROM v_run WHERE method IS NOT NULL AND status = 'done'
        ORDER BY run LIMIT 2);
    DELETE FROM layer_results WHERE layer = 1
        AND run IN (SELECT run FROM runs WHERE status = 'running')"
"$flexcim" sweep experiment.yaml -q -j 2 --db asked.db >/dev/null
sqlite3 asked.db "PRAGMA foreign_keys = ON; DELETE FROM experiments
    WHERE text LIKE '%verify: no%'"
same asked.db 'a sweep that verifies replays what nobody verified'
"$flexcim" sweep quick.yaml -q -j 2 --db asked.db --json >again
what='and one that does not takes what was verified'
good grep -q '"done": 0, "failed": 0' again

for i in 3 1 2; do
    "$flexcim" sweep experiment.yaml -q -j 1 --shard $i/3 --db $i.db >part$i
done
what='each shard has about a third'
good [ "$(awk 'FNR == 2 && ($3 + $4 > 45 || $3 + $4 < 15)' part1 part2 part3)" = '' ]
"$flexcim" merge 1.db 2.db 3.db -q -o merged.db
same merged.db 'three shards, merged'
"$flexcim" merge 3.db 1.db 2.db -q -o merged2.db
same merged2.db 'three shards, merged in another order'

if has_mpi; then
    mpirun -n 4 "$flexcim" sweep experiment.yaml -q --db mpi.db >/dev/null
    same mpi.db 'four ranks'
    what='what is wrong is told once, by rank 0'
    mpirun -n 3 "$flexcim" sweep none.yaml --db none.db 2>said || true
    good [ "$(grep -c 'none.yaml: No such file' said)" = 1 ]
else
    count=$((count + 1))
    echo "ok $count - four ranks # SKIP no mpirun"
fi
echo "1..$count"
