#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts one fault after the other into a copy of the tree, and sees the tests
# fail that should.  A fault that no test sees, or that no longer fits the
# sources, is a failure.
#
# usage: mutants.sh [I/N | NAME...]     every N-th fault from the I-th, or these
#
# Where all parts of the soak are asked for (MUTANTS_SHARE=N) an N-th of all faults,
# another one each day; MUTANTS_DAY asks for that of another day.
#
# A fault is NAME.patch: a sentence, `Suite:` and, if they are not all of those
# suites, `Tests:`, names of `meson test`, and a patch.
set -eu
here=$(dirname "$(realpath "$0")")
top=$here/../..

share=1/1
case ${1-} in
*/*) share=$1; shift ;;
esac
if [ $# = 0 ]; then
    days=${MUTANTS_SHARE:-1} day=${MUTANTS_DAY:-$(($(date +%s) / 86400))} place=0
    [ "$days" = 1 ] || echo "# MUTANTS_DAY=$day, one of $days"
    for patch in "$here"/*.patch; do
        name=${patch##*/}
        place=$((place + 1))
        [ $((place % days)) = $((day % days)) ] || continue
        set -- "$@" "${name%.patch}"
    done
fi

copy=$(mktemp -d "${TMPDIR:-/tmp}/flexcim-mutants-XXXXXX")
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT TERM
mkdir "$copy/tree"
for part in "$top"/*; do
    case ${part##*/} in build*) ;; *) cp -r "$part" "$copy/tree" ;; esac
done
cd "$copy/tree"
meson setup build -Doptimization=1 -Ddebug=false >"$copy/log" || { cat "$copy/log"; exit 1; }

# The words after KEY in the head of a patch.
head_of() {
    sed -n "/^--- /q; s/^$1: *//p" "$here/$2.patch"
}

# What should see the fault NAME; 125 if it does not build.
test_for() {
    suites=
    for suite in $(head_of Suite "$1"); do
        suites="$suites --suite $suite"
    done
    # shellcheck disable=SC2046,SC2086  # lists of words
    meson test -C build --maxfail 1 --timeout-multiplier 6 $suites $(head_of Tests "$1") \
        >"$copy/log" 2>&1
}

tell() {
    echo "$1 - $name: $(head -n 1 "$here/$name.patch")"
}

number=0 place=0 failed=no sound=' '
for name in "$@"; do
    place=$((place + 1))
    [ $((place % ${share#*/})) = $((${share%/*} % ${share#*/})) ] || continue
    number=$((number + 1))
    # Without a fault the same tests must pass.
    seers="$(head_of Suite "$name"): $(head_of Tests "$name")"
    case $sound in
    *" [$seers] "*) ;;
    *)
        test_for "$name" || { cat "$copy/log"; exit 1; }
        sound="${sound}[$seers] "
        ;;
    esac
    if ! git apply --check "$here/$name.patch" 2>"$copy/log"; then
        failed=yes
        tell "not ok $number"
        sed 's/^/# does not fit any more: /' "$copy/log"
        continue
    fi
    git apply "$here/$name.patch"
    status=0
    test_for "$name" || status=$?
    git apply -R "$here/$name.patch"
    case $status in
    0)
        failed=yes
        tell "not ok $number"
        echo '# no test saw it'
        ;;
    125)
        failed=yes
        tell "not ok $number"
        grep -h 'error:' "$copy/log" | sed 's/^/# does not build: /'
        ;;
    *) tell "ok $number" ;;
    esac
done
echo "1..$number"
[ $failed = no ]
