#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: run.sh [TIMES [WORK...]]: runs every row of rows.tsv (or those of which
# the first word is a WORK) on both kernels in turn, TIMES times (5), and prints
# the medians as CSV.  PIN is put before each command, such as "taskset -c 1".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
times=${1:-5}
[ $# = 0 ] || shift
works=$*
tab=$(printf '\t')
export SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1

# measure EVENTS CHECK PROGRAM WORK...: ns an event, of a run that did the work.
measure() {
    events=$1 check=$2
    shift 2
    # shellcheck disable=SC2086  # PIN is several words
    ${PIN:-} "$@" 2>/dev/null | awk -F "$tab" \
        -v events="$events" -v check="$check" '
        $4 == events && $5 == check { print $6 / $4 * 1e9; good = 1 }
        END { exit !good }' || {
        echo "$*: not the events and check of rows.tsv" >&2
        exit 1
    }
}

median() {
    tr ' ' '\n' | grep . | sort -n | awk '{ a[NR] = $1 }
        END { if (NR) print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2 }'
}

echo work,flexcim_ns,systemc_ns,ratio,goal_ratio,goal_ns,bound_ns,times_bound
tail -n +2 "$here/rows.tsv" | while IFS=$tab read -r work events check bound goal ratio; do
    case " $works " in
    '  ' | *" ${work%% *} "*) ;;
    *) continue ;;
    esac
    ours='' theirs='' i=0
    while [ "$i" -lt "$times" ]; do
        # shellcheck disable=SC2086  # the words of a work
        ours="$ours $(measure "$events" "$check" "$build/kernel_bench" $work)"
        # A group does the work of the signals; SystemC has no groups.
        same=$(echo "$work" | sed 's/group\|row/sig/')
        # shellcheck disable=SC2086
        theirs="$theirs $(measure "$events" "$check" \
            "$build/experiments/kernel_speed/systemc_bench" $same)"
        i=$((i + 1))
    done
    echo "$work,$(echo "$ours" | median),$(echo "$theirs" | median),$ratio,$goal,$bound" |
        awk -F, -v OFS=, '{
            ratio = $2 == 0 ? "" : sprintf("%.1f", $3 / $2)
            bound = $6 == 0 ? "" : sprintf("%.1f", $2 / $6)
            sub("-", "", $4)
            sub("-", "", $5)
            printf "%s,%.1f,%.1f,%s,%s,%s,%s,%s\n", $1, $2, $3, ratio, $4,
                $5, $6, bound
        }'
done
