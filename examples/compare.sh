#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The program prints what the file says.  usage: compare.sh PROGRAM FILE
set -eu
"$1" | diff "$2" -
