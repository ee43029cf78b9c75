#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the sources measure, by universal-ctags.  A limit that is reached is a
# reason to look, not to cut a clear function into pieces that hand ten locals
# along.
# usage: measures.sh SOURCE
set -eu

cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find src models -name '*.c' | sort >"$work/sources"
find src models -name '*.h' | sort >"$work/headers"

# name|file|first line|last line|(parameters), one function a line
ctags -L "$work/sources" -x --sort=no --languages=C --kinds-C=f --fields=+Sen \
    --_xformat='%N|%F|%n|%{end}|%{signature}' >"$work/functions"
ctags -L "$work/headers" -x --sort=no --languages=C --langmap=C:.h --kinds-C=p --fields=+Sn \
    --_xformat='%N|%F|%n|%n|%{signature}' >"$work/prototypes"
if [ ! -s "$work/functions" ] || [ ! -s "$work/prototypes" ]; then
    echo 'Bail out! ctags lists no functions'
    exit 1
fi

number=0
verdict() { # TEXT; $work/against has what speaks against it
    number=$((number + 1))
    if [ -s "$work/against" ]; then
        sed 's/^/# /' "$work/against"
        echo "not ok $number - $1"
    else
        echo "ok $number - $1"
    fi
}

# Of a list of names, if they are over PERCENT of all functions.
over() {
    awk -F'|' -v percent="$1" -v all="$(wc -l <"$work/functions")" '
        { line[NR] = $0 }
        END {
            if (100 * NR <= percent * all) exit
            printf "%d of %d, %.1f %%\n", NR, all, 100 * NR / all
            for (i = 1; i <= NR; i++) print line[i]
        }'
}

awk -F'|' '{ n = gsub(/,/, ",", $5) + 1; if (n >= 6) print n, $1, $2 }' \
    "$work/functions" | over 1.5 >"$work/against"
verdict 'at most 1.5 % of the functions have six parameters or more'

awk -F'|' '$1 != "main" {
        if (!(($1, $2) in seen)) files[$1]++
        seen[$1, $2] = 1
        name[NR] = $1
        file[NR] = $2
    }
    END { for (i in name) if (files[name[i]] > 1) print name[i], file[i] }' \
    "$work/functions" | sort | over 5 >"$work/against"
verdict 'at most 5 % of the functions have a name that another file uses'

awk -F'|' '{ if ($4 - $3 + 1 > 40) print $4 - $3 + 1, $1, $2 }' \
    "$work/functions" | over 1 >"$work/against"
verdict 'at most 1 % of the functions are longer than 40 lines'

# A setter's only flag says what it is; among others `true` says nothing.
awk -F'|' '$5 ~ /,.*,/ && $5 ~ /[(, ]bool [a-z_]+[,)]/ { print $1, $2 }' \
    "$work/prototypes" | awk '{ line[NR] = $0 }
        END { if (NR > 2) for (i = 1; i <= NR; i++) print line[i] }' >"$work/against"
verdict 'at most two functions of headers take true or false among other arguments'

while read -r file; do
    [ "$(wc -l <"$file")" -le 150 ] || sed -n 2p "$file" | grep -q '^/\*' ||
        echo "$file"
done <"$work/sources" >"$work/against"
verdict 'a source of more than 150 lines opens with a paragraph'

cat "$work/sources" "$work/headers" | xargs wc -l |
    awk '$2 != "total" && $1 > 500' >"$work/against"
verdict 'no source has more than 500 lines'

# Options and answers of a command are locals; its tables do not change.
ctags -x --languages=C --kinds-C=v --sort=no \
    --_xformat='%F|%N|%C' src/cli/commands/*.c |
    grep -vE '\|(static )?(extern )?const |\|.*\* ?const ' |
    grep -v '\[\] *= *' >"$work/against" || true
verdict 'no command has a variable that outlives its call'
echo "1..$number"
