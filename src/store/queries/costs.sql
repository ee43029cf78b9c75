-- SPDX-License-Identifier: GPL-3.0-or-later
-- What does each component cost, and who says so?
--
-- :costs  the cost table; base unless said
SELECT component, class, action, energy_fj, energy_least, energy_most, area_um2,
       delay_ps, leakage_nw, leakage_least, leakage_most, device, kelvin, node_nm,
       voltage_v, sure, source
FROM costs
WHERE cost_table = coalesce(:costs, 'base')
ORDER BY class, component;
