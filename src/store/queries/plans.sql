-- SPDX-License-Identifier: GPL-3.0-or-later
-- Plan by plan and machine by machine: perplexity, cycles, energy and area?
--
-- :plans     JSON array of plan hashes; all plans unless said
-- :traces    JSON array of hashes of sparse traces; all traces unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :against   the machine that speed-up is measured against; dense unless said
-- :tokens :tensor :rows  what the perplexity (f32) is of: hash of the token file,
--            its tensor, how many rows; as v_perplexity chooses unless said
-- :version   of the program that made the runs and that perplexity; the newest
--            unless said
--
-- Energy is at the activity of the trace; from .. to spans what is not sure (see
-- the question `energy`), and leakage is the part of it that a machine takes
-- whether it works or not.  Area is that of the same machine.  own_ms is the time
-- at the clock that the machine's own gates allow, own_speed_up that of
-- `against` at its own over it: speed_up is at one clock for both.
WITH ran AS MATERIALIZED (
    SELECT *
    FROM (SELECT v.*, row_number() OVER (
                     PARTITION BY trace_hash, machine_hash
                     ORDER BY ended_utc DESC, run) AS age
          FROM v_run AS v
          WHERE status = 'done' AND version = coalesce(:version, version)
            AND (:traces IS NULL
                 OR trace_hash IN (SELECT value FROM json_each(:traces)))
            AND (:machines IS NULL
                 OR machine_hash IN (SELECT value FROM json_each(:machines))))
    WHERE age = 1
)
SELECT c.sparsity_asked AS asked,
       q.word AS method,
       round(c.sparsity_reached, 4) AS reached,
       round(x.perplexity, 3) AS perplexity,
       c.machine, c.cycles,
       (SELECT round(b.cycles * 1.0 / c.cycles, 3)
        FROM ran AS b
        WHERE b.trace_hash = c.trace_hash AND b.version = c.version
          AND b.machine = coalesce(:against, 'dense')
        ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up,
       round(c.utilisation, 3) AS utilisation,
       round(100.0 * c.compute_cycles / c.cycles, 1) AS "compute %",
       round(e.energy_nj / 1000, 1) AS energy_uj,
       round(e.quiet_cheap_nj / 1000, 1) AS from_uj,
       round(e.busy_dear_nj / 1000, 1) AS to_uj,
       round(e.leakage_nj / 1000, 1) AS leakage_uj,
       round(m.area_mm2, 2) AS area_mm2,
       round(c.cycles / (m.fastest_clock_mhz * 1000), 3) AS own_ms,
       (SELECT round(b.cycles * m.fastest_clock_mhz
                     / (c.cycles * o.fastest_clock_mhz), 3)
        FROM ran AS b
        JOIN v_machine AS o
          ON o.machine_hash = b.machine_hash AND o.cost_table = 'base'
        WHERE b.trace_hash = c.trace_hash AND b.version = c.version
          AND b.machine = coalesce(:against, 'dense')
        ORDER BY b.started_utc, b.run LIMIT 1) AS own_speed_up
FROM ran AS c
JOIN v_plan AS q ON q.plan_hash = c.plan_hash
LEFT JOIN (
@measured@
) AS x ON x.plan_hash = c.plan_hash
LEFT JOIN v_energy AS e ON e.run = c.run AND e.cost_table = 'base'
LEFT JOIN v_machine AS m
       ON m.machine_hash = c.machine_hash AND m.cost_table = 'base'
WHERE :plans IS NULL
   OR c.plan_hash IN (SELECT value FROM json_each(:plans))
ORDER BY c.model, c.sparsity_asked, method, c.sparsity_reached, c.cycles,
         c.machine, c.run;
