-- SPDX-License-Identifier: GPL-3.0-or-later
-- How long does a whole inference take: first token, tokens a second, joules a token?
--
-- :traces    JSON array of hashes of traces; all traces unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :prompt, :generate, :batch  all unless said
-- :version   of the program that ran it; the newest unless said
--
-- perplexity_f32 is that of the weights under their masks, perplexity_machine the
-- one in the machines' own arithmetic, once `flexcim perplexity
-- --machine-arithmetic` measured it.
SELECT model, (SELECT word FROM v_plan AS w WHERE w.plan_hash = v.plan_hash) AS method,
       round(sparsity_reached, 4) AS reached, pattern,
       round(perplexity_f32, 3) AS perplexity_f32,
       round(perplexity, 3) AS perplexity_machine, machine, memory, prompt,
       "generate", batch,
       round(time_to_first_token_ms, 6) AS first_token_ms,
       round(ms_per_token, 6) AS ms_per_token,
       round(ms_per_token_low, 6) AS from_ms,
       round(ms_per_token_high, 6) AS to_ms,
       round(tokens_per_s, 2) AS tokens_per_s,
       round(uj_per_token, 2) AS uj_per_token,
       round(uj_per_token_low, 2) AS from_uj,
       round(uj_per_token_high, 2) AS to_uj,
       round(leakage_uj_per_token, 2) AS leakage_uj,
       (SELECT c.counter
        FROM operator_counters AS c
        JOIN operator_results AS o USING (inference, operator)
        WHERE c.inference = v.inference AND c.block = 'clocks'
          AND o.phase = CASE WHEN v."generate" > 1 THEN 'decoding'
                             ELSE 'prompt' END
        GROUP BY c.counter ORDER BY sum(c.value) DESC, c.counter LIMIT 1) AS bound
FROM (SELECT *, row_number() OVER (
                  PARTITION BY trace_hash, machine_hash, prompt, "generate",
                               batch
                  ORDER BY ended_utc DESC, inference) AS age
      FROM v_inference
      WHERE version = coalesce(:version, version)) AS v
WHERE age = 1
  AND (:traces IS NULL
       OR trace_hash IN (SELECT value FROM json_each(:traces)))
  AND (:machines IS NULL
       OR machine_hash IN (SELECT value FROM json_each(:machines)))
  AND prompt = coalesce(:prompt, prompt)
  AND "generate" = coalesce(:generate, "generate")
  AND batch = coalesce(:batch, batch)
ORDER BY model, method, sparsity_reached, pattern, prompt, "generate", batch,
         machine, memory, inference;
