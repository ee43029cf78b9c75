-- SPDX-License-Identifier: GPL-3.0-or-later
-- What are updates of kept weights worth, beside the same choice without?
--
-- worth is by how many percent the perplexity falls, on the same rows in the same
-- arithmetic, with plans from the same calibration rows and patterns; NULL if the
-- choice without was not measured.
WITH told AS (
    SELECT v.*, w.word, w.base,
           coalesce(json_extract(p.parameters, '$.budget.unit')
                        || json_extract(p.parameters, '$.budget.limit'),
                    '') AS budget,
           json_extract(p.parameters, '$.calibration.hash') AS calibration,
           json_extract(p.text, '$.patterns') AS patterns,
           json_extract(p.text, '$.mask.agreement') AS agreement
    FROM v_perplexity AS v
    JOIN plans AS p USING (plan_hash)
    JOIN v_plan AS w USING (plan_hash)
    WHERE v.perplexity IS NOT NULL
)
SELECT u.model, u.sparsity_asked AS asked, u.budget, u.base AS method,
       CASE u.word WHEN u.base THEN 'none'
                   ELSE substr(u.word, length(u.base) + 2) END AS way,
       round(u.sparsity_reached, 4) AS reached, u."rows",
       round(u.dense_perplexity, 3) AS dense,
       round(n.perplexity, 3) AS without, round(u.perplexity, 3) AS perplexity,
       round(100 * (1 - u.perplexity / n.perplexity), 1) AS worth
FROM told AS u
LEFT JOIN told AS n
  ON n.model_hash = u.model_hash AND n.word = u.base
 AND n.sparsity_asked IS u.sparsity_asked AND n.budget = u.budget
 AND n.calibration IS u.calibration AND n.patterns = u.patterns
 AND n.agreement = u.agreement AND n.measured = u.measured
WHERE u.sparsity_reached > 0
ORDER BY u.model, asked, u.budget, method, u.perplexity DESC, way;
