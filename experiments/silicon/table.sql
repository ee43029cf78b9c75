-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- How far is the cost table from digital CiM chips that were measured?
--
-- Published numbers with their conditions; ours, macro only, without weight
-- writes: at 28 nm and 0.9 V at an activity of 0.25 and of 0.5, and then as the
-- chip is: at its node and voltage by the published factors (at 22 nm, which they
-- do not have, by the square of the voltage from 28 nm; at 12 nm those of 14), and
-- at its activity where that is known, else at 0.25.  `factor` is that over the
-- chip.  Nothing was tuned.
WITH chip (machine, node_nm, scaled_nm, voltage_v, toggle, ones,
           published_fj_per_mac, published_mm2, conditions)
AS (VALUES
    ('isscc21-16-4', 22, NULL, 0.72, 0.18, 0.5, 81, 0.202,
     '18 % input toggle; half of the weight bits are 1: assumed'),
    ('isscc22-11-7', 28, 28, 0.9, NULL, NULL, 73, 0.03, 'activity not said'),
    ('isscc22-15-5', 28, 28, 0.9, 0.5, 0.5, 55, 0.941,
     'calibration chip; 50 % toggle, 50 % weight zeros'),
    ('isscc23-7-2', 28, 28, 0.9, NULL, NULL, 103, 0.146,
     'calibration chip; activity not said'),
    ('esscirc23-16kb', 28, 28, 0.9, NULL, NULL, 89, 0.0159,
     'activity not said; 0.9 V: assumed'),
    ('sign-extension-less', 28, 28, 0.9, NULL, NULL, 50, NULL,
     'its best; activity not said; 0.9 V: assumed'),
    ('esscirc23-128kB', 16, 16, 0.8, NULL, NULL, 84, 0.5,
     'activity not said; 0.8 V: assumed'),
    ('vlsi22-lee', 12, 14, 0.8, NULL, NULL, 66, 0.032,
     'activity not said; 0.8 V: assumed'),
    ('colonnade', 65, 65, 0.6, NULL, NULL, 243, 0.2272,
     'its best, 0.6 V; activity not said')
), spent AS (
    SELECT e.run, sum(always_nj) AS always_nj, sum(input_nj) AS input_nj,
           sum(product_nj) AS product_nj
    FROM v_energy_part AS e
    WHERE e.cost_table = 'base'
      AND e.block IN ('sub_macro_array', 'distribution', 'adder_tree',
                      'shift_accumulator', 'partial_sum_buffer', 'merge')
    GROUP BY e.run
), ours AS (
    SELECT r.machine, 1e6 * always_nj / r.kept_macs AS always,
           1e6 * input_nj / r.kept_macs AS input,
           1e6 * product_nj / r.kept_macs AS product, m.macros_mm2
    FROM v_latest_run AS r
    JOIN spent USING (run)
    JOIN v_machine AS m
      ON m.machine_hash = r.machine_hash AND m.cost_table = 'base'
), each AS (
    SELECT c.*, o.macros_mm2, o.always + 0.5 * o.input + 0.25 * o.product
               AS quiet,
           o.always + 0.7071 * o.input + 0.5 * o.product AS busy,
           (o.always + coalesce(c.toggle, 0.5) * o.input
            + coalesce(c.toggle * c.ones, 0.25) * o.product)
           * coalesce((t.a2 * c.voltage_v * c.voltage_v + t.a1 * c.voltage_v
                       + t.a0) / (f.a2 * 0.81 + f.a1 * 0.9 + f.a0),
                      c.voltage_v * c.voltage_v / 0.81) AS as_it_is
    FROM chip AS c
    JOIN ours AS o USING (machine)
    JOIN nodes AS f ON f.node_nm = 28
    LEFT JOIN nodes AS t ON t.node_nm = c.scaled_nm
)
SELECT machine, node_nm, voltage_v, conditions, published_fj_per_mac,
       round(quiet, 1) AS ours_at_quarter, round(busy, 1) AS ours_at_half,
       round(as_it_is, 1) AS ours_as_it_is,
       round(as_it_is / published_fj_per_mac, 2) AS factor,
       published_mm2, round(macros_mm2, 3) AS ours_mm2,
       round(macros_mm2 / published_mm2, 2) AS area_factor
FROM each
ORDER BY node_nm, machine;
