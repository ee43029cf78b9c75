-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which points of an experiment does no other beat in cycles, multipliers and perplexity?
--
-- :experiment  its name; all experiments unless said.  Points of other
--              experiments or models do not count.  Where no perplexity of a
--              plan is known, all such plans count as equal.
WITH point AS (
    SELECT v.*, q.perplexity, coalesce(q.perplexity, 9e999) AS compared
    FROM v_point AS v
    LEFT JOIN v_perplexity AS q USING (plan_hash)
    WHERE v.status = 'done'
      AND (:experiment IS NULL OR v.experiment = :experiment)
)
SELECT a.experiment, a.point, a.model, a.method,
       round(a.sparsity_reached, 4) AS sparsity, a.machine, a.settings, a.cycles,
       a.multipliers, round(a.perplexity, 3) AS perplexity
FROM point AS a
WHERE NOT EXISTS (
    SELECT 1
    FROM point AS b
    WHERE b.experiment_hash = a.experiment_hash AND b.model_hash = a.model_hash
      AND b.cycles <= a.cycles AND b.multipliers <= a.multipliers
      AND b.compared <= a.compared
      AND (b.cycles < a.cycles OR b.multipliers < a.multipliers
           OR b.compared < a.compared))
ORDER BY a.experiment, a.experiment_hash, a.model, a.multipliers, a.cycles,
         a.point;
