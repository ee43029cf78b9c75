-- SPDX-License-Identifier: GPL-3.0-or-later
-- Where did the cycles of each run go?
--
-- :version  of the program that replayed; the newest unless said
SELECT model, (SELECT word FROM v_plan AS w WHERE w.plan_hash = v.plan_hash) AS method,
       sparsity_asked AS asked, pattern, run_as, tokens,
       machine, cycles,
       round(100.0 * compute_cycles / cycles, 1) AS "compute %",
       round(100.0 * weight_load_cycles / cycles, 1) AS "weight load %",
       round(100.0 * memory_stall_cycles / cycles, 1) AS "memory stall %",
       round(100.0 * activation_stall_cycles / cycles, 1)
           AS "activation stall %",
       round(100.0 * output_stall_cycles / cycles, 1) AS "output stall %",
       round(100.0 * drain_cycles / cycles, 1) AS "drain %"
FROM (SELECT *, row_number() OVER (
                  PARTITION BY trace_hash, machine_hash
                  ORDER BY ended_utc DESC, run) AS age
      FROM v_run
      WHERE status = 'done' AND version = coalesce(:version, version)) AS v
WHERE age = 1
ORDER BY model, sparsity_asked, sparsity_reached, method, tokens, pattern,
         machine, run;
