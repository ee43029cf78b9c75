-- What README.md says of the pairs in words.
, n4 (rival) AS (
    VALUES ('fixed-2-4'), ('sparse-tensor-core'), ('vegeta-n4'),
           ('vegeta-n4-row-wise')
), fact (number, fact, value) AS (
    SELECT 1, 'common plan: latency, per column over N:4 rivals, max',
           max(latency)
    FROM pair JOIN n4 USING (rival)
    WHERE equal = 'multipliers' AND reading = 'flexcim-merged' AND plan = 'common'
      AND rival_plan = 'common'
    UNION ALL
    SELECT 2, 'the same at equal area', max(latency)
    FROM pair JOIN n4 USING (rival)
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'common'
      AND rival_plan = 'common'
    UNION ALL
    SELECT 3, 'the same at equal area, energy', max(energy)
    FROM pair JOIN n4 USING (rival)
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'common'
      AND rival_plan = 'common'
    UNION ALL
    SELECT 4, 'own plans: latency, per column over N:4 rivals at 50 %, max',
           max(latency)
    FROM pair JOIN n4 USING (rival)
    WHERE equal = 'multipliers' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND sparsity = 0.5
    UNION ALL
    SELECT 5, 'the same at 70 %', max(latency)
    FROM pair JOIN n4 USING (rival)
    WHERE equal = 'multipliers' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND sparsity = 0.7
    UNION ALL
    SELECT 6, 'own plans: perplexity over that of N:4 plans, mean',
           exp(avg(ln(perplexity_ratio)))
    FROM pair
    WHERE plan = 'own best' AND rival_plan = 'own best' AND rival = 'fixed-2-4'
    UNION ALL
    SELECT 7, 'own plans on shipped models: latency, per column over N:8 rivals,'
              || ' max', max(latency)
    FROM pair
    WHERE equal = 'multipliers' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND masks = 'real'
      AND rival IN ('fixed-4-8', 'vegeta-n8')
    UNION ALL
    SELECT 8, 'one column at a time: clocks over those of per column, prompt, mean',
           1 / exp(avg(ln(s.latency / f.latency)))
    FROM pair AS s
    JOIN pair AS f USING (equal, network, sparsity, tokens, weights, buffers,
                          plan, rival, rival_plan)
    WHERE s.reading = 'flexcim-serial' AND f.reading = 'flexcim-merged'
      AND plan = 'own best' AND rival = 'dense' AND rival_plan = 'own best'
      AND equal = 'multipliers' AND tokens > 1
    UNION ALL
    SELECT 9, 'agreed masks: perplexity over that of free N:8 plans, mean',
           exp(avg(ln(perplexity_ratio)))
    FROM pair
    WHERE plan = 'agreed' AND rival_plan = 'own best' AND rival = 'vegeta-n8'
    UNION ALL
    SELECT 10, 'agreed masks: perplexity over that of N:4 plans, mean',
           exp(avg(ln(perplexity_ratio)))
    FROM pair
    WHERE plan = 'agreed' AND rival_plan = 'own best' AND rival = 'fixed-2-4'
    UNION ALL
    SELECT 11, 'own plans: perplexity of sdp over that of per column, mean',
           1 / exp(avg(ln(perplexity_ratio)))
    FROM pair
    WHERE plan = 'own best' AND reading = 'flexcim-merged'
      AND rival_plan = 'own best' AND rival = 'sdp'
    UNION ALL
    SELECT 12, 'decode from DRAM, own plans: latency, per column over N:8 rivals,'
               || ' least', min(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival IN ('fixed-4-8', 'vegeta-n8')
      AND tokens = 1 AND weights = 'DRAM'
    UNION ALL
    SELECT 13, 'the same, most', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival IN ('fixed-4-8', 'vegeta-n8')
      AND tokens = 1 AND weights = 'DRAM'
    UNION ALL
    SELECT 14, 'resident decode, own plans: latency, per column over'
               || ' sparse-tensor-core, mean', exp(avg(ln(latency)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival = 'sparse-tensor-core'
      AND tokens = 1 AND weights = 'resident'
    UNION ALL
    SELECT 15, 'agreed masks on published shapes at 70 %, equal area: latency,'
               || ' shared over 2:4 and 4:8 rivals, max', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-shared' AND plan = 'agreed'
      AND rival_plan = 'own best' AND masks = 'seeded' AND sparsity = 0.7
      AND rival IN ('fixed-2-4', 'fixed-4-8', 'sparse-tensor-core')
    UNION ALL
    SELECT 16, 'the same over rivals that gain from 1:4 or 2:8, max', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-shared' AND plan = 'agreed'
      AND rival_plan = 'own best' AND masks = 'seeded' AND sparsity = 0.7
      AND rival LIKE 'vegeta%'
    UNION ALL
    SELECT 17, 'the same as 15 at 50 %', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-shared' AND plan = 'agreed'
      AND rival_plan = 'own best' AND masks = 'seeded' AND sparsity = 0.5
      AND rival IN ('fixed-2-4', 'fixed-4-8', 'sparse-tensor-core')
    UNION ALL
    SELECT 18, 'areas of two machines that are called equal are apart by at most'
               || ' (shipped)', max(abs(1 / area - 1))
    FROM pair WHERE equal = 'area' AND masks = 'real'
    UNION ALL
    SELECT 19, 'the same (published)', max(abs(1 / area - 1))
    FROM pair WHERE equal = 'area' AND masks = 'seeded'
    UNION ALL
    SELECT 20, 'free masks on published shapes, equal area: latency, per column'
               || ' over sparse rivals, max', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND masks = 'seeded' AND rival <> 'dense'
    UNION ALL
    SELECT 21, 'agreed masks on published shapes, equal area: latency, shared over'
               || ' sdp, max', max(latency)
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-shared' AND plan = 'agreed'
      AND rival_plan = 'own best' AND masks = 'seeded' AND rival = 'sdp'
    UNION ALL
    SELECT 22, 'free masks, equal area: latency, per column over fixed-4-8 and'
               || ' vegeta-n8, mean', exp(avg(ln(latency)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival IN ('fixed-4-8', 'vegeta-n8')
    UNION ALL
    SELECT 23, 'the same, energy, over fixed-4-8', exp(avg(ln(energy)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival = 'fixed-4-8'
    UNION ALL
    SELECT 24, 'the same, energy, over vegeta-n8', exp(avg(ln(energy)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival = 'vegeta-n8'
    UNION ALL
    SELECT 25, 'free masks, equal area: latency, shared over N:4 and N:8 macros'
               || ' and arrays, mean', exp(avg(ln(latency)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-shared' AND plan = 'own best'
      AND rival_plan = 'own best'
      AND (rival LIKE 'fixed%' OR rival LIKE 'vegeta%')
    UNION ALL
    SELECT 26, 'free masks, equal area: energy, per column over sdp, mean',
           exp(avg(ln(energy)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival = 'sdp'
    UNION ALL
    SELECT 27, 'the same, latency', exp(avg(ln(latency)))
    FROM pair
    WHERE equal = 'area' AND reading = 'flexcim-merged' AND plan = 'own best'
      AND rival_plan = 'own best' AND rival = 'sdp'
)
SELECT number, fact, round(value, 2) AS value FROM fact ORDER BY number;
