-- SPDX-License-Identifier: GPL-3.0-or-later
-- One row for plans that differ in nothing but their calibration rows (--draw),
-- measured on the same rows in the same arithmetic.  It takes the place of @drawn@
-- in questions; the text after the empty line, that is.

SELECT q.model_hash, q.model, q.method, w.word, q.weight_update,
       q.sparsity_asked,
       json_extract(p.parameters, '$.budget.limit') || ' '
       || json_extract(p.parameters, '$.budget.unit') AS budget,
       q."rows",
       count(DISTINCT json_extract(p.parameters, '$.calibration.hash')) AS draws,
       min(q.perplexity) AS least, max(q.perplexity) AS most,
       max(q.perplexity) / min(q.perplexity) - 1 AS apart
FROM v_perplexity AS q
JOIN plans AS p USING (plan_hash)
JOIN v_plan AS w USING (plan_hash)
WHERE q.perplexity IS NOT NULL
GROUP BY q.model_hash, q.method, q.sparsity_asked, p.mask_score, p.weight_update,
         p.agreement, json_extract(p.text, '$.patterns'),
         json_extract(p.text, '$.mask.statistics'),
         json_extract(p.text, '$.mask.unstructured'),
         json_remove(p.parameters, '$.calibration', '$.budget.used',
                     '$.divergence', '$.propagate'),
         json_extract(p.text, '$.mask.propagate') IS NULL,
         q.measured
