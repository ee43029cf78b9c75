#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the sessions of a .test file and compares what is seen with what stands
# there.  usage: run.sh [--accept] FILE.test FLEXCIM EXAMPLE
#
#   # ...       a comment
#   $ ...       a command, run by sh in an empty folder with example.db in it
#   ! ...       a line on its standard error, after all of its standard output,
#               but what it says of how long it will take
#   ? N         its exit status, if that is not 0
#   anything    a line on its standard output
#
# $SOURCE is the source tree.
#
# [...] in an expected line stands for any text, and alone for any lines.
# Empty lines may be anywhere.  --accept writes what is seen into the file, all
# [...] spelt out.
set -u
accept=no
[ "$1" = --accept ] && { accept=yes; shift; }
test=$(realpath "$1")
flexcim=$(realpath "$2")
example=$(realpath "$3")

folder=$(mktemp -d /tmp/flexcim-cli-XXXXXX)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/here"
cd "$folder/here" || exit 1
"$example" example.db || exit 1
PATH=$(dirname "$flexcim"):$PATH
SOURCE=$(dirname "$test")/../..
export SOURCE
LC_ALL=C.UTF-8
NO_COLOR=1
COLUMNS=80
export PATH LC_ALL NO_COLOR COLUMNS
unset ARGP_HELP_FMT FLEXCIM_PATH

seen=$folder/seen
while IFS= read -r line; do
    case $line in
    '#'*)
        printf '%s\n' "$line" >>"$seen"
        ;;
    '$ '*)
        printf '%s\n' "$line" >>"$seen"
        sh -c "${line#'$ '}" >"$folder/out" 2>"$folder/err" </dev/null
        status=$?
        cat "$folder/out" >>"$seen"
        # What only a slow or busy machine says (tests/workflow/told.sh).
        sed -e '/[:,] about [0-9.]* \(s\|min\|h\|MB\)\>/d' -e '/ left$/d' \
            -e 's/^/! /' "$folder/err" >>"$seen"
        [ $status -eq 0 ] || printf '? %s\n' $status >>"$seen"
        ;;
    esac
done <"$test"

if [ $accept = yes ]; then
    cp "$seen" "$test"
    exit 0
fi

awk '
function matches(have, want,   at, head, tail) {
    at = index(want, "[...]")
    if (!at)
        return have == want
    head = substr(want, 1, at - 1)
    tail = substr(want, at + 5)
    if (substr(have, 1, length(head)) != head)
        return 0
    have = substr(have, length(head) + 1)
    for (at = 1; at <= length(have) + 1; at++)
        if (matches(substr(have, at), tail))
            return 1
    return 0
}
FNR == NR { if ($0 != "") seen[++count] = $0; next }
$0 == "" { next }
$0 == "[...]" { skip = 1; next }
{
    next_line++
    while (skip && next_line <= count && !matches(seen[next_line], $0))
        next_line++
    skip = 0
    if (next_line > count || !matches(seen[next_line], $0)) {
        printf "line %d:\n  expected: %s\n  seen:     %s\n", FNR, $0,
            (next_line > count ? "(nothing more)" : seen[next_line])
        failed = 1
        exit 1
    }
}
END {
    if (!failed && next_line < count && !skip) {
        printf "seen, but not expected: %s\n", seen[next_line + 1]
        exit 1
    }
}' "$seen" "$test" || {
    echo "--- all that was seen:"
    cat "$seen"
    exit 1
}
