-- SPDX-License-Identifier: GPL-3.0-or-later
-- How far is the cost table from digital CiM chips that were measured?
--
-- Published numbers with their conditions; ours at 28 nm and 0.9 V, macro only,
-- without weight writes, at an activity of 0.25 and 0.5, and the first of these at
-- the chip's voltage, by its square.  Nothing was tuned.
WITH chip (machine, node_nm, voltage_v, published_fj_per_mac, published_mm2,
           conditions)
AS (VALUES
    ('isscc21-16-4', 22, 0.72, 81, 0.202, '18 % input toggle'),
    ('isscc22-11-7', 28, 0.9, 73, 0.03, 'sparsity not said'),
    ('isscc22-15-5', 28, 0.9, 55, 0.941,
     'calibration chip; 50 % toggle, 50 % weight zeros'),
    ('isscc23-7-2', 28, 0.9, 103, 0.146, 'calibration chip')
), spent AS (
    SELECT e.run, sum(always_nj) AS always_nj, sum(input_nj) AS input_nj,
           sum(product_nj) AS product_nj
    FROM v_energy_part AS e
    WHERE e.cost_table = 'base'
      AND e.block IN ('sub_macro_array', 'distribution', 'adder_tree',
                      'shift_accumulator', 'partial_sum_buffer', 'merge')
    GROUP BY e.run
), ours AS (
    SELECT r.machine,
           1e6 * (always_nj + 0.5 * input_nj + 0.25 * product_nj) / r.kept_macs
               AS quiet,
           1e6 * (always_nj + 0.7071 * input_nj + 0.5 * product_nj)
               / r.kept_macs AS busy,
           m.macros_mm2
    FROM v_latest_run AS r
    JOIN spent USING (run)
    JOIN v_machine AS m
      ON m.machine_hash = r.machine_hash AND m.cost_table = 'base'
)
SELECT c.machine, c.node_nm, c.voltage_v, c.conditions, c.published_fj_per_mac,
       round(o.quiet, 1) AS ours_at_quarter, round(o.busy, 1) AS ours_at_half,
       round(100 * (o.quiet / c.published_fj_per_mac - 1)) AS "quarter %",
       round(100 * (o.busy / c.published_fj_per_mac - 1)) AS "half %",
       round(100 * (o.quiet * c.voltage_v * c.voltage_v / 0.81
                    / c.published_fj_per_mac - 1)) AS "quarter, its voltage %",
       c.published_mm2, round(o.macros_mm2, 3) AS ours_mm2,
       round(100 * (o.macros_mm2 / c.published_mm2 - 1)) AS "area %"
FROM chip AS c
JOIN ours AS o USING (machine)
ORDER BY c.machine;
