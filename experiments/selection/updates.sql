-- SPDX-License-Identifier: GPL-3.0-or-later
-- Perplexity, right answers and bytes of each choice, update and draw?
--
-- bytes: of weights, metadata and selects, as a share of the dense 8-bit model;
-- without groups instead bitmap: a bit a weight, and csr: 16 bits a kept weight
-- and 32 an output, beside the kept weights.
WITH layer AS (
    SELECT p.plan_hash, l.n, l.m, y.outputs, y.inputs,
           CASE WHEN l.n = l.m THEN y.inputs
                ELSE y.inputs / l.m * l.n + min(l.n, y.inputs % l.m) END
               AS kept,
           CASE WHEN l.n = l.m THEN 8
                WHEN l.m = 2 THEN 9 WHEN l.m = 4 THEN 10
                WHEN l.m <= 8 THEN 11 ELSE 12 END AS bits
    FROM plans AS p
    JOIN plan_layers AS l USING (plan_hash)
    JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
), size AS (
    SELECT plan_hash, sum(outputs * inputs) * 8.0 AS dense,
           sum(outputs * kept * bits) AS groups,
           sum(outputs * CASE WHEN n = m THEN inputs * 8
                              ELSE kept * 8 + inputs END) AS bitmap,
           sum(outputs * CASE WHEN n = m THEN inputs * 8
                              ELSE kept * 24 + 32 END) AS csr
    FROM layer
    GROUP BY plan_hash
), answered AS (
    SELECT plan_hash, acc FROM v_accuracy WHERE tasks = 'test'
), told AS (
    SELECT p.*, m.name AS model,
           json_extract(p.parameters, '$.calibration.first_row') AS first_row,
           json_extract(p.text, '$.mask.unstructured') IS NOT NULL AS free,
           CASE p.weight_update WHEN 'none' THEN w.word
                ELSE substr(w.word, 1, length(w.word)
                                       - length(p.weight_update) - 1)
           END AS choice
    FROM plans AS p
    JOIN v_plan AS w USING (plan_hash)
    JOIN models AS m ON m.model_hash = p.model_hash
)
SELECT t.model,
       dense_rank() OVER (PARTITION BY t.model ORDER BY t.first_row) AS draw,
       t.choice, t.weight_update AS "update", t.sparsity_asked AS asked,
       round(t.sparsity_reached, 4) AS reached,
       CASE WHEN NOT t.free THEN round(s.groups / s.dense, 3) END AS bytes,
       CASE WHEN t.free THEN round(s.bitmap / s.dense, 3) END AS bitmap,
       CASE WHEN t.free THEN round(s.csr / s.dense, 3) END AS csr,
       q."rows", round(q.perplexity, CASE WHEN q.perplexity < 1000 THEN 2 ELSE 0 END)
           AS perplexity,
       round(a.acc, 4) AS right
FROM told AS t
JOIN size AS s ON s.plan_hash = t.plan_hash
JOIN v_perplexity AS q ON q.plan_hash = t.plan_hash
LEFT JOIN answered AS a ON a.plan_hash = t.plan_hash
WHERE q.perplexity IS NOT NULL
ORDER BY t.model, draw, asked, "update", t.choice;
