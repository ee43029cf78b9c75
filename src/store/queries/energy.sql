-- SPDX-License-Identifier: GPL-3.0-or-later
-- What energy does each run take, block by block, and how sure is that?
--
-- :run      the run; the newest run of each trace and machine unless said
-- :machine  name of the machine; all machines unless said
-- :costs    the cost table; base unless said
-- :version  of the program that replayed; the newest unless said
-- :prefer   of several versions' runs that of this one, if it has one
--
-- energy is at the activity of the trace; from .. to spans 7 % around it
-- (0.25 to 0.5 where nothing could be counted: v_energy_term says why), and every
-- price and leakage from one end of its band to the other (the question `costs`).
-- leakage is part of energy, of memory_device at kelvin.  energy_delay is that of
-- all blocks.
WITH whole AS MATERIALIZED (
    SELECT * FROM v_energy
    WHERE cost_table = coalesce(:costs, 'base') AND run = coalesce(:run, run)
)
SELECT v.model, (SELECT word FROM v_plan AS w WHERE w.plan_hash = v.plan_hash) AS method,
       v.sparsity_asked AS asked, v.pattern, v.tokens, v.machine,
       e.block,
       round(e.energy_nj / 1000, 3) AS energy_uj,
       round(e.quiet_cheap_nj / 1000, 3) AS from_uj,
       round(e.busy_dear_nj / 1000, 3) AS to_uj,
       round(e.leakage_nj / 1000, 3) AS leakage_uj,
       round(e.leakage_least_nj / 1000, 3) AS leaks_from_uj,
       round(e.leakage_most_nj / 1000, 3) AS leaks_to_uj,
       round((e.energy_nj - e.leakage_nj) / 1000, 3) AS without_leakage_uj,
       round(1e6 * e.energy_nj / v.kept_macs, 2) AS fj_per_kept_mac,
       round(t.input_toggle, 3) AS input_toggle,
       round(t.weight_ones, 3) AS weight_ones, t.activity,
       t.node_nm, t.voltage_v, t.memory_device, t.kelvin,
       CASE e.block WHEN 'all' THEN round(v.milliseconds, 4) END AS milliseconds,
       CASE e.block WHEN 'all' THEN round(e.energy_nj * v.milliseconds / 1000, 3)
       END AS energy_delay_uj_ms
FROM (SELECT *, row_number() OVER (
                  PARTITION BY trace_hash, machine_hash
                  ORDER BY version IS :prefer DESC, ended_utc DESC, run) AS age
      FROM v_run
      WHERE status = 'done' AND version = coalesce(:version, version)
        AND run = coalesce(:run, run)) AS v
JOIN (SELECT run, block, energy_nj, quiet_cheap_nj, busy_dear_nj, leakage_nj,
             leakage_least_nj, leakage_most_nj
      FROM v_energy_block
      WHERE cost_table = coalesce(:costs, 'base') AND run = coalesce(:run, run)
      UNION ALL
      SELECT run, 'all', energy_nj, quiet_cheap_nj, busy_dear_nj, leakage_nj,
             leakage_least_nj, leakage_most_nj
      FROM whole) AS e USING (run)
JOIN whole AS t USING (run)
WHERE age = 1 AND e.energy_nj > 0
  AND v.machine = coalesce(:machine, v.machine)
ORDER BY v.model, v.sparsity_asked, method, v.pattern, v.tokens, v.machine, v.run,
         e.block = 'all', e.energy_nj DESC;
