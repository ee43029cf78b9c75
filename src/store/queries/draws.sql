-- SPDX-License-Identifier: GPL-3.0-or-later
-- How far do perplexities depend on which calibration rows were drawn?
--
-- One row for plans that differ in nothing but their calibration rows
-- (`--draw`), measured on the same rows in the same arithmetic.
SELECT q.model, q.method, q.weight_update AS weights,
       q.sparsity_asked AS asked,
       coalesce(json_extract(p.parameters, '$.budget.limit') || ' '
                || json_extract(p.parameters, '$.budget.unit'), '') AS budget,
       q."rows",
       count(DISTINCT json_extract(p.parameters, '$.calibration.hash'))
           AS draws,
       round(min(q.perplexity), 3) AS least, round(max(q.perplexity), 3) AS most,
       round(100 * (max(q.perplexity) / min(q.perplexity) - 1), 2)
           AS apart_percent
FROM v_perplexity AS q
JOIN plans AS p USING (plan_hash)
WHERE q.perplexity IS NOT NULL
GROUP BY q.model_hash, q.method, q.sparsity_asked, p.mask_score,
         p.weight_update, p.agreement, json_extract(p.text, '$.patterns'),
         json_extract(p.text, '$.mask.statistics'),
         json_remove(p.parameters, '$.calibration', '$.budget.used',
                     '$.divergence', '$.propagate'),
         json_extract(p.text, '$.mask.propagate') IS NULL,
         q.tokens_hash, q.tensor, q."rows", q.arithmetic
ORDER BY q.model, q.sparsity_asked, budget, least;
