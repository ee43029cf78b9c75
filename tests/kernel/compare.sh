#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# compare.sh EXPECTED PROGRAM [ARGUMENT]: fails unless the answers (SystemC says
# other things, too) are those expected.
set -eu
"$2" ${3+"$3"} 2>/dev/null | grep "^R[0-9]" | diff "$1" -
