-- SPDX-License-Identifier: GPL-3.0-or-later
-- A macro that always merges all may be built in the shape that suits a model: is
-- it then as fast as one that merges as a layer needs?
--
-- best: of all shapes of 4096 cells (sub-macros x rows x columns) that of fewest
-- cycles for the model and pattern (then the smaller); of_adaptive: its cycles as
-- a multiple of those of `flexcim`; area: its area as a share of flexcim's.
WITH merged AS (
    SELECT p.model, p.pattern, p.cycles, a.area_mm2,
           json_extract(p.settings, '$."macro.sub_macros"') || ' x '
           || json_extract(p.settings, '$."macro.rows"') || ' x '
           || json_extract(p.settings, '$."macro.columns"') AS shape,
           row_number() OVER (PARTITION BY p.model, p.pattern
                              ORDER BY p.cycles, a.area_mm2, p.point) AS place
    FROM v_point AS p
    JOIN v_machine AS a ON a.machine_hash = p.machine_hash
                       AND a.cost_table = 'base'
    WHERE p.experiment = 'shape'
), adaptive AS (
    SELECT p.model, p.pattern, p.cycles, a.area_mm2
    FROM v_point AS p
    JOIN v_machine AS a ON a.machine_hash = p.machine_hash
                       AND a.cost_table = 'base'
    WHERE p.experiment = 'aggregation' AND p.machine = 'flexcim'
      AND p.tokens = 512
)
SELECT m.model, m.pattern, m.shape AS best, m.cycles,
       round(m.cycles * 1.0 / a.cycles, 3) AS of_adaptive,
       round(m.area_mm2 / a.area_mm2, 3) AS area
FROM merged AS m
JOIN adaptive AS a ON a.model = m.model AND a.pattern = m.pattern
WHERE m.place = 1
ORDER BY m.model, m.cycles DESC, m.pattern DESC;
