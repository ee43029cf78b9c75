-- SPDX-License-Identifier: GPL-3.0-or-later
-- One row a plan: its perplexity (f32) on :rows of :tensor of the token file :tokens,
-- by :version or the newest, or if no :tokens are said as v_perplexity chooses.  Two
-- of them may be compared if `measured` is the same.  A plan that prunes nothing is
-- dense.  It takes the place of @measured@ in questions; the text after the empty
-- line, that is.

SELECT p.plan_hash,
       CASE WHEN :tokens IS NULL THEN v.perplexity ELSE
         (SELECT q.perplexity
          FROM perplexities AS q
          JOIN invocations AS i USING (invocation)
          WHERE q.model_hash = p.model_hash
            AND (q.plan_hash = p.plan_hash
                 OR q.plan_hash IS NULL AND p.sparsity_reached = 0)
            AND q.tokens_hash = :tokens AND q.tensor = :tensor
            AND q."rows" = :rows AND q.arithmetic = 'f32'
            AND q.version = coalesce(:version, q.version)
          ORDER BY i.started_utc DESC, q.version LIMIT 1)
       END AS perplexity,
       iif(:tokens IS NULL, v.measured, '') AS measured
FROM plans AS p
JOIN v_perplexity AS v USING (plan_hash)
