-- How much sooner, and with how much less energy, does each reading of FlexCiM do
-- the layers than each rival?
--
-- Ratios over 1 are FlexCiM's; max and mean (geometric) are over models and
-- sparsities.  latency: at equal multipliers; _area: at equal area, macros in
-- fractions; _whole: macros in whole numbers, residue_% being how far apart the
-- areas then are at most; _own_clock: at equal area, each at the clock that its
-- gates allow.  Energy is at the counted activity and equal multipliers, and not
-- decided where the band of any of these lies on both sides of 1.
SELECT masks, CASE tokens WHEN 1 THEN 'decode' ELSE 'prefill' END AS phase,
       weights, buffers, reading, plan, rival, rival_plan, count(*) AS cases,
       round(max(latency), 2) AS latency_max,
       round(exp(avg(ln(latency))), 2) AS latency_mean,
       round(max(latency_area), 2) AS area_max,
       round(exp(avg(ln(latency_area))), 2) AS area_mean,
       round(max(latency_whole), 2) AS whole_max,
       round(exp(avg(ln(latency_whole))), 2) AS whole_mean,
       round(100 * max(abs(residue)), 1) AS "residue_%",
       round(exp(avg(ln(latency_own_clock))), 2) AS own_clock_mean,
       round(max(energy), 2) AS energy_max,
       round(exp(avg(ln(energy))), 2) AS energy_mean,
       CASE WHEN min(energy_least) > 1 THEN 'less'
            WHEN max(energy_most) < 1 THEN 'more'
            ELSE 'not decided' END AS flexcim_takes,
       round(max(energy_delay_area), 2) AS energy_delay_max,
       round(exp(avg(ln(energy_delay_area))), 2) AS energy_delay_mean,
       round(exp(avg(ln(perplexity_ratio))), 2) AS perplexity_ratio
FROM pair
GROUP BY masks, phase, weights, buffers, reading, plan, rival, rival_plan
ORDER BY masks, phase, weights, buffers, reading, plan, rival, rival_plan;
