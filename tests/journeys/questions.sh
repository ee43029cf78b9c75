#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Someone who was given results.db and nothing else: ten questions, each asked
# of the views and reckoned again from the tables.
# usage: questions.sh FLEXCIM
# shellcheck disable=SC1091,SC2154  # what journey.sh sets
. "$(dirname "$0")/journey.sh"

flexcim run "$checkpoints/llama-7m" --tokens "$checkpoints/tokens.safetensors" \
    --calibration-rows 4 --rows 4 --inputs 32 --sparsity 0.5 \
    --methods flow,uniform --machines flexcim,dense --infer -q >said 2>&1
ask() {
    flexcim query "$1" --format csv | tail -n +2 | tr -d '"'
}
same() {
    echo "$1 | $2"
    [ -n "$1" ] && [ "$1" = "$2" ]
}
runs="layer_results AS l JOIN runs AS r USING (run)
    JOIN machines AS h USING (machine_hash)
    JOIN traces AS t ON t.trace_hash = r.trace_hash
    JOIN plans AS p ON p.plan_hash = t.plan_hash"

holds '1. how many cycles flexcim takes for the uniform plan' same \
    "$(ask "SELECT cycles FROM v_comparison WHERE method = 'uniform' AND machine = 'flexcim'")" \
    "$(sqlite3 results.db "SELECT sum(l.cycles) FROM $runs
        WHERE h.name = 'flexcim' AND p.method = 'uniform'")"
holds '2. how much faster that is than dense' same \
    "$(ask "SELECT round(s.speed_up, 6) FROM v_speed_up AS s JOIN v_run AS r USING (run)
        WHERE r.method = 'uniform' AND r.machine = 'flexcim' AND s.rival = 'dense'")" \
    "$(sqlite3 results.db "SELECT round(1.0 * sum((h.name = 'dense') * l.cycles)
        / sum((h.name = 'flexcim') * l.cycles), 6)
        FROM $runs WHERE p.method = 'uniform'")"
holds '3. how much of the weights each plan keeps' same \
    "$(ask 'SELECT method, round(sparsity_reached, 9) FROM v_perplexity ORDER BY method')" \
    "$(sqlite3 -csv results.db "SELECT p.method, round(1 - sum(y.inputs * y.outputs * l.n * 1.0 / l.m)
        / sum(y.inputs * y.outputs), 9)
        FROM plans AS p JOIN plan_layers AS l USING (plan_hash)
        JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
        GROUP BY p.plan_hash ORDER BY p.method")"
holds '4. which perplexity is lowest, and its plan' same \
    "$(ask 'SELECT method, round(perplexity, 9) FROM v_perplexity ORDER BY perplexity LIMIT 1')" \
    "$(sqlite3 -csv results.db 'SELECT p.method, round(q.perplexity, 9) FROM perplexities AS q
        JOIN plans AS p USING (plan_hash) ORDER BY q.perplexity LIMIT 1')"
holds '5. where the cycles of a run went' same \
    "$(ask "SELECT sum(cycles) FROM v_where WHERE method = 'flow' AND machine = 'dense'")" \
    "$(sqlite3 results.db "SELECT sum(l.cycles) FROM $runs
        WHERE h.name = 'dense' AND p.method = 'flow'")"
holds '6. which layers take no pattern' same \
    "$(ask "SELECT count(*) FROM v_pattern WHERE method = 'flow' AND pattern = 'dense'")" \
    "$(sqlite3 results.db "SELECT count(*) FROM plan_layers AS l JOIN plans AS p USING (plan_hash)
        WHERE p.method = 'flow' AND l.n = l.m")"
holds '7. who asked for all this, and with what' same \
    "$(ask 'SELECT count(*) FROM invocations WHERE arguments LIKE '"'%--infer%'")" 1
holds '8. how large the machines are' same \
    "$(ask "SELECT machine, round(sum(area_mm2), 6) FROM v_area WHERE cost_table = 'base' AND machine_hash IN (SELECT machine_hash FROM runs) GROUP BY machine_hash ORDER BY machine")" \
    "$(sqlite3 -csv results.db "SELECT h.name, round(sum(p.components * c.area_um2) / 1e6, 6)
        FROM machine_parts AS p JOIN machines AS h USING (machine_hash)
        JOIN costs AS c USING (component)
        WHERE p.use = 'area' AND c.cost_table = 'base' AND c.class <> 'dram'
          AND machine_hash IN (SELECT machine_hash FROM runs)
        GROUP BY machine_hash ORDER BY h.name")"
holds '9. how long a token takes' same \
    "$(ask "SELECT round(ms_per_token, 9) FROM v_inference WHERE machine = 'flexcim' AND method = 'uniform'")" \
    "$(sqlite3 results.db "SELECT round((i.clocks - i.prompt_clocks) / (h.clock_mhz * 1e3)
        / (i.\"generate\" - 1), 9) FROM inferences AS i JOIN machines AS h USING (machine_hash)
        JOIN traces AS t ON t.trace_hash = i.trace_hash JOIN plans AS p ON p.plan_hash = t.plan_hash
        WHERE h.name = 'flexcim' AND p.method = 'uniform' AND i.edge = 'middle'")"
holds '10. whether anything failed' same \
    "$(ask "SELECT count(*) FROM v_run WHERE status <> 'done'")" 0
holds 'and nothing that was asked wrote' same \
    "$(flexcim query 'DELETE FROM runs' 2>&1 >/dev/null | grep -c read)" 1
arrive
