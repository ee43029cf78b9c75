-- SPDX-License-Identifier: GPL-3.0-or-later
-- A line's cost is that of a um of it, and the machine says how long it is.
UPDATE machine_parts SET component = 'line'
WHERE component IN ('line_past_cell', 'line_past_bit_cell');
DELETE FROM costs WHERE component IN ('line_past_cell', 'line_past_bit_cell');
INSERT INTO costs (cost_table, component, class, action, energy_fj, area_um2,
                   delay_ps, leakage_nw, node_nm, voltage_v, source, sure)
SELECT DISTINCT cost_table, 'line', 'wire', 'bit that changes, a um of its line',
       0.108, 0.0, 0.0, 0.0, 28, 0.9, 'as in base', 'computed'
FROM costs;
