-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much sooner and with how much less energy does each reading of FlexCiM do
-- the layers than each rival on its own best plan?
--
-- Ratios over 1 are FlexCiM's.  max and mean (geometric) are over models and
-- sparsities; energy is at the counted activity, and "not decided" where the
-- band of any of these lies on both sides of 1.
WITH own (machine, label) AS (
    VALUES ('fixed-2-4', '2-4'), ('fixed-4-8', '4-8'), ('vegeta-n4', 'n4'),
           ('vegeta-n4-row-wise', 'n4'), ('vegeta-n8', 'n8'),
           ('sdp', 'agreed'), ('sparse-tensor-core', '2-4')
), reading (machine, label) AS (
    VALUES ('flexcim', 'common'), ('flexcim', 'flexcim'),
           ('flexcim-shared', 'common'), ('flexcim-shared', 'flexcim'),
           ('flexcim-shared', 'agreed'), ('flexcim-serial', 'common'),
           ('flexcim-serial', 'flexcim')
), priced AS MATERIALIZED (
    SELECT * FROM v_priced
), named AS MATERIALIZED (
    SELECT p.*, json_extract(e.settings, '$."dram.rate"') AS dram,
           json_extract(e.settings, '$."weights.banks"') AS banks,
           CASE WHEN t.path LIKE '%.common.trace' THEN 'common'
                WHEN t.path LIKE '%.flexcim.trace' THEN 'flexcim'
                WHEN t.path LIKE '%.2-4.trace' THEN '2-4'
                WHEN t.path LIKE '%.4-8.trace' THEN '4-8'
                WHEN t.path LIKE '%.n4.trace' THEN 'n4'
                WHEN t.path LIKE '%.n8.trace' THEN 'n8'
                WHEN t.path LIKE '%.agreed.trace' THEN 'agreed' END AS label
    FROM priced AS p
    JOIN traces AS t USING (trace_hash)
    JOIN experiment_points AS e USING (trace_hash, machine_hash)
), rival AS (
    -- on its own best plan; on the common one where its patterns do not reach
    -- the sparsity
    SELECT n.*
    FROM named AS n
    JOIN own AS o USING (machine)
    WHERE n.label = o.label
       OR n.label = 'common'
          AND NOT EXISTS (SELECT 1 FROM named AS b
                          WHERE b.machine = n.machine AND b.label = o.label
                            AND b.model = n.model
                            AND b.dram = n.dram AND b.banks = n.banks
                            AND b.sparsity_asked = n.sparsity_asked)
), pair AS (
    SELECT f.model, f.dram, f.banks, f.sparsity_asked AS asked, f.machine AS reading,
           f.label AS plan, r.machine AS rival, r.label AS rival_plan,
           f.perplexity, r.perplexity AS rival_perplexity,
           r.cycles * 1.0 / f.cycles AS at_equal_multipliers,
           r.cycles * r.macros_mm2 / (f.cycles * f.macros_mm2) AS at_equal_area,
           r.cycles * r.macros_mm2 * f.fastest_clock_mhz
               / (f.cycles * f.macros_mm2 * r.fastest_clock_mhz)
               AS at_equal_area_own_clocks,
           r.energy_nj / f.energy_nj AS energy,
           min(r.quiet_cheap_nj / f.quiet_cheap_nj,
               r.quiet_dear_nj / f.quiet_dear_nj,
               r.busy_cheap_nj / f.busy_cheap_nj,
               r.busy_dear_nj / f.busy_dear_nj) AS energy_least,
           max(r.quiet_cheap_nj / f.quiet_cheap_nj,
               r.quiet_dear_nj / f.quiet_dear_nj,
               r.busy_cheap_nj / f.busy_cheap_nj,
               r.busy_dear_nj / f.busy_dear_nj) AS energy_most
    FROM named AS f
    JOIN reading AS k ON k.machine = f.machine AND k.label = f.label
    JOIN rival AS r ON r.model = f.model
                   AND r.dram = f.dram AND r.banks = f.banks
                   AND r.sparsity_asked = f.sparsity_asked
)
SELECT CASE dram WHEN 'none' THEN 'resident' ELSE 'DRAM' END AS weights,
       banks, reading, plan, rival,
       round(max(at_equal_multipliers), 2) AS max_latency,
       round(exp(avg(ln(at_equal_multipliers))), 2) AS mean_latency,
       round(max(at_equal_area), 2) AS max_at_equal_area,
       round(exp(avg(ln(at_equal_area))), 2) AS mean_at_equal_area,
       round(exp(avg(ln(at_equal_area_own_clocks))), 2) AS mean_own_clocks,
       round(max(energy), 2) AS max_energy,
       round(exp(avg(ln(energy))), 2) AS mean_energy,
       CASE WHEN min(energy_least) > 1 THEN 'less'
            WHEN max(energy_most) < 1 THEN 'more'
            ELSE 'not decided' END AS flexcim_takes,
       round(exp(avg(ln(perplexity / rival_perplexity))), 2)
           AS mean_perplexity_ratio
FROM pair
GROUP BY dram, banks, reading, plan, rival
ORDER BY dram DESC, banks, reading, plan, rival;
