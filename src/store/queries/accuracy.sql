-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many questions do plans answer right, beside their perplexity?
--
-- acc is the share of right answers, acc_norm that of answers chosen by
-- character, each with its standard error; lost and won are the answers that are
-- right only without, and only with, pruning.  p is McNemar's exact test of them:
-- how likely so uneven a split is by chance (above 1,000 of them it is not told).
WITH RECURSIVE pair AS (
    SELECT a.*, d.answered AS dense_answered
    FROM v_accuracy AS a
    LEFT JOIN v_accuracy AS d
           ON d.model_hash = a.model_hash AND d.plan_hash IS NULL
          AND d.tasks_hash = a.tasks_hash AND d.longest = a.longest
), digit (question) AS (
    SELECT 1 UNION ALL
    SELECT question + 1 FROM digit
    WHERE question < (SELECT max(questions) FROM pair)
), counted AS (
    SELECT pair.*,
           (SELECT sum(substr(answered, question, 1) = '0'
                       AND substr(dense_answered, question, 1) = '1')
            FROM digit WHERE question <= questions) AS lost,
           (SELECT sum(substr(answered, question, 1) = '1'
                       AND substr(dense_answered, question, 1) = '0')
            FROM digit WHERE question <= questions) AS won
    FROM pair
), tail (n, k, at, term, sum) AS (
    SELECT DISTINCT lost + won, min(lost, won), 0, 1.0, 1.0
    FROM counted WHERE lost + won BETWEEN 1 AND 1000
    UNION ALL
    SELECT n, k, at + 1, term * (n - at) / (at + 1),
           sum + term * (n - at) / (at + 1)
    FROM tail WHERE at < k
), power (n, at, half) AS (
    SELECT DISTINCT n, 0, 1.0 FROM tail
    UNION ALL
    SELECT n, at + 1, half / 2 FROM power WHERE at < n
)
SELECT c.model,
       coalesce(w.word, c.method) AS method,
       c.sparsity_asked AS asked, round(c.sparsity_reached, 4) AS reached,
       c.tasks, c.questions, round(c.acc, 4) AS acc,
       round(c.acc_error, 4) AS error, round(c.acc_norm, 4) AS acc_norm,
       round(c.acc_norm_error, 4) AS error_n,
       CASE WHEN c.plan_hash IS NOT NULL THEN c.lost END AS lost,
       CASE WHEN c.plan_hash IS NOT NULL THEN c.won END AS won,
       CASE WHEN c.plan_hash IS NULL THEN NULL
            WHEN c.lost = c.won THEN 1.0
            ELSE printf('%.2g', min(1.0, 2 * t.sum * h.half)) END AS p,
       round(q.perplexity, 3) AS perplexity
FROM counted AS c
LEFT JOIN tail AS t ON t.n = c.lost + c.won AND t.k = min(c.lost, c.won)
                   AND t.at = t.k
LEFT JOIN power AS h ON h.n = t.n AND h.at = t.n
LEFT JOIN v_plan AS w ON w.plan_hash = c.plan_hash
LEFT JOIN v_perplexity AS q ON q.plan_hash = c.plan_hash
ORDER BY c.model, c.tasks, c.tasks_hash, c.longest, c.sparsity_asked IS NOT NULL,
         c.sparsity_asked, c.acc DESC, method, c.plan_hash;
