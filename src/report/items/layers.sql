-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cycles of each layer, and where they went
--
-- Of one plan: the pruned one of the lowest perplexity that was replayed (the last
-- replayed, if no perplexity is known), on at most six machines, each plot with a
-- scale of its own.
@NAMES@, chosen AS (
    SELECT trace_hash
    FROM v_comparison
    JOIN v_latest_run USING (run, trace_hash)
    ORDER BY v_comparison.sparsity_reached > 0 DESC, perplexity IS NULL, perplexity,
             ended_utc DESC, run
    LIMIT 1
), shown AS (
    SELECT *, row_number() OVER (ORDER BY cycles, machine, run) AS place
    FROM v_latest_run
    JOIN chosen USING (trace_hash)
)
SELECT n.model || ', ' || coalesce(p.plan, 'no plan') || ', on ' || h.machine
           AS panel,
       l.layer, l.decoder_block, l.name, l.tokens, l.pattern, l.run_as, l.merged,
       l.cycles,
       l.compute_cycles AS compute, l.weight_load_cycles AS weight_load,
       l.memory_stall_cycles AS memory_stall,
       l.activation_stall_cycles AS activation_stall,
       l.output_stall_cycles AS output_stall, l.drain_cycles AS drain,
       l.utilisation
FROM shown AS s
JOIN v_layer AS l USING (run)
JOIN model_name AS n ON n.model_hash = s.model_hash
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = s.plan_hash
WHERE s.place <= 6
ORDER BY s.place, l.layer;
