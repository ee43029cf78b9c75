-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machines
--
-- A hash names the fully resolved description, which the database holds.  Machines
-- of one name that an experiment set differently are one row.
WITH named AS (
    SELECT h.*, (SELECT count(*) FROM runs AS r
                 WHERE r.machine_hash = h.machine_hash) AS runs,
           (SELECT e.name FROM experiment_points AS p
            JOIN experiments AS e USING (experiment)
            WHERE p.machine_hash = h.machine_hash AND p.settings <> '{}'
            ORDER BY e.name, p.experiment LIMIT 1) AS experiment
    FROM machines AS h
)
SELECT CASE count(*) WHEN 1 THEN name
            ELSE printf('%s, %d settings of ‘%s’', name, count(*), experiment)
       END AS machine,
       CASE WHEN min(multipliers) = max(multipliers) THEN '' || min(multipliers)
            ELSE min(multipliers) || ' to ' || max(multipliers) END AS multipliers,
       CASE WHEN min(clock_mhz) = max(clock_mhz) THEN printf('%g', min(clock_mhz))
            ELSE printf('%g to %g', min(clock_mhz), max(clock_mhz)) END
           AS clock_mhz,
       sum(runs) AS runs,
       CASE count(*) WHEN 1 THEN substr(min(machine_hash), 1, 12) END AS hash
FROM named
GROUP BY name, experiment, CASE WHEN experiment IS NULL THEN machine_hash END
ORDER BY name, experiment, min(machine_hash);
