-- SPDX-License-Identifier: GPL-3.0-or-later
-- How large is each machine, block by block?
--
-- :machine  name or hash of the machine; all machines unless said, but for those that are
--           complete for a whole inference, of the same area
-- :costs    the cost table; base unless said
SELECT *
FROM (SELECT a.machine, a.block, round(a.area_mm2, 4) AS area_mm2,
             round(100 * a.area_mm2 / m.area_mm2, 1) AS "share %",
             round(a.leakage_mw, 3) AS leakage_mw,
             NULL AS fastest_clock_mhz, NULL AS slowest_stage
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
             CASE WHEN fastest_clock_mhz IS NOT NULL THEN stage END
      FROM v_machine
      WHERE (:machine IS NULL OR :machine IN (machine, machine_hash))
        AND cost_table = coalesce(:costs, 'base')
        AND (:machine IS NOT NULL
             OR machine_hash NOT IN (SELECT machine_hash FROM inferences)
             OR machine_hash IN (SELECT machine_hash FROM runs)))
ORDER BY machine, block = 'all', area_mm2 DESC;
