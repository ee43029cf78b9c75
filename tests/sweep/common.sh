#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# For the tests of this folder.  usage of each: NAME.sh FLEXCIM SWEEP_TRACE
# FLEXCIM_MPI says if the program was built with MPI.
# shellcheck disable=SC2034,SC2154  # the tests use and set them
set -eu

flexcim=$(realpath "$1")
trace=$(realpath "$2")
folder=$(mktemp -d /tmp/flexcim-sweep-XXXXXX)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset FLEXCIM_PATH
# Open MPI and root; more ranks than processors; its own leaks are not ours.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
count=0

has_mpi() {
    [ "$FLEXCIM_MPI" = yes ] && command -v mpirun >/dev/null
}

# What two files of the same work must have in common, in order.
dump() {
    sqlite3 "$1" '
        SELECT * FROM experiments ORDER BY 1;
        SELECT * FROM experiment_points ORDER BY 1, 2;
        SELECT model_hash, name FROM models ORDER BY 1;
        SELECT * FROM layers ORDER BY 1, 2;
        SELECT trace_hash, model_hash, plan_hash, kind FROM traces ORDER BY 1;
        SELECT * FROM machines ORDER BY 1;
        SELECT run, trace_hash, machine_hash, version, way, seed, status, reason
            FROM runs ORDER BY 1;
        SELECT * FROM layer_results ORDER BY 1, 3;
        SELECT * FROM counters ORDER BY 1, 2;
        SELECT * FROM counter_values ORDER BY 1, 2, 3, 4;'
}

# same FILE WORDS: has the rows of serial.db, in the same order
same() {
    dump serial.db >expected
    dump "$1" >seen
    count=$((count + 1))
    if cmp -s expected seen; then
        echo "ok $count - $2"
    else
        diff expected seen | head -5 | sed 's/^/# /'
        echo "not ok $count - $2"
    fi
}

# good COMMAND... : it succeeds; the words of the test stand in $what
good() {
    count=$((count + 1))
    if "$@"; then echo "ok $count - $what"; else echo "not ok $count - $what"; fi
}

children_of() {
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v parent="$1" '{ sub(/\(.*\)/, "x") } $4 == parent { print $1 }'
}
