-- SPDX-License-Identifier: GPL-3.0-or-later
-- Energy of each run
--
-- An estimate: what the blocks counted, times the cost table ‘base’.  The line with
-- ends spans what is not sure: the activity that was counted, to 7 %, and every
-- price and leakage between the ends of its band.  Leakage (half to twice of it) is
-- of the devices and at the temperature of the table; macros and memories are without
-- it.  At most thirty runs are shown, as in the figure of their cycles.  The number is
-- the energy, in µJ.
@NAMES@
SELECT row_number() OVER (ORDER BY n.model, s.sparsity_asked, s.method,
                                   s.sparsity_reached, s.plan_hash, e.energy_nj,
                                   h.machine, s.run) AS bar,
       n.model, coalesce(p.plan, 'no plan') AS plan, h.machine,
       e.energy_nj / 1000 AS energy_uj,
       (e.macros_nj - e.macros_leakage_nj) / 1000 AS macros_uj,
       (e.energy_nj - e.macros_nj - e.leakage_nj + e.macros_leakage_nj) / 1000
           AS memories_uj,
       (e.energy_nj - e.leakage_nj) / 1000 AS worked_uj,
       e.leakage_nj / 1000 AS leakage_uj,
       e.quiet_cheap_nj / 1000 AS from_uj, e.busy_dear_nj / 1000 AS to_uj,
       e.activity, e.node_nm, e.voltage_v, e.memory_device, e.kelvin
FROM v_latest_run AS s
JOIN told_run AS told ON told.run = s.run AND told.place <= 30
JOIN v_energy AS e ON e.run = s.run AND e.cost_table = 'base'
JOIN model_name AS n ON n.model_hash = s.model_hash
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = s.plan_hash
ORDER BY bar;
