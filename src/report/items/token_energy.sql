-- SPDX-License-Identifier: GPL-3.0-or-later
-- Energy of a token in a whole inference
--
-- A token of a decoding step, by what takes it; memory standing by is its power by
-- wall time, leakage (half to twice of it) is the machine's.  An estimate, priced with
-- the cost table ‘base’; the line with ends spans all that is not sure.  At most thirty inferences are shown, those that ended
-- last; where a machine ran several, prompt + generated × sequences tell them apart.
-- The number is µJ.
@NAMES@, latest AS (
    SELECT *, row_number() OVER (
               PARTITION BY trace_hash, machine_hash, prompt, "generate", batch
               ORDER BY ended_utc DESC, inference) AS version_age
    FROM v_inference
    WHERE "generate" > 1
), shown AS (
    SELECT *, row_number() OVER (ORDER BY ended_utc DESC, inference) AS age,
           count(*) OVER (PARTITION BY trace_hash, machine_hash) > 1 AS varies,
           min(memory) OVER () < max(memory) OVER () AS memory_varies
    FROM latest
    WHERE version_age = 1
), spent AS (
    SELECT e.inference,
           sum((e.part IN ('array', 'cell_writes')) * e.energy_nj) / 1e3
               AS array_uj,
           sum((e.part = 'buffers') * e.energy_nj) / 1e3 AS buffers_uj,
           sum((e.part IN ('vector_unit', 'scan_unit', 'attention_engine'))
               * e.energy_nj) / 1e3
               AS units_uj,
           sum((e.part = 'moving') * e.energy_nj) / 1e3 AS moving_uj,
           sum((e.part = 'standing_by') * e.energy_nj) / 1e3
               AS standing_by_uj,
           sum((e.part = 'leakage') * e.energy_nj) / 1e3 AS leakage_uj
    FROM v_inference_energy AS e
    JOIN operator_results AS o
      ON o.inference = e.inference AND o.operator = e.operator
    WHERE e.cost_table = 'base' AND o.phase = 'decoding'
    GROUP BY e.inference
)
SELECT row_number() OVER (ORDER BY n.model, s.sparsity_reached, s.plan_hash,
                                   s.trace_hash, s.prompt, s."generate",
                                   s.batch, s.memory, s.uj_per_token,
                                   h.machine, s.inference) AS bar,
       coalesce(p.plan, n.model) AS what,
       h.machine || iif(s.memory_varies, ', ' || s.memory, '')
           || iif(s.varies, ', ' || s.prompt || ' + ' || s."generate" || ' × '
                            || s.batch, '') AS machine,
       t.array_uj / tokens AS array_uj, t.buffers_uj / tokens AS buffers_uj,
       t.units_uj / tokens AS units_uj, t.moving_uj / tokens AS moving_uj,
       t.standing_by_uj / tokens AS standing_by_uj,
       t.leakage_uj / tokens AS leakage_uj, s.uj_per_token AS token_uj,
       coalesce(s.uj_per_token_low, s.uj_per_token) AS from_uj,
       coalesce(s.uj_per_token_high, s.uj_per_token) AS to_uj
FROM (SELECT *, ("generate" - 1) * batch AS tokens FROM shown) AS s
JOIN spent AS t USING (inference)
JOIN model_name AS n ON n.model_hash = s.model_hash
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = s.plan_hash
WHERE s.age <= 30
ORDER BY bar;
