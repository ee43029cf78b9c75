-- SPDX-License-Identifier: GPL-3.0-or-later
-- Effect of each parameter of an experiment
--
-- Mean of all points with that value, beside the mean of all points of the same
-- model, pattern and tokens: left of 1 is less time, energy or area.  Means are
-- geometric, and fair where every value was tried with every other.  Parameters
-- of one value are left out, and so are experiments after the sixth.
WITH priced AS (
    SELECT p.*, ln(coalesce(milliseconds, cycles)) AS time,
           ln(nullif(energy_nj, 0)) AS energy, ln(nullif(area_mm2, 0)) AS area
    FROM v_priced_point AS p
), part AS (
    SELECT *, time - avg(time) OVER like_it AS of_time,
           energy - avg(energy) OVER like_it AS of_energy,
           area - avg(area) OVER like_it AS of_area
    FROM priced
    WINDOW like_it AS (PARTITION BY experiment_hash, trace_hash)
), setting AS (
    SELECT t.*, s.key AS parameter, s.value AS value,
           CASE WHEN s.type IN ('integer', 'real') THEN s.value END AS size
    FROM part AS t, json_each(t.settings) AS s
    UNION ALL
    SELECT t.*, 'machine', machine, NULL FROM part AS t
), effect AS (
    SELECT experiment_hash, experiment, parameter, value, size, count(*) AS points,
           exp(avg(of_time)) AS time, exp(avg(of_energy)) AS energy,
           exp(avg(of_area)) AS area,
           count(*) OVER (PARTITION BY experiment_hash, parameter) AS tried
    FROM setting
    GROUP BY experiment_hash, parameter, value
), placed AS (
    SELECT *, dense_rank() OVER (ORDER BY experiment, experiment_hash) AS place,
           row_number() OVER (PARTITION BY experiment_hash
                              ORDER BY parameter = 'machine', parameter, size, value)
               AS line
    FROM effect
    WHERE tried > 1
)
SELECT experiment AS panel, line,
       parameter || ' = ' || iif(size IS NULL, value, printf('%g', size)) AS setting,
       points, time, energy, area,
       line = 1 OR parameter <> lag(parameter) OVER (ORDER BY place, line)
           AS is_first
FROM placed
WHERE place <= 6
ORDER BY place, line;
