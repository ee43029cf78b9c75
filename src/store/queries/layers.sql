-- SPDX-License-Identifier: GPL-3.0-or-later
-- What did each layer of a run take?
--
-- :run      the run's key; the run begun last unless said
-- :machine  a machine's name; then the run begun last on it
SELECT model, machine, run, decoder_block, name, tokens, inputs, outputs, pattern, run_as, merged,
       cycles,
       compute_cycles, weight_load_cycles, memory_stall_cycles,
       activation_stall_cycles, output_stall_cycles, drain_cycles,
       round(utilisation, 3) AS utilisation, outputs_verified
FROM v_layer
WHERE run = coalesce(:run, (SELECT run FROM runs
                            JOIN machines AS h USING (machine_hash)
                            WHERE h.name = coalesce(:machine, h.name)
                            ORDER BY started_utc DESC, run LIMIT 1))
ORDER BY layer;
