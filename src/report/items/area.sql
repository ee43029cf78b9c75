-- SPDX-License-Identifier: GPL-3.0-or-later
-- Area of each machine
--
-- An estimate: the parts of each block, times the cost table ‘base’; no wires
-- between blocks, no margins.  Weight memory outside the macros, DRAM and what only
-- whole inferences need (‘flexcim area’) are not in it.  At most thirty machines are
-- shown, the smallest; those of experiments' points as in the figure of their cycles.
@NAMES@, shown AS (
    SELECT m.*, row_number() OVER (ORDER BY area_mm2, machine, machine_hash) AS bar
    FROM v_machine AS m
    WHERE cost_table = 'base'
      AND (machine_hash NOT IN (SELECT machine_hash FROM experiment_points)
           OR machine_hash IN (SELECT machine_hash
                               FROM runs JOIN told_run USING (run)))
)
SELECT s.bar, h.machine, s.multipliers, a.block AS series, a.area_mm2,
       sum(a.area_mm2) OVER (PARTITION BY s.bar ORDER BY a.is_buffer, a.block)
           - a.area_mm2 AS from_mm2,
       sum(a.area_mm2) OVER (PARTITION BY s.bar ORDER BY a.is_buffer, a.block)
           AS to_mm2,
       s.area_mm2 AS machine_mm2
FROM shown AS s
JOIN v_area AS a ON a.machine_hash = s.machine_hash AND a.cost_table = 'base'
JOIN machine_name AS h ON h.machine_hash = s.machine_hash
WHERE s.bar <= 30 AND a.area_mm2 > 0
ORDER BY s.bar, a.is_buffer, a.block;
