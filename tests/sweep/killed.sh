#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A killed worker costs a try, a killed leader or rank what is under way;
# the rerun ends with the rows of a run that nobody disturbed.
# shellcheck source=tests/sweep/common.sh
. "$(dirname "$0")/common.sh"

# Four long points, begun first, and four short ones.
cat >short.yaml <<'END'
layers:
  q: {inputs: 64, outputs: 32, pattern: 4:8}
END
cat >long.yaml <<'END'
blocks: 8
prefix: b
layers:
  q: {inputs: 8192, outputs: 8192, pattern: 4:8}
END
cat >experiment.yaml <<'END'
shapes: [short.yaml, long.yaml]
tokens: [7]
machines: [flexcim]
parameters:
  macro.rows: [16, 32]
  select.selects: [1, 32]
END
"$flexcim" sweep experiment.yaml -q -j 1 --db serial.db >/dev/null

# wait_for PID N: until it has N children; fails if it ends before
wait_for() {
    while [ "$(children_of "$1" | wc -l)" -lt "$2" ]; do
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.01
    done
}

"$flexcim" sweep experiment.yaml -q -j 2 --db worker.db >told &
leader=$!
wait_for $leader 2
kill -9 "$(children_of $leader | tail -1)"
wait $leader
what='a worker that is killed once costs nothing: its point is tried again'
good [ "$(awk 'NR == 2 { print $2, $3, $4 }' told)" = '8 8 0' ]
same worker.db 'and has the rows of a run that nobody disturbed'

# Every worker that has been at work for a moment, as the kernel does when a
# point needs more memory than there is.
"$flexcim" sweep experiment.yaml -q -j 1 --db short.db >told 2>said &
leader=$!
wait_for $leader 1
begun=$(children_of $leader)
for _ in 1 2 3; do
    kill -9 "$(children_of $leader)"
    until now=$(children_of $leader) && [ "$now" ] && [ "$now" != "$begun" ]; do
        kill -0 $leader 2>/dev/null || break
        sleep 0.01
    done
    begun=$now
done
status=0
wait $leader || status=$?
what='a point whose worker is killed three times is named, and the others are done'
good [ "$status $(awk 'NR == 2 { print $2, $3, $4 }' told)" = '1 8 7 0' ]
good grep -q '^flexcim: point [0-9]* (long, flexcim, .*): its worker was killed by signal 9 (Killed), 3 times; the same command tries again$' said
"$flexcim" sweep experiment.yaml -q -j 2 --db short.db >told
what='the next command tries it again'
good [ "$(awk 'NR == 2 { print $3, $4, $5, $6 }' told)" = '1 0 7 0' ]
same short.db 'and does it'

# What a worker does to itself it would do again.
"$flexcim" sweep experiment.yaml -q -j 1 --db broken.db >told &
leader=$!
wait_for $leader 1
kill -ABRT "$(children_of $leader)"
status=0
wait $leader || status=$?
what='a worker that breaks by itself makes its point a failed one, and no other'
good [ "$status $(awk 'NR == 2 { print $2, $3, $4 }' told)" = '0 8 7 1' ]
good [ "$(sqlite3 broken.db "SELECT count(*) FROM runs WHERE status = 'failed'
    AND reason LIKE 'its worker was killed by signal 6 %'")" = 1 ]

"$flexcim" sweep experiment.yaml -q -j 2 --db leader.db >/dev/null &
leader=$!
wait_for $leader 2
workers=$(children_of $leader)
kill -9 $leader
wait $leader || true
sleep 0.2
what='workers go with their leader'
good [ "$(for worker in $workers; do
    awk '{ sub(/\(.*\)/, "x") } $3 != "Z"' /proc/"$worker"/stat
done 2>/dev/null)" = '' ]
"$flexcim" sweep experiment.yaml -q -j 2 --db leader.db >/dev/null
same leader.db 'a killed leader, and the rerun'

"$flexcim" sweep experiment.yaml -q -j 2 --db stopped.db >/dev/null 2>said &
leader=$!
wait_for $leader 2
kill -TERM $leader
status=0
wait $leader || status=$?
what='a leader that is asked to stop says so'
good [ "$status $(cat said)" = '130 flexcim: interrupted' ]
what='and leaves a sound file'
good [ "$(sqlite3 stopped.db 'PRAGMA integrity_check')" = ok ]
"$flexcim" sweep experiment.yaml -q -j 2 --db stopped.db >/dev/null
same stopped.db 'a stopped sweep, and the rerun'

if has_mpi; then
    mpirun -n 3 "$flexcim" sweep experiment.yaml -q --db rank.db \
        >/dev/null 2>&1 &
    job=$!
    wait_for $job 3
    sleep 0.1
    kill -9 "$(children_of $job | tail -1)" || true
    status=0
    wait $job || status=$?
    what='a killed rank ends the job'
    good [ "$status" != 0 ]
    mpirun -n 3 "$flexcim" sweep experiment.yaml -q --db rank.db >/dev/null
    same rank.db 'and the rerun finishes it'
else
    count=$((count + 1))
    echo "ok $count - a killed rank # SKIP no mpirun"
fi
echo "1..$count"
