#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every command of the console blocks of README.md and doc/, page after page
# in one folder, and compares what it prints with what the page shows: words and
# whole numbers exactly, numbers with a point within 0.2 % (another processor sums
# in another order, so that hashes, too, may differ; 677.04 is printed as 677).  A line `...` stands for any
# lines; a block after `<!-- times -->` is run, but its output is not compared; a
# block after `<!-- file: NAME -->` is that file.  Every page of doc/ is one of
# these, README links it, and no command of commands.txt has been lost.
# --accept writes what is printed into the pages; lines `...` are to be put in again.
# usage: readme.sh [--accept] SOURCE BUILD
set -eu

accept=no
[ "$1" != --accept ] || { accept=yes; shift; }
top=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In the order in which one page rests on what another has made.
pages='README.md doc/results.md doc/steps.md doc/formats.md doc/start.md
    doc/extend.md doc/kernel.md doc/method.md doc/machine.md doc/numbers.md
    doc/inference.md doc/checkpoints.md'

cd "$top"
for page in doc/*.md; do
    for listed in $pages; do
        [ "$listed" != "$page" ] || break
    done
    [ "$listed" = "$page" ] && grep -q "($page)" README.md && continue
    echo "not ok 1 - $page is no page that README links"
    exit 1
done
# shellcheck disable=SC2086  # a list of words
sed -n 's/^\$ //p' $pages | sort >"$work/commands"
sort tests/house/commands.txt | comm -23 - "$work/commands" >"$work/lost"
[ ! -s "$work/lost" ] || {
    sed 's/^/# no page has: /' "$work/lost"
    echo 'not ok 1 - no command is lost'
    exit 1
}

for name in go models src traces experiments README.md doc meson.build; do
    [ ! -e "$top/$name" ] || ln -s "$top/$name" "$work/$name"
done
rm "$work/go"
cp "$top/go" "$work/go"
ln -s "$build" "$work/build"
mkdir "$work/.blocks"

# One file a command: .blocks/N.command, N.expected, N.times
# shellcheck disable=SC2086
awk -v folder="$work/.blocks" '
    /^<!-- times -->$/ { times = 1; next }
    /^<!-- file: .* -->$/ { file = folder "/../" $3; next }
    /^```/ && file && !writing { writing = 1; next }
    /^```/ && writing { close(file); writing = 0; file = ""; next }
    writing { print > file; next }
    /^```console$/ { inside = 1; next }
    /^```/ { if (inside) times = 0; inside = 0; next }
    !inside { if (NF) times = 0; next }
    /^\$ / {
        n++
        base = sprintf("%s/%03d", folder, n)
        print substr($0, 3) > (base ".command")
        printf "" > (base ".expected")
        if (times) printf "" > (base ".times")
        next
    }
    { print > (base ".expected") }
' $pages

# shellcheck disable=SC2016  # awk's own variables
same='
    BEGIN { for (i = 0; i < 64; i++) hash = hash "[0-9a-f]"; hash = "^" hash "$"
            number = "^-?[0-9]+([.][0-9]+)?%?,?$" }
    function alike(a, b) {
        if (a == b) return 1
        if (a ~ hash && b ~ hash) return 1
        if (a !~ number || b !~ number || a b !~ /[.]/) return 0
        return (a - b) ^ 2 <= (0.002 * b) ^ 2 + 1e-12
    }
    function lines_alike(a, b,    x, y, n, i) {
        n = split(a, x)
        if (n != split(b, y)) return 0
        for (i = 1; i <= n; i++) if (!alike(x[i], y[i])) return 0
        return 1
    }
    NR == FNR { expected[++wanted] = $0; next }
    { got[++given] = $0 }
    END {
        j = 1
        for (i = 1; i <= wanted; i++) {
            if (expected[i] == "...") {
                while (j <= given && (i == wanted ||
                                      !lines_alike(got[j], expected[i + 1])))
                    j++
                continue
            }
            if (j > given || !lines_alike(got[j], expected[i])) {
                print "# page: " expected[i]
                print "# printed: " (j > given ? "(nothing more)" : got[j])
                exit 1
            }
            j++
        }
        if (j <= given) { print "# printed besides: " got[j]; exit 1 }
    }'

cd "$work"
PATH=$work/build:$PATH
export PATH
number=0
for command in .blocks/*.command; do
    number=$((number + 1))
    base=${command%.command}
    verdict=ok
    sh -eu "$command" >"$base.out" 2>"$base.err" || verdict='not ok'
    if [ "$verdict$accept" = okno ] && [ ! -e "$base.times" ]; then
        awk "$same" "$base.expected" "$base.out" || verdict='not ok'
    fi
    [ "$verdict" = ok ] || tail -n 5 "$base.err" | sed 's/^/# /'
    echo "$verdict $number - $(cat "$command")"
done
echo "1..$number"

[ $accept = yes ] || exit 0
cd "$top"
# shellcheck disable=SC2086
awk -v folder="$work/.blocks" -v work="$work" '
    FNR == 1 { page = work "/" ++pages ".new" }
    /^```console$/ { inside = 1 }
    inside && /^```$/ { inside = 0 }
    !inside { print > page; next }
    /^```console$/ { print > page; next }
    /^\$ / {
        print > page
        n++
        out = sprintf("%s/%03d.out", folder, n)
        while ((getline line < out) > 0) print line > page
        close(out)
    }
' $pages
number=0
for page in $pages; do
    number=$((number + 1))
    cp "$work/$number.new" "$page"
done
