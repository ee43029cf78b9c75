#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The reader of the paper: are its claims true?  What is missing is said with the
# command that makes it, and that command, as it stands, does.
# usage: reader.sh FLEXCIM
# shellcheck disable=SC1091,SC2154  # what journey.sh sets
. "$(dirname "$0")/journey.sh"

sqlite3 empty.db 'SELECT 1' && rm -f empty.db
flexcim run "$checkpoints/llama-7m" --tokens "$checkpoints/tokens.safetensors" \
    --calibration-rows 2 --rows 4 --inputs 16 --sparsity 0.5 --methods uniform \
    --machines flexcim -q >said 2>&1
flexcim claims --format csv >first.csv
holds 'with one machine nothing is decided' test \
    "$(grep -c ',reached,\|,not reached,' first.csv)" = 0
holds 'each missing number has its command' test \
    "$(grep -c 'missing: .*; flexcim ' first.csv)" = "$(rows first.csv)"

# The command that the first row of latency names, its words filled in.
command=$(grep '^latency,prompt.*,free,' first.csv |
    sed 's/.*; \(flexcim run [^"]*\).*/\1/' |
    sed "s|CHECKPOINT|$checkpoints/llama-7m|; s|FILE|$checkpoints/tokens.safetensors|")
echo "# $command"
$command --methods flow,uniform --calibration-rows 2 --rows 4 --inputs 16 \
    --sparsity 0.3,0.5 --accuracy -q >said 2>&1
flexcim claims --format csv >second.csv
for scope in 'latency,linear layers' 'latency,prompt' 'latency,decoding' \
    'energy,linear layers' 'energy,prompt' 'energy,decoding' \
    'accuracy,perplexity' 'accuracy,tasks'; do
    holds "$scope has a verdict" grep -qE "^$scope,(not )?(reached|decided),-?[0-9]" second.csv
done

# A verdict, reckoned by hand: a common plan, equal multipliers, equal clock.
claimed=$(grep '^latency,linear layers,.*,dense,llama-7m,common,free,any,multipliers,equal,' \
    second.csv | cut -d, -f4)
reckoned=$(sqlite3 results.db "WITH cycle AS (
        SELECT r.trace_hash, h.name, sum(l.cycles) AS cycles
        FROM runs AS r JOIN machines AS h USING (machine_hash)
        JOIN layer_results AS l USING (run) GROUP BY r.run)
    SELECT 1.0 * d.cycles / f.cycles FROM cycle AS f
    JOIN cycle AS d ON d.trace_hash = f.trace_hash AND d.name = 'dense'
    WHERE f.name = 'flexcim' ORDER BY f.cycles LIMIT 1")
holds 'and it is the one that the tables give' near "$claimed" "$reckoned" 0.001
flexcim report -o page.html -q
holds 'the page has the verdicts' grep -q 'claims on trial' page.html
arrive
