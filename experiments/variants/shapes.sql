-- SPDX-License-Identifier: GPL-3.0-or-later
-- In which shape (sub-macros x rows x columns of as many cells) does each rival do
-- a model's layers best?
--
-- In the least clocks x area: the geometric mean over all that it runs of its own
-- plans, a prompt and a token, with weights resident; of equally good shapes the
-- smaller.
WITH ran AS (
    SELECT min(substr(r.model || ',', 1, instr(r.model || ',', ',') - 1))
               AS model,
           substr(r.machine, 1, instr(r.machine, '@') - 1) AS rival,
           substr(r.machine, instr(r.machine, '@') + 1) AS shape,
           exp(avg(ln(r.cycles))) AS clocks, max(m.area_mm2) AS area
    FROM v_latest_run AS r
    JOIN v_machine AS m
      ON m.machine_hash = r.machine_hash AND m.cost_table = 'base'
    GROUP BY 2, 3
), best AS (
    SELECT *, row_number() OVER (
                  PARTITION BY rival ORDER BY clocks * area, area, shape) AS place
    FROM ran
)
SELECT model, rival, shape
FROM best
WHERE place = 1
ORDER BY rival;
