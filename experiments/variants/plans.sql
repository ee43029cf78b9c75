-- SPDX-License-Identifier: GPL-3.0-or-later
-- The perplexity of every plan, on the test rows that README.md names, and that of
-- the dense model on the same.
WITH label (plan) AS (
    VALUES ('common'), ('n4'), ('n8'), ('agreed'), ('blocks')
)
SELECT q.model, q.sparsity_asked AS asked, l.plan,
       round(q.sparsity_reached, 3) AS reached,
       round(q.perplexity, 2) AS perplexity,
       round(q.dense_perplexity, 2) AS dense,
       round(q.perplexity / q.dense_perplexity, 2) AS of_dense
FROM traces AS t
JOIN v_perplexity AS q USING (plan_hash)
JOIN label AS l ON t.path LIKE '%.' || l.plan || '.1.trace'
ORDER BY q.model, q.sparsity_asked, l.plan;
