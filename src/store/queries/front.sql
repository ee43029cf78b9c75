-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which points of an experiment does no other beat in time, energy, area and perplexity?
--
-- :experiment  its name or hash; all experiments unless said.  Points of other
--              experiments, models or numbers of tokens do not count.  What is
--              not known of a point counts as equal to what is not known of
--              another; perplexities of other rows are not compared.
-- :points      JSON array of the numbers of points that are shown; all unless said
-- :version     of the program that ran the points; the newest unless said
SELECT experiment, point, model, method,
       round(sparsity_reached, 4) AS sparsity, pattern, tokens, machine,
       settings, cycles,
       round(milliseconds, 4) AS milliseconds,
       round(energy_nj / 1000, 3) AS energy_uj,
       round(leakage_nj / 1000, 3) AS leakage_uj,
       round(area_mm2, 4) AS area_mm2, round(perplexity, 3) AS perplexity
FROM v_priced_version_point
WHERE of_version = coalesce(:version, '') AND on_front
  AND (:experiment IS NULL OR experiment = :experiment
       OR experiment_hash = :experiment)
  AND (:points IS NULL OR point IN (SELECT value FROM json_each(:points)))
ORDER BY experiment, experiment_hash, model, tokens, coalesce(area_mm2, 9e999),
         coalesce(milliseconds, cycles), point;
