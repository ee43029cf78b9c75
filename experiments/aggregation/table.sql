-- SPDX-License-Identifier: GPL-3.0-or-later
-- What do sub-macros gain that merge as a layer needs, over ones that always do?
--
-- of_dense: cycles as a share of what dense takes on the same machine, merged and
-- adaptive; gain: how many times as soon the adaptive machine is; gain_at_area and
-- gain_at_macros: the same over how many times as large it is, with its buffers and
-- without; gain_in_energy: how many times less energy it takes, with its buffers, half
-- of the bits changing.  not_all: in how many of the layers fewer than all were merged.
WITH point AS (
    SELECT p.*, a.area_mm2, a.macros_mm2,
           (SELECT sum(e.energy_nj) FROM v_energy_block AS e
            WHERE e.run = p.run AND e.cost_table = 'base') AS energy_nj,
           (SELECT sum(l.merged < 4) FROM layer_results AS l
            WHERE l.run = p.run) AS not_all
    FROM v_point AS p
    JOIN v_machine AS a ON a.machine_hash = p.machine_hash
                       AND a.cost_table = 'base'
    WHERE p.experiment = 'aggregation'
), one AS (
    SELECT f.model, f.tokens, f.pattern, f.layers, f.not_all,
           m.cycles AS merged, f.cycles AS adaptive,
           f.area_mm2 / m.area_mm2 AS area,
           f.macros_mm2 / m.macros_mm2 AS macros,
           m.energy_nj / f.energy_nj AS energy
    FROM point AS f
    JOIN point AS m USING (trace_hash)
    WHERE f.machine = 'flexcim' AND m.machine = 'flexcim-merged'
)
SELECT o.model, CASE o.tokens WHEN 1 THEN 'one token' ELSE 'prompt' END AS phase,
       o.pattern, o.merged, o.adaptive,
       round(o.merged * 1.0 / d.merged, 3) AS merged_of_dense,
       round(o.adaptive * 1.0 / d.adaptive, 3) AS adaptive_of_dense,
       round(o.merged * 1.0 / o.adaptive, 3) AS gain,
       round(o.merged * 1.0 / o.adaptive / o.area, 3) AS gain_at_area,
       round(o.merged * 1.0 / o.adaptive / o.macros, 3) AS gain_at_macros,
       round(o.energy, 3) AS gain_in_energy,
       o.not_all || ' of ' || o.layers AS not_all
FROM one AS o
JOIN one AS d ON d.model = o.model AND d.tokens = o.tokens
             AND d.pattern = 'dense'
ORDER BY o.model, o.tokens DESC, o.merged DESC, o.adaptive DESC, o.pattern DESC;
