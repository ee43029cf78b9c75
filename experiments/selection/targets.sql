-- SPDX-License-Identifier: GPL-3.0-or-later
-- Are the bounds met that were set beforehand, on all 256 rows?
WITH bound (model, method, asked, at_most) AS (
    VALUES ('llama-7m', 'sensitivity', 0.5, 25.0),
           ('llama-7m', 'sensitivity', 0.6, 38.5),
           ('llama-7m', 'sensitivity', 0.7, 83.0),
           ('llama-7m', 'block-error', 0.5, 25.7),
           ('llama-7m', 'block-error', 0.6, 41.0),
           ('llama-7m', 'block-error', 0.7, 80.0),
           ('mamba2-6m', 'sensitivity', 0.5, 26.6),
           ('mamba2-6m', 'sensitivity', 0.6, 39.0),
           ('mamba2-6m', 'sensitivity', 0.7, 80.0)
)
SELECT b.model, b.method, b.asked, b.at_most,
       round(v.perplexity, 3) AS perplexity,
       CASE WHEN v.perplexity IS NULL THEN 'not measured'
            WHEN v.perplexity <= b.at_most THEN 'met'
            ELSE 'missed' END AS verdict
FROM bound AS b
LEFT JOIN (SELECT m.name AS model, p.method, p.sparsity_asked AS asked,
                  q.perplexity
           FROM perplexities AS q
           JOIN plans AS p USING (plan_hash)
           JOIN models AS m ON m.model_hash = p.model_hash
           WHERE q."rows" = 256 AND q.tensor = 'test' AND q.arithmetic = 'f32'
             AND p.weight_update = 'none' AND p.text LIKE '%"3:8"%'
           ) AS v
  ON v.model = b.model AND v.method = b.method AND v.asked = b.asked
ORDER BY b.model, b.method DESC, b.asked;
