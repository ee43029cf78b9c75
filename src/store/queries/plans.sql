-- SPDX-License-Identifier: GPL-3.0-or-later
-- Plan by plan and machine by machine: perplexity, cycles, energy and area?
--
-- :plans     JSON array of plan hashes; all plans unless said
-- :traces    JSON array of hashes of sparse traces; all traces unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :against   the machine that speed-up is measured against; dense unless said
-- :tokens :tensor :rows  what the perplexity (f32) is of: hash of the token file,
--            its tensor, how many rows; as v_perplexity chooses unless said
--
-- Energy is at the activity of the trace; from .. to spans what is not sure (see
-- the question `energy`).  Area is that of the same machine.
SELECT c.sparsity_asked AS asked,
       q.word AS method,
       round(c.sparsity_reached, 4) AS reached,
       round(CASE WHEN :tokens IS NULL THEN c.perplexity ELSE
             (SELECT p.perplexity
              FROM v_latest_perplexity AS p
              WHERE p.model_hash = c.model_hash AND p.plan_hash = c.plan_hash
                AND p.tokens_hash = :tokens AND p.tensor = :tensor
                AND p."rows" = :rows AND p.arithmetic = 'f32')
             END, 3) AS perplexity,
       c.machine, c.cycles,
       (SELECT round(s.speed_up, 3)
        FROM v_speed_up AS s JOIN runs AS b ON b.run = s.rival_run
        WHERE s.run = c.run AND s.rival = coalesce(:against, 'dense')
          AND (:machines IS NULL OR b.machine_hash IN
               (SELECT value FROM json_each(:machines)))
        ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up,
       round(c.utilisation, 3) AS utilisation,
       round(100.0 * r.compute_cycles / c.cycles, 1) AS "compute %",
       round(e.energy_nj / 1000, 1) AS energy_uj,
       round(e.quiet_cheap_nj / 1000, 1) AS from_uj,
       round(e.busy_dear_nj / 1000, 1) AS to_uj,
       round(m.area_mm2, 2) AS area_mm2
FROM v_comparison AS c
JOIN v_run AS r USING (run)
JOIN v_plan AS q ON q.plan_hash = c.plan_hash
LEFT JOIN v_energy AS e ON e.run = c.run AND e.cost_table = 'base'
LEFT JOIN v_machine AS m
       ON m.machine_hash = c.machine_hash AND m.cost_table = 'base'
WHERE (:plans IS NULL
       OR c.plan_hash IN (SELECT value FROM json_each(:plans)))
  AND (:traces IS NULL
       OR c.trace_hash IN (SELECT value FROM json_each(:traces)))
  AND (:machines IS NULL
       OR c.machine_hash IN (SELECT value FROM json_each(:machines)))
ORDER BY c.model, c.sparsity_asked, method, c.sparsity_reached, c.cycles,
         c.machine, c.run;
