-- SPDX-License-Identifier: GPL-3.0-or-later
-- Perplexity of each plan
--
-- One mark a plan; lower is better.  The dotted line is the model as it is, on the
-- same rows.
@NAMES@
SELECT n.model || ', ' || v."rows" || ' rows of ' || v.tensor AS panel,
       v.method || CASE v.weight_update WHEN 'none' THEN ''
                        ELSE ' ' || v.weight_update END
           || CASE WHEN instr(t.text, '"unstructured":true')
                   THEN ' unstructured' ELSE '' END AS series,
       p.plan, 100 * v.sparsity_reached AS pruned_percent, v.perplexity,
       v.dense_perplexity
FROM v_perplexity AS v
JOIN model_name AS n USING (model_hash)
JOIN plan_name AS p USING (plan_hash)
JOIN plans AS t USING (plan_hash)
WHERE v.perplexity IS NOT NULL
ORDER BY panel, series, pruned_percent, v.plan_hash;
