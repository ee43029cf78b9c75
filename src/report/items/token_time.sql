-- SPDX-License-Identifier: GPL-3.0-or-later
-- Time of a token in a whole inference
--
-- A decoding step of all sequences, by what its operators are: the mean over the
-- steps.  The line with ends is the band: the memory's efficiency, the vector
-- unit's lanes and softmax all at their better or worse end.  At most thirty
-- inferences are shown, those that ended last.  The number is milliseconds.
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
    SELECT o.inference,
           sum((o.kind = 'linear') * o.milliseconds) AS linear_ms,
           sum((o.kind = 'product') * o.milliseconds) AS attention_ms,
           sum((o.kind = 'vector') * o.milliseconds) AS vector_ms,
           sum((o.kind = 'scan') * o.milliseconds) AS scan_ms,
           sum((o.kind = 'move') * o.milliseconds) AS move_ms
    FROM (SELECT r.inference, r.kind, r.clocks / (h.clock_mhz * 1e3)
                     AS milliseconds
          FROM operator_results AS r
          JOIN inferences AS i USING (inference)
          JOIN machines AS h USING (machine_hash)
          WHERE r.phase = 'decoding') AS o
    GROUP BY o.inference
)
SELECT row_number() OVER (ORDER BY n.model, s.sparsity_reached, s.plan_hash,
                                   s.trace_hash, s.prompt, s."generate",
                                   s.batch, s.memory, s.ms_per_token,
                                   h.machine, s.inference) AS bar,
       coalesce(p.plan, n.model) AS what,
       h.machine || iif(s.memory_varies, ', ' || s.memory, '')
           || iif(s.varies, ', ' || s.prompt || ' + ' || s."generate" || ' × '
                            || s.batch, '') AS machine,
       t.linear_ms / (s."generate" - 1) AS linear_ms,
       t.attention_ms / (s."generate" - 1) AS attention_ms,
       t.vector_ms / (s."generate" - 1) AS vector_ms,
       t.scan_ms / (s."generate" - 1) AS scan_ms,
       t.move_ms / (s."generate" - 1) AS move_ms,
       s.ms_per_token AS token_ms,
       coalesce(s.ms_per_token_low, s.ms_per_token) AS from_ms,
       coalesce(s.ms_per_token_high, s.ms_per_token) AS to_ms
FROM shown AS s
JOIN spent AS t USING (inference)
JOIN model_name AS n ON n.model_hash = s.model_hash
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
LEFT JOIN plan_name AS p ON p.plan_hash = s.plan_hash
WHERE s.age <= 30
ORDER BY bar;
