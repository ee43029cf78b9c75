-- SPDX-License-Identifier: GPL-3.0-or-later
-- Perplexity against cycles
--
-- One mark a plan and machine, one plot a number of tokens; nearer to the lower left
-- corner is better.  The line joins those that no other beats in both; their plans
-- stand beside them where there is room.  The dotted line is the perplexity of the
-- model as it is.
@NAMES@, point AS (
    SELECT n.model || ', ' || c.perplexity_rows || ' rows of ' || q.tensor
               || CASE WHEN min(c.tokens) OVER a < max(c.tokens) OVER a
                       THEN ', ' || c.tokens || ' tokens' ELSE '' END AS panel,
           c.machine, p.plan, c.cycles, c.perplexity, c.dense_perplexity
    FROM v_comparison AS c
    JOIN told_run USING (run)
    JOIN v_perplexity AS q USING (plan_hash)
    JOIN model_name AS n ON n.model_hash = c.model_hash
    JOIN plan_name AS p ON p.plan_hash = c.plan_hash
    WHERE c.perplexity IS NOT NULL
    WINDOW a AS (PARTITION BY c.model_hash)
), ranked AS (
    SELECT *, min(perplexity) OVER (PARTITION BY panel ORDER BY cycles) AS best,
           min(perplexity) OVER (PARTITION BY panel ORDER BY cycles
               GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM point
), placed AS (
    SELECT *, perplexity = best AND (before IS NULL OR perplexity < before)
               AS on_front,
           max(perplexity) OVER (PARTITION BY panel) AS worst,
           row_number() OVER (PARTITION BY panel, cycles, perplexity
                              ORDER BY machine, plan) AS same
    FROM ranked
), above AS (
    SELECT *, CASE WHEN on_front AND same = 1
              THEN lag(perplexity) OVER (PARTITION BY panel, on_front AND same = 1
                                         ORDER BY cycles) END AS above
    FROM placed
)
SELECT panel, machine AS series, plan, cycles, perplexity, dense_perplexity,
       on_front,
       -- a name needs a twenty-fifth of the height
       on_front AND same = 1
           AND (above IS NULL OR above - perplexity > worst / 25) AS is_named
FROM above
ORDER BY panel, cycles, perplexity, machine, plan;
