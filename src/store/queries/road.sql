-- SPDX-License-Identifier: GPL-3.0-or-later
-- Plan by plan and machine by machine: perplexity, cycles, and where they went?
--
-- :plans     JSON array of plan hashes; all plans unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :against   the machine that speed-up is measured against; dense unless said
-- :tokens :tensor :rows  what the perplexity (f32) is of: hash of the token file,
--            its tensor, how many rows; as v_perplexity chooses unless said
SELECT c.sparsity_asked AS asked,
       c.method || CASE WHEN json_extract(q.parameters, '$.released')
                        THEN '+released' ELSE '' END
                || CASE WHEN c.weight_update <> 'none'
                        THEN '+' || c.weight_update
                        WHEN json_extract(q.text, '$.mask.statistics') = 'sequential'
                        THEN '+sequential' ELSE '' END AS method,
       round(c.sparsity_reached, 4) AS reached,
       round(CASE WHEN :tokens IS NULL THEN c.perplexity ELSE
             (SELECT p.perplexity
              FROM perplexities AS p JOIN invocations AS i USING (invocation)
              WHERE p.plan_hash = c.plan_hash AND p.tokens_hash = :tokens
                AND p.tensor = :tensor AND p."rows" = :rows
                AND p.arithmetic = 'f32'
              ORDER BY i.started_utc DESC, p.version LIMIT 1)
             END, 3) AS perplexity,
       c.machine, c.cycles,
       (SELECT round(s.speed_up, 3)
        FROM v_speed_up AS s JOIN runs AS b ON b.run = s.rival_run
        WHERE s.run = c.run AND s.rival = coalesce(:against, 'dense')
          AND (:machines IS NULL OR b.machine_hash IN
               (SELECT value FROM json_each(:machines)))
        ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up,
       r.compute_cycles AS compute, r.weight_load_cycles AS weight_load,
       r.memory_stall_cycles + r.activation_stall_cycles
           + r.output_stall_cycles AS stalls,
       r.drain_cycles AS drain, round(c.utilisation, 3) AS utilisation
FROM v_comparison AS c
JOIN v_run AS r USING (run)
JOIN plans AS q ON q.plan_hash = c.plan_hash
WHERE (:plans IS NULL
       OR c.plan_hash IN (SELECT value FROM json_each(:plans)))
  AND (:machines IS NULL
       OR c.machine_hash IN (SELECT value FROM json_each(:machines)))
ORDER BY c.model, c.sparsity_asked, method, c.sparsity_reached, c.cycles,
         c.machine, c.run;
