-- SPDX-License-Identifier: GPL-3.0-or-later
-- How long does each machine take for a trace, and where do its cycles go?
--
-- :traces    JSON array of hashes of traces; all traces unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :way       fast or slow; the newest unless said
-- :version   of the program that replayed; the newest unless said
SELECT model, (SELECT word FROM v_plan AS w WHERE w.plan_hash = v.plan_hash) AS method,
       sparsity_reached AS reached, pattern, run_as, tokens,
       machine, cycles,
       compute_cycles AS compute, weight_load_cycles AS weight_load,
       memory_stall_cycles AS memory_stall,
       activation_stall_cycles AS activation_stall,
       output_stall_cycles AS output_stall, drain_cycles AS drain,
       round(utilisation, 4) AS utilisation,
       CASE outputs_verified WHEN 1 THEN 'exact' END AS outputs
FROM (SELECT *, row_number() OVER (
                  PARTITION BY trace_hash, machine_hash
                  ORDER BY ended_utc DESC, run) AS age
      FROM v_run
      WHERE status = 'done' AND way = coalesce(:way, way)
        AND version = coalesce(:version, version)) AS v
WHERE age = 1
  AND (:traces IS NULL
       OR trace_hash IN (SELECT value FROM json_each(:traces)))
  AND (:machines IS NULL
       OR machine_hash IN (SELECT value FROM json_each(:machines)))
ORDER BY model, method, sparsity_reached, tokens, pattern, machine, cycles, run;
