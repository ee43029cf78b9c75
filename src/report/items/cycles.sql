-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cycles of each run, and where they went
--
-- Every cycle is in one category, so that a bar is as long as the run.  At most
-- thirty runs are shown, those that ended last; where there are more, points of
-- experiments only if nothing else was run, and then those that no other beats.
@NAMES@
SELECT row_number() OVER (ORDER BY n.model, s.sparsity_asked, s.method,
                                   s.sparsity_reached, s.plan_hash, s.cycles,
                                   h.machine, s.run) AS bar,
       n.model, coalesce(p.plan, 'no plan') AS plan, h.machine, s.cycles,
       s.compute_cycles AS compute, s.weight_load_cycles AS weight_load,
       s.memory_stall_cycles AS memory_stall,
       s.activation_stall_cycles AS activation_stall,
       s.output_stall_cycles AS output_stall, s.drain_cycles AS drain,
       s.milliseconds
FROM v_latest_run AS s
JOIN told_run AS told ON told.run = s.run AND told.place <= 30
JOIN model_name AS n ON n.model_hash = s.model_hash
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = s.plan_hash
ORDER BY bar;
