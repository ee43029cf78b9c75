-- SPDX-License-Identifier: GPL-3.0-or-later
-- What each plan costs and buys
--
-- Speed-up is against the machine ‘dense’ on the same trace, the one first replayed
-- if several go by that name.  Utilisation is the share of all products that could
-- have been made that were useful: of a kept weight with an input.  Energy and area are estimates, of the same machine; from
-- and to span what is not sure of the energy, leakage is part of it; own_ms is the
-- time at the clock that the machine's own gates allow.  Of more than thirty runs,
-- points of experiments are left out, as in the figure of their cycles.
@NAMES@
SELECT n.model, coalesce(p.plan, 'no plan') AS plan,
       round(100 * c.sparsity_reached, 2) AS "pruned_%",
       round(c.perplexity, 3) AS perplexity, h.machine, c.cycles,
       (SELECT round(s.speed_up, 3)
        FROM v_speed_up AS s JOIN runs AS b ON b.run = s.rival_run
        WHERE s.run = c.run AND s.rival = 'dense'
        ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up,
       round(w.utilisation, 3) AS utilisation,
       round(c.energy_nj / 1000, 1) AS "energy_µJ",
       round(c.quiet_cheap_nj / 1000, 1) AS "from_µJ",
       round(c.busy_dear_nj / 1000, 1) AS "to_µJ",
       round(c.leakage_nj / 1000, 1) AS "leakage_µJ",
       round(c.area_mm2, 2) AS "area_mm²",
       round(c.own_milliseconds, 3) AS own_ms
FROM v_priced AS c
JOIN told_run USING (run)
JOIN v_comparison AS w USING (run)
JOIN model_name AS n ON n.model_hash = c.model_hash
JOIN machine_name AS h ON h.machine_hash = c.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = c.plan_hash
ORDER BY n.model, c.sparsity_asked, c.method, c.sparsity_reached, c.cycles,
         h.machine, c.run;
