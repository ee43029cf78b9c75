-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much sooner, and with how much less energy, does each reading of FlexCiM do
-- the layers than each rival?
--
-- One row a case but for model and sparsity, over which max and mean (geometric)
-- are; columns as in short.sql.  Energy is at the counted activity, or the assumed
-- one, and not decided where the band of any of these lies on both sides of 1.
SELECT CASE masks WHEN 'real' THEN 'shipped' ELSE 'published' END AS layers,
       CASE tokens WHEN 1 THEN 'token' ELSE 'prompt' END AS phase,
       weights, equal, reading, plan, rival, rival_plan,
       count(*) AS cases, max(activity) AS activity,
       round(max(latency), 2) AS latency_max,
       round(exp(avg(ln(latency))), 2) AS latency_mean,
       round(max(latency_fraction), 2) AS fraction_max,
       round(exp(avg(ln(latency_fraction))), 2) AS fraction_mean,
       round(exp(avg(ln(latency * own_clock))), 2) AS own_clock_mean,
       CASE equal WHEN 'area' THEN round(100 * max(abs(1 / area - 1)), 1) END
           AS "residue_%",
       round(exp(avg(ln(area))), 2) AS area_mean,
       round(max(energy), 2) AS energy_max,
       round(exp(avg(ln(energy))), 2) AS energy_mean,
       CASE WHEN min(energy_least) > 1 THEN 'less'
            WHEN max(energy_most) < 1 THEN 'more'
            ELSE 'not decided' END AS flexcim_takes,
       round(exp(avg(ln(without_leakage))), 2) AS without_leakage_mean,
       round(exp(avg(ln(macros))), 2) AS macros_mean,
       round(max(energy_delay), 2) AS energy_delay_max,
       round(exp(avg(ln(energy_delay))), 2) AS energy_delay_mean,
       round(exp(avg(ln(perplexity_ratio))), 2) AS perplexity_ratio
FROM pair
GROUP BY layers, phase, weights, equal, reading, plan, rival, rival_plan
ORDER BY layers DESC, phase, weights DESC, equal, reading, plan, rival, rival_plan;
