#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program built without MPI: workers and shards are the same, and one of
# many ranks is refused before it does the work of all of them.
# shellcheck source=tests/sweep/common.sh
. "$(dirname "$0")/common.sh"

"$trace" tiny.sparse.trace
cat >experiment.yaml <<'END'
traces: [tiny.sparse.trace]
machines: [flexcim, dense]
parameters:
  macro.rows: [8, 32]
END
"$flexcim" sweep experiment.yaml -q -j 1 --db serial.db >/dev/null
"$flexcim" sweep experiment.yaml -q -j 2 --db two.db >/dev/null
what='four points are done'
good [ "$(sqlite3 two.db "SELECT count(*) FROM runs WHERE status = 'done'")" = 4 ]
same two.db 'two workers'
for i in 1 2; do
    "$flexcim" sweep experiment.yaml -q -j 1 --shard $i/2 --db $i.db >/dev/null
done
"$flexcim" merge 2.db 1.db -q -o merged.db
same merged.db 'two shards, merged'

for size in OMPI_COMM_WORLD_SIZE PMI_SIZE; do
    status=0
    env $size=3 "$flexcim" sweep experiment.yaml -q --db rank.db \
        >/dev/null 2>said || status=$?
    what="one rank of three is refused ($size)"
    good [ "$status $(grep -c 'built without MPI' said)" = '64 1' ]
done
what='and has written nothing'
good [ ! -e rank.db ]
env OMPI_COMM_WORLD_SIZE=1 "$flexcim" sweep experiment.yaml -q --db one.db \
    >/dev/null
same one.db 'one rank of one works alone'
echo "1..$count"
