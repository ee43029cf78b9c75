#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# play.sh EXPECTED PROGRAM: fails unless the scenes are as expected.
set -eu
"$2" 2>/dev/null | diff "$1" -
