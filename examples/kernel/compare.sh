#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# compare.sh PROGRAM EXPECTED [TWIN]: the program, and its twin on SystemC, print
# what is expected.
set -eu
"$1" | diff "$2" -
if [ $# = 3 ]; then
    "$3" 2>/dev/null | diff "$2" -
fi
