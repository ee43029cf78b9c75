-- SPDX-License-Identifier: GPL-3.0-or-later
-- After each update, how far below one pattern everywhere is a choice of patterns?
--
-- mean, least and most are over the draws; lower is by how many percent the mean is
-- below that of `uniform`, with the same update and with groups or without as the
-- choice has it; it is none where that is under the spread, by which draws alone
-- move either.  bound is by how many percent the choice with groups is above the
-- same without.
WITH told AS (
    SELECT p.*, m.name AS model, q.perplexity,
           json_extract(p.text, '$.mask.unstructured') IS NOT NULL AS free,
           replace(CASE p.weight_update WHEN 'none' THEN w.word
                        ELSE substr(w.word, 1, length(w.word)
                                               - length(p.weight_update) - 1)
                   END, '+unstructured', '') AS choice
    FROM plans AS p
    JOIN v_plan AS w USING (plan_hash)
    JOIN models AS m ON m.model_hash = p.model_hash
    JOIN v_perplexity AS q ON q.plan_hash = p.plan_hash
    WHERE q.perplexity IS NOT NULL
), each AS (
    SELECT model, choice, free, weight_update, sparsity_asked AS asked,
           count(*) AS draws, avg(perplexity) AS mean,
           min(perplexity) AS least, max(perplexity) AS most
    FROM told
    GROUP BY model, choice, free, weight_update, asked
)
SELECT e.model, e.asked, e.weight_update AS "update",
       e.choice || CASE WHEN e.free THEN '+unstructured' ELSE '' END AS choice,
       e.draws, round(e.mean, 2) AS mean, round(e.least, 2) AS least,
       round(e.most, 2) AS most,
       CASE WHEN e.choice = 'uniform' THEN NULL
            WHEN abs(1 - e.mean / u.mean)
                 < max(e.most / e.least, u.most / u.least) - 1 THEN 'none'
            ELSE printf('%.1f', 100 * (1 - e.mean / u.mean)) END AS lower,
       CASE WHEN f.mean IS NOT NULL AND NOT e.free
            THEN printf('%.1f', 100 * (e.mean / f.mean - 1)) END AS bound
FROM each AS e
LEFT JOIN each AS u ON u.model = e.model AND u.asked = e.asked AND u.free = e.free
                   AND u.weight_update = e.weight_update AND u.choice = 'uniform'
LEFT JOIN each AS f ON f.model = e.model AND f.asked = e.asked AND f.free
                   AND f.weight_update = e.weight_update AND f.choice = e.choice
WHERE f.mean IS NOT NULL OR e.free OR u.mean IS NOT NULL
ORDER BY e.model, e.asked, e.weight_update, e.free, mean;
