#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One thing fails, at every place in turn, under one command that writes; then
# the command must say so, or do its work all the same, and leave nothing
# half-made; undisturbed, it then ends as if nothing had been.
#
# usage: [INJECT_PLACES=PLACES] inject.sh FLEXCIM LIBRARY COMMAND [PLACES]
#
# LIBRARY (failing.c) makes allocations and calls of SQLite fail, strace(1)
# system calls; `kill` stands for SIGKILL at a call that writes.  PLACES says at
# how many places of each kind, spread evenly; all, if it is not there.
set -eu
flexcim=$(realpath "$1") library=$(realpath "$2") command=$3 places=${4-${INJECT_PLACES-all}}
strace -o /dev/null -e trace=none true 2>/dev/null ||
    { echo '1..0 # SKIP no strace'; exit 0; }

# shellcheck source=tests/inject/common.sh
. "$(dirname "$0")/common.sh"
prepare "$command"

# flexcim, under another program or none, in a fresh copy of what was before.
fresh() {
    cd "$folder"
    rm -rf here
    cp -r base here
    cd here
    status=0
    # shellcheck disable=SC2086  # words without blanks in them
    "$@" "$flexcim" $words -q >"$folder/printed" 2>"$folder/said" || status=$?
}

fresh env
[ $status = 0 ] || { cat "$folder/said" >&2; exit 1; }
cp "$folder/printed" "$folder/should_print"
dump >"$folder/after"
find . | sort >"$folder/names"
[ -z "$output" ] || cp "$output" "$folder/output"

# ---- one trial ---------------------------------------------------------------

trouble() {
    echo "# $command, $kind $place: $*"
    sed 's/^/#     /' "$folder/said" | head -5
    bad=$((bad + 1))
}

# It fails with a sentence and the exit code that was designed, or not at all.
look_at_end() {
    case $status in
    0) ;;
    66 | 70 | 74)
        grep -q '^flexcim: ....' "$folder/said" ||
            grep -q 'write(2, "flexcim.*INJECTED' "$folder/told" ||
            trouble 'no sentence'
        ;;
    *)
        case $kind$status in
        kill-*137) ;;
        pread6465) ;; # SQLite tells of a disk that cannot be read as of damage
        *) trouble "exit code $status" ;;
        esac
        ;;
    esac
}

look_at_files() {
    case $kind in
    kill-* | *unlink*) ;; # then it cannot be taken away
    *)
        left=$(find . | sort | comm -23 - "$folder/names" |
            grep -v '\.db-journal$' || true)
        [ -z "$left" ] || trouble "left behind: $left"
        ;;
    esac
    [ -z "$output" ] || [ "$(cat "$output")" = 'what was there' ] ||
        cmp -s "$output" "$folder/output" || trouble "half of $output"
    is_sound || trouble 'a database is damaged, or lost the earlier run'
}

same() {
    dump >"$folder/seen"
    cmp -s "$folder/seen" "$folder/after" || trouble "$1"
}

# A point of a sweep that could not be replayed is a row that says why.
has_failed_point() {
    [ "$command" = sweep ] && [ "$(sqlite3 results.db "SELECT count(*)
        FROM runs WHERE status = 'failed' AND reason LIKE 'its worker ended%'")" = 1 ]
}

# usage: try COMMAND... that runs the words after it with one failure
try() {
    fresh "$@"
    look_at_end
    look_at_files
    if [ $status = 0 ] && has_failed_point; then
        # shellcheck disable=SC2086
        "$flexcim" $words --retry -q >/dev/null 2>"$folder/said" ||
            trouble 'does not work afterwards'
        same 'does not end alike when tried again'
    elif [ $status = 0 ]; then
        cmp -s "$folder/printed" "$folder/should_print" ||
            trouble 'prints something else'
        same 'says that all is well, but it is not'
    elif ! diff -r . ../base >/dev/null; then
        # shellcheck disable=SC2086
        "$flexcim" $words -q >/dev/null 2>"$folder/said" ||
            trouble 'does not work afterwards'
        same 'does not end alike afterwards'
    fi
}

# ---- every place -------------------------------------------------------------

# usage: with_library PLACE COMMAND...
with_library() {
    at=$1
    shift
    env FAIL_KIND="$kind" FAIL_AT="$at" FAIL_TOLD="$folder/told" \
        LD_PRELOAD="$library" "$@"
}

# The same with a system call; $call and $how say which, and what happens.
with_strace() {
    at=$1
    shift
    # shellcheck disable=SC2086  # words or nothing
    strace $options -o "$folder/told" -e "trace=$call" \
        -e "inject=$call:$how:when=$at" "$@"
}

# Whether it came to that: after the last place nothing fails any more.
came() {
    case $kind in
    kill-*) [ $status = 137 ] ;;
    allocation | prepare | step | bind)
        [ ! -s "$folder/told" ] || grep -q ' 1$' "$folder/told"
        ;;
    *) grep -q INJECTED "$folder/told" ;;
    esac
}

how_many() {
    fresh "$1" 65535 # more than there are
    case $1 in
    with_library) cut -d ' ' -f 1 "$folder/told" ;;
    *) grep -c '(' "$folder/told" || true ;;
    esac
}

# How many calls of that kind are the loader's, before there is a program.
of_loader() {
    case $call in
    openat | read | pread64 | mmap)
        strace -E LD_TRACE_LOADED_OBJECTS=1 -o "$folder/told" -e "trace=$call" \
            "$flexcim" >/dev/null
        grep -c '(' "$folder/told" || true
        ;;
    *) echo 0 ;;
    esac
}

number=0 failed=no

# usage: everywhere KIND with_library|with_strace
everywhere() {
    kind=$1 bad=0 tried=0
    total=$(how_many "$2")
    first=0
    [ "$2" = with_library ] || first=$(of_loader)
    step=1
    [ "$places" = all ] || step=$(((total - first + places) / (places + 1)))
    place=$((first + step))
    while [ "$step" -gt 0 ] && [ "$place" -le "$total" ]; do
        rm -f "$folder/told"
        try "$2" "$place"
        came || break
        tried=$((tried + 1))
        place=$((place + step))
    done
    number=$((number + 1))
    if [ $bad = 0 ]; then
        echo "ok $number - $command: $kind, $tried of $((total - first))"
    else
        echo "not ok $number - $command: $kind, $tried of $((total - first))"
        failed=yes
    fi
}

# Workers, too; but of gnuplot, which goes on without its fonts, only the writing.
follow() {
    [ "$command" = report ] && [ "$1" != write ] || echo -f
}

for kind in allocation prepare step bind; do
    everywhere "$kind" with_library
done
for call in openat:EMFILE read:EIO pread64:EIO write:ENOSPC pwrite64:ENOSPC \
    fsync:EIO fdatasync:EIO ftruncate:EIO mmap:ENOMEM \
    ?rename,?renameat:EIO ?unlink,?unlinkat:EIO ?mkdir,?mkdirat:ENOSPC; do
    how=error=${call#*:} call=${call%:*}
    options=$(follow "$call")
    # Then strace is not called for other calls; but it sends no signals.
    options=$options${options:+ --seccomp-bpf}
    everywhere "$call" with_strace
done
how=signal=KILL options=$(follow kill)
for call in write pwrite64 fsync fdatasync ?rename,?renameat ?unlink,?unlinkat
do
    everywhere "kill-$call" with_strace 2>/dev/null # the shell tells of each
done
echo "1..$number"
[ $failed = no ]
