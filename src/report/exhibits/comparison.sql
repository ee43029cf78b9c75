-- SPDX-License-Identifier: GPL-3.0-or-later
-- What each plan costs and buys
--
-- Speed-up is against the machine ‘dense’ on the same trace.  Stalls are waits for
-- memory, activations and outputs.  Utilisation is the share of all products that
-- could have been made that were useful: of a kept weight with an input.
@NAMES@
SELECT n.model, coalesce(p.plan, 'no plan') AS plan,
       round(100 * c.sparsity_reached, 2) AS "pruned_%",
       round(c.perplexity, 3) AS perplexity, h.machine, c.cycles,
       round(s.speed_up, 3) AS speed_up, r.compute_cycles AS compute,
       r.weight_load_cycles AS weight_load,
       r.memory_stall_cycles + r.activation_stall_cycles
           + r.output_stall_cycles AS stalls,
       r.drain_cycles AS drain, round(c.utilisation, 3) AS utilisation
FROM v_comparison AS c
JOIN v_run AS r USING (run)
JOIN model_name AS n ON n.model_hash = c.model_hash
JOIN machine_name AS h ON h.machine_hash = c.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = c.plan_hash
LEFT JOIN v_speed_up AS s ON s.run = c.run AND s.rival = 'dense'
ORDER BY n.model, c.sparsity_asked, c.method, c.sparsity_reached, c.cycles,
         h.machine, c.run;
