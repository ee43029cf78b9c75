#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `flexcim run` is killed at random moments, again and again on the same files,
# until it is done; then all of it is there, as if nothing had been.
# usage: killed.sh FLEXCIM ROUNDS
set -eu
flexcim=$(realpath "$1")
# shellcheck source=tests/share.sh
. "$(dirname "$0")/../share.sh"
rounds=$(share_of "$2")
# shellcheck source=tests/inject/common.sh
. "$(dirname "$0")/common.sh"
prepare run

fresh() {
    cd "$folder"
    rm -rf here
    cp -r base here
    cd here
}

# shellcheck disable=SC2154,SC2086  # words without blanks, set by prepare
work() {
    exec "$flexcim" $words -q >/dev/null 2>"$folder/said"
}

fresh
begun=$(date +%s%N)
(work)
lasts=$(($(date +%s%N) - begun))
dump >"$folder/after"

seed=${KILL_SEED:-$(date +%s)}
echo "# KILL_SEED=$seed, one run lasts $((lasts / 1000000)) ms"
moments=$(awk -v seed="$seed" -v rounds="$rounds" -v lasts="$lasts" 'BEGIN {
    srand(seed)
    for (i = 0; i < rounds; i++)
        printf "%.4f\n", 1.1 * rand() * lasts / 1e9
}')

killed=0 done=0 bad=0
fresh
for moment in $moments; do
    work &
    child=$!
    sleep "$moment"
    kill -9 $child 2>/dev/null || true
    status=0
    wait $child 2>/dev/null || status=$?
    is_sound || { bad=$((bad + 1)); echo "# not sound, killed at $moment s"; }
    case $status in
    137) killed=$((killed + 1)) ;;
    0)
        done=$((done + 1))
        dump >"$folder/seen"
        cmp -s "$folder/seen" "$folder/after" ||
            { bad=$((bad + 1)); echo '# does not end alike'; }
        fresh
        ;;
    *)
        bad=$((bad + 1))
        sed "s/^/# ended with $status: /" "$folder/said"
        ;;
    esac
done
(work) || bad=$((bad + 1))
dump >"$folder/seen"
cmp -s "$folder/seen" "$folder/after" || bad=$((bad + 1))
[ $bad = 0 ] && [ $killed -gt 0 ] || printf 'not '
echo "ok 1 - killed $killed times, done $((done + 1)) times, nothing lost"
echo 1..1
[ $bad = 0 ]
