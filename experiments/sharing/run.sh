#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: run.sh [DB]: prints the table as CSV
set -eu
here=$(cd "$(dirname "$0")" && pwd)
flexcim=${FLEXCIM:-$here/../../build/flexcim}
db=${1:-sharing.db}
"$flexcim" sweep "$here/experiment.yaml" --db "$db" -q >&2
"$flexcim" query "$here/table.sql" --db "$db" --format csv
