-- SPDX-License-Identifier: GPL-3.0-or-later
-- How large is each machine, block by block?
--
-- :machine  name or hash of the machine; all machines unless said, but for those that are
--           complete for a whole inference, of the same area
-- :costs    the cost table; base unless said
--
-- Blocks after `all` are what only a whole inference needs; `whole` is with them.
SELECT machine, block, area_mm2, "share %", leakage_mw, fastest_clock_mhz,
       slowest_stage
FROM (SELECT a.machine, a.block, round(a.area_mm2, 4) AS area_mm2,
             round(100 * a.area_mm2 / m.area_mm2, 1) AS "share %",
             round(a.leakage_mw, 3) AS leakage_mw,
             NULL AS fastest_clock_mhz, NULL AS slowest_stage, 1 AS place
      FROM v_area AS a
      JOIN v_machine AS m USING (machine_hash, cost_table)
      WHERE (:machine IS NULL OR :machine IN (a.machine, a.machine_hash))
        AND a.cost_table = coalesce(:costs, 'base')
        AND (:machine IS NOT NULL
             OR a.machine_hash NOT IN (SELECT machine_hash FROM inferences)
             OR a.machine_hash IN (SELECT machine_hash FROM runs))
      UNION ALL
      SELECT machine, 'all', round(area_mm2, 4), 100.0, round(leakage_mw, 3),
             round(fastest_clock_mhz),
             CASE WHEN fastest_clock_mhz IS NOT NULL THEN stage END, 2
      FROM v_machine
      WHERE (:machine IS NULL OR :machine IN (machine, machine_hash))
        AND cost_table = coalesce(:costs, 'base')
        AND (:machine IS NOT NULL
             OR machine_hash NOT IN (SELECT machine_hash FROM inferences)
             OR machine_hash IN (SELECT machine_hash FROM runs))
      UNION ALL
      SELECT u.machine, u.block, round(u.area_mm2, 4), NULL,
             round(u.leakage_mw, 3), NULL, NULL, 3
      FROM v_unit_area AS u
      WHERE (:machine IS NULL OR :machine IN (u.machine, u.machine_hash))
        AND u.cost_table = coalesce(:costs, 'base') AND u.area_mm2 > 0
        AND (:machine IS NOT NULL
             OR u.machine_hash NOT IN (SELECT machine_hash FROM inferences)
             OR u.machine_hash IN (SELECT machine_hash FROM runs))
      UNION ALL
      SELECT machine, 'whole', round(whole_mm2, 4), NULL,
             round(whole_leakage_mw, 3), NULL, NULL, 4
      FROM v_machine
      WHERE (:machine IS NULL OR :machine IN (machine, machine_hash))
        AND cost_table = coalesce(:costs, 'base') AND whole_mm2 > area_mm2
        AND (:machine IS NOT NULL
             OR machine_hash NOT IN (SELECT machine_hash FROM inferences)
             OR machine_hash IN (SELECT machine_hash FROM runs)))
ORDER BY machine, place, area_mm2 DESC;
