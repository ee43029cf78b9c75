# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced: kills a command and whoever works for it.

# usage: kill_once PATTERN WORDS...: runs the command, and kills it (SIGKILL) as
# soon as a file of that pattern (of find -name) is there that was not there or
# was written anew.  Comes back when all of its processes are gone; 1 if it ended
# by itself.  The words are a program's, not a function's: a shell that runs one
# is what would be killed.
kill_once() {
    pattern=$1
    shift
    mkfifo ends
    cat ends >/dev/null & # it ends with the last of the processes
    alive=$!
    exec 3>ends # not before the reader is there
    : >begun
    "$@" >&3 2>/dev/null 3>&- &
    victim=$!
    exec 3>&-
    while kill -0 $victim 2>/dev/null &&
        [ "$(find . -name "$pattern" -newer begun)" = '' ]; do
        sleep 0.02
    done
    kill -9 $victim 2>/dev/null || true
    by_itself=0
    wait $victim 2>/dev/null || by_itself=$?
    wait $alive
    rm ends begun
    [ $by_itself -eq 137 ]
}
