-- SPDX-License-Identifier: GPL-3.0-or-later
-- What does each way to choose patterns cost in perplexity?
--
-- bytes: of weights, metadata and selects, as a share of the dense 8-bit model.
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
    SELECT plan_hash,
           sum(outputs * kept * bits) / 8.0 / sum(outputs * inputs) AS bytes
    FROM layer
    GROUP BY plan_hash
), measured AS (
    -- the newest of each plan and number of rows
    SELECT *, row_number() OVER (
                  PARTITION BY plan_hash, "rows"
                  ORDER BY started_utc DESC) AS age
    FROM perplexities
    JOIN invocations USING (invocation)
    WHERE arithmetic = 'f32' AND tensor = 'test'
)
SELECT m.name AS model,
       p.method
           || CASE WHEN json_extract(p.parameters, '$.released')
                   THEN '+released' ELSE '' END
           || CASE WHEN p.weight_update <> 'none'
                   THEN '+' || p.weight_update ELSE '' END AS method,
       CASE WHEN p.text LIKE '%"4:12"%' THEN '4:M'
            WHEN p.text LIKE '%"1:4"%' THEN 'powers of two'
            ELSE 'N:8' END AS offered,
       p.sparsity_asked AS asked, round(p.sparsity_reached, 4) AS reached,
       round(s.bytes, 3) AS bytes, q."rows",
       CASE WHEN q.perplexity < 1000 THEN round(q.perplexity, 2)
            ELSE round(q.perplexity, 0) END AS perplexity
FROM plans AS p
JOIN models AS m USING (model_hash)
JOIN size AS s USING (plan_hash)
JOIN measured AS q ON q.plan_hash = p.plan_hash AND q.age = 1
ORDER BY m.name, q."rows" DESC, asked, offered DESC, method;
