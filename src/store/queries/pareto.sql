-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which plans and machines does no other beat in both perplexity and cycles?
--
-- Compared within one model, and one set of tokens and rows.
WITH point AS (
    SELECT c.*, q.tokens_hash, q.tensor
    FROM v_comparison AS c
    JOIN v_perplexity AS q USING (plan_hash)
    WHERE c.perplexity IS NOT NULL
)
SELECT a.model, a.machine, a.method, a.sparsity_asked AS asked,
       round(a.sparsity_reached, 4) AS reached,
       round(a.perplexity, 3) AS perplexity, a.cycles
FROM point AS a
WHERE NOT EXISTS (
    SELECT 1
    FROM point AS b
    WHERE b.model_hash = a.model_hash AND b.tokens_hash = a.tokens_hash
      AND b.tensor = a.tensor AND b.perplexity_rows = a.perplexity_rows
      AND b.perplexity <= a.perplexity AND b.cycles <= a.cycles
      AND (b.perplexity < a.perplexity OR b.cycles < a.cycles))
ORDER BY a.model, a.cycles, a.perplexity, a.machine, a.method, a.run;
