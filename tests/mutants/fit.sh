#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every fault still fits the sources, and says what it is and who should see it:
# that they do see it, mutants.sh asks in the soak.
set -eu
here=$(dirname "$(realpath "$0")")
cd "$here/../.."

bad=0
for patch in "$here"/*.patch; do
    if ! git apply --check "$patch" 2>&1 | sed 's/^/# /' |
        awk '{ print } END { exit NR > 0 }' ||
        [ "$(sed -n '2s/: .*//p' "$patch")" != Suite ]; then
        echo "# ${patch##*/} does not fit"
        bad=1
    fi
done
[ $bad = 0 ] || printf 'not '
echo "ok 1 - faults fit the sources"
echo 1..1
