-- SPDX-License-Identifier: GPL-3.0-or-later
-- Best points of experiments
--
-- Of each experiment, model, pattern and number of tokens: the points of least time,
-- energy, area, energy times time, and perplexity.  A point that is best in several
-- stands once.
@NAMES@, priced AS (
    SELECT p.*, coalesce(milliseconds, cycles) AS time,
           energy_nj * milliseconds AS product,
           count(*) OVER (PARTITION BY experiment_hash) AS many
    FROM v_priced_point AS p
), ranked AS (
    SELECT *, row_number() OVER (one ORDER BY time, energy_nj, area_mm2, point) AS t,
           row_number() OVER (one ORDER BY energy_nj IS NULL, energy_nj, time, point)
               AS e,
           row_number() OVER (one ORDER BY area_mm2 IS NULL, area_mm2, time, point)
               AS a,
           row_number() OVER (one ORDER BY product IS NULL, product, time, point)
               AS x,
           row_number() OVER (one ORDER BY perplexity IS NULL, perplexity, time,
                                           point) AS l
    FROM priced
    WHERE many > 1
    WINDOW one AS (PARTITION BY experiment_hash, model_hash, pattern, tokens)
)
SELECT r.experiment, n.model, r.pattern, r.tokens,
       trim(CASE WHEN t = 1 THEN 'time ' ELSE '' END
            || CASE WHEN e = 1 AND energy_nj IS NOT NULL THEN 'energy ' ELSE '' END
            || CASE WHEN a = 1 AND area_mm2 IS NOT NULL THEN 'area ' ELSE '' END
            || CASE WHEN x = 1 AND product IS NOT NULL THEN 'energy×time '
                    ELSE '' END
            || CASE WHEN l = 1 AND perplexity IS NOT NULL THEN 'perplexity'
                    ELSE '' END) AS best_in,
       h.machine, round(r.milliseconds, 4) AS milliseconds,
       round(r.energy_nj / 1000, 3) AS "energy_µJ",
       round(r.leakage_nj / 1000, 3) AS "leakage_µJ",
       round(r.area_mm2, 3) AS "area_mm²", round(r.perplexity, 3) AS perplexity
FROM ranked AS r
JOIN model_name AS n USING (model_hash)
JOIN machine_name AS h ON h.machine_hash = r.machine_hash
WHERE t = 1 OR e = 1 AND energy_nj IS NOT NULL OR a = 1 AND area_mm2 IS NOT NULL
   OR x = 1 AND product IS NOT NULL OR l = 1 AND perplexity IS NOT NULL
ORDER BY r.experiment, r.experiment_hash, n.model, r.pattern, r.tokens, r.time,
         r.point;
