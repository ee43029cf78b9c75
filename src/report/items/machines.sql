-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machines
--
-- A hash names the fully resolved description, which the database holds.
SELECT h.name AS machine, h.multipliers, h.clock_mhz, count(r.run) AS runs,
       substr(h.machine_hash, 1, 12) AS hash
FROM machines AS h
LEFT JOIN runs AS r USING (machine_hash)
GROUP BY h.machine_hash
ORDER BY h.name, h.machine_hash;
