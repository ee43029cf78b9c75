-- SPDX-License-Identifier: GPL-3.0-or-later
-- In which shape (sub-macros x rows x columns of as many cells) does each rival do
-- a model's layers best?
--
-- At equal multipliers: in the fewest clocks; at equal area: in the least clocks x
-- area.  Both are the geometric mean over all that it runs of its own plans, a
-- prompt and a token, with weights resident; of equally good shapes the smaller.
WITH ran AS (
    SELECT substr(r.model || ',', 1, instr(r.model || ',', ',') - 1) AS network,
           substr(r.machine, 1, instr(r.machine, '@') - 1) AS rival,
           substr(r.machine, instr(r.machine, '@') + 1) AS shape,
           exp(avg(ln(r.cycles))) AS clocks, max(m.area_mm2) AS area
    FROM v_latest_run AS r
    JOIN v_machine AS m
      ON m.machine_hash = r.machine_hash AND m.cost_table = 'base'
    GROUP BY 1, 2, 3
), best AS (
    SELECT e.equal, r.*, row_number() OVER (
               PARTITION BY e.equal, r.rival
               ORDER BY CASE e.equal WHEN 'area' THEN r.clocks * r.area
                        ELSE r.clocks END, r.area, r.shape) AS place
    FROM (SELECT rival, shape, min(network) AS network,
                 exp(avg(ln(clocks))) AS clocks, max(area) AS area
          FROM ran GROUP BY rival, shape) AS r
    JOIN (SELECT 'multipliers' AS equal UNION ALL SELECT 'area') AS e
)
SELECT network AS model, rival, equal, shape
FROM best
WHERE place = 1
ORDER BY rival, equal;
