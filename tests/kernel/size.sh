#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# size.sh SOURCES MAP CC CORE...: the part of the kernel that every model links,
# the files CORE and the headers that these include, has at most 4,797 lines;
# of the rest the least model, whose link map is MAP, links nothing.
set -eu
sources=$1
map=$2
shift 2
cc=$1
shift
lines=$(for file; do
    "$cc" -MM -I "$sources/src" "$file"
done | tr -s '[:space:]' '\n' | grep 'kernel/[a-z_]*\.[ch]$' | sort -u |
    xargs cat | wc -l)
echo "$lines lines are always linked"
[ "$lines" -gt 3000 ] # it has found them
[ "$lines" -le 4797 ]
grep -q 'libkernel\.a' "$map"
if grep 'libkernel_more\.a.*(\|libkernel_more\.a\.p/.*\.o' "$map"; then
    echo "the least model links these" >&2
    exit 1
fi
