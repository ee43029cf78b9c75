-- Each reading against each rival on its own best plan, over everything.
--
-- Ratios over 1 are FlexCiM's: max, and geometric mean.
SELECT reading, plan, rival, count(*) AS cases,
       round(max(latency), 2) AS latency_max,
       round(exp(avg(ln(latency))), 2) AS latency_mean,
       round(max(latency_area), 2) AS area_max,
       round(exp(avg(ln(latency_area))), 2) AS area_mean,
       round(max(latency_whole), 2) AS whole_max,
       round(exp(avg(ln(latency_whole))), 2) AS whole_mean,
       round(max(energy), 2) AS energy_max,
       round(exp(avg(ln(energy))), 2) AS energy_mean,
       CASE WHEN min(energy_least) > 1 THEN 'less'
            WHEN max(energy_most) < 1 THEN 'more'
            ELSE 'not decided' END AS flexcim_takes,
       round(exp(avg(ln(energy_delay_area))), 2) AS energy_delay_mean,
       round(exp(avg(ln(perplexity_ratio))), 1) AS perplexity_ratio
FROM pair
WHERE rival_plan = 'own best'
GROUP BY reading, plan, rival
ORDER BY reading, plan, rival;
