-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which points of an experiment does no other beat in time, energy, area and perplexity?
--
-- :experiment  its name or hash; all experiments unless said.  Points of other
--              experiments, models or numbers of tokens do not count.  What is
--              not known of a point counts as equal to what is not known of
--              another.
WITH point AS MATERIALIZED (
    SELECT v.*, q.perplexity, m.area_mm2, e.energy_nj,
           coalesce(v.milliseconds, v.cycles) AS time,
           coalesce(e.energy_nj, 9e999) AS energy,
           coalesce(m.area_mm2, 9e999) AS area,
           coalesce(q.perplexity, 9e999) AS loss
    FROM v_point AS v
    LEFT JOIN v_perplexity AS q USING (plan_hash)
    LEFT JOIN v_machine AS m
           ON m.machine_hash = v.machine_hash AND m.cost_table = 'base'
    LEFT JOIN v_energy AS e ON e.run = v.run AND e.cost_table = 'base'
    WHERE v.status = 'done'
      AND (:experiment IS NULL OR v.experiment = :experiment
           OR v.experiment_hash = :experiment)
)
SELECT a.experiment, a.point, a.model, a.method,
       round(a.sparsity_reached, 4) AS sparsity, a.pattern, a.tokens, a.machine,
       a.settings, a.cycles,
       round(a.milliseconds, 4) AS milliseconds,
       round(a.energy_nj / 1000, 3) AS energy_uj,
       round(a.area_mm2, 4) AS area_mm2, round(a.perplexity, 3) AS perplexity
FROM point AS a
WHERE NOT EXISTS (
    SELECT 1
    FROM point AS b
    WHERE b.experiment_hash = a.experiment_hash AND b.model_hash = a.model_hash
      AND b.tokens IS a.tokens
      AND b.time <= a.time AND b.energy <= a.energy AND b.area <= a.area
      AND b.loss <= a.loss
      AND (b.time < a.time OR b.energy < a.energy OR b.area < a.area
           OR b.loss < a.loss))
ORDER BY a.experiment, a.experiment_hash, a.model, a.tokens, a.area,
         a.time, a.point;
