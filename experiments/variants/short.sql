-- SPDX-License-Identifier: GPL-3.0-or-later
-- Each reading against each rival on its own best plan: a prompt, with weights
-- resident, over all models of the kind and sparsities.
--
-- Ratios over 1 are FlexCiM's: max, and geometric mean.  equal: of multipliers, or
-- of area in whole macros, which are apart by residue_% at most; fraction: what
-- latency is if fractions of macros fill that area; own_clock: latency with each at
-- its own.  energy is with buffers, macros without; without_leakage is energy less
-- what leaks.  table.sql has the other questions.
SELECT equal, CASE masks WHEN 'real' THEN 'shipped' ELSE 'published' END AS layers,
       reading, plan, rival, count(*) AS cases,
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
       round(exp(avg(ln(energy_delay))), 2) AS energy_delay_mean,
       round(exp(avg(ln(perplexity_ratio))), 2) AS perplexity_ratio
FROM pair
WHERE rival_plan = 'own best' AND tokens > 1 AND weights = 'resident'
GROUP BY equal, layers, reading, plan, rival
ORDER BY equal, layers DESC, reading, plan, rival;
