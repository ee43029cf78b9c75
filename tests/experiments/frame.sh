#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every experiment has what the page of experiments/ promises.  (The answer of
# kernel_speed is a time, on a machine.)
# usage: frame.sh SOURCE
set -eu
cd "$1/experiments"
trouble=0
wrong() {
    echo "$1"
    trouble=1
}
for script in */run.sh; do
    name=$(dirname "$script")
    [ "$name" != kernel_speed ] || continue
    for file in README.md expected.csv; do
        [ -s "$name/$file" ] || wrong "$name has no $file"
    done
    for word in claim refute time; do
        grep -qi "$word" "$name/README.md" || wrong "$name/README.md: no $word"
    done
    head -1 "$name/README.md" | grep -q '?$' ||
        wrong "$name/README.md does not begin with its question"
    [ -x "$script" ] || wrong "$name/run.sh cannot be executed"
    grep -q "($name)" README.md || wrong "README.md does not name $name"
    grep -q "'$name'" ../tests/experiments/meson.build ||
        wrong "no test reproduces $name"
done
exit $trouble
