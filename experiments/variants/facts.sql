-- SPDX-License-Identifier: GPL-3.0-or-later
-- What README.md says of the pairs in words: with sub-macros merged as a layer
-- needs, and with all merged.  Ratios are of a prompt and resident weights at equal
-- area, FlexCiM with a select for each cell, unless a fact says otherwise.
WITH n4 (rival) AS (
    VALUES ('fixed-2-4'), ('sparse-tensor-core'), ('vegeta-n4')
), prompt AS (
    SELECT * FROM pair WHERE tokens > 1 AND weights = 'resident'
), cell AS (
    SELECT * FROM prompt
    WHERE equal = 'area' AND selects = 'a cell' AND plan = 'own best'
), a_row AS (
    SELECT * FROM prompt
    WHERE equal = 'area' AND reading LIKE '%-shared%'
), fact (number, fact, merged, value) AS (
    SELECT 1, 'common plan: latency over N:4 rivals, max', merged, max(latency)
    FROM prompt JOIN n4 USING (rival)
    WHERE equal = 'area' AND selects = 'a cell' AND plan = 'common'
    GROUP BY merged
    UNION ALL
    SELECT 2, 'the same, energy', merged, max(energy)
    FROM prompt JOIN n4 USING (rival)
    WHERE equal = 'area' AND selects = 'a cell' AND plan = 'common'
    GROUP BY merged
    UNION ALL
    SELECT 3, 'own plans: latency over N:4 rivals at '
              || CAST(round(100 * sparsity) AS INTEGER) || ' %, max', merged, max(latency)
    FROM cell JOIN n4 USING (rival)
    GROUP BY merged, sparsity
    UNION ALL
    SELECT 4, 'own plans, shipped models: latency over fixed-4-8 and vegeta-n8, max',
           merged, max(latency)
    FROM cell WHERE masks = 'real' AND rival IN ('fixed-4-8', 'vegeta-n8')
    GROUP BY merged
    UNION ALL
    SELECT 5, 'the same, published shapes', merged, max(latency)
    FROM cell WHERE masks = 'seeded' AND rival IN ('fixed-4-8', 'vegeta-n8')
    GROUP BY merged
    UNION ALL
    SELECT 6, 'own plans: latency over ' || rival || ', mean', merged,
           exp(avg(ln(latency)))
    FROM cell WHERE rival IN ('fixed-4-8', 'vegeta-n8', 'sdp')
    GROUP BY merged, rival
    UNION ALL
    SELECT 7, 'own plans: energy over ' || rival || ', mean', merged,
           exp(avg(ln(energy)))
    FROM cell WHERE rival IN ('fixed-4-8', 'vegeta-n8', 'sdp')
    GROUP BY merged, rival
    UNION ALL
    SELECT 8, 'one select a row, free masks: latency over N:4 and N:8 macros and'
              || ' arrays, mean', merged, exp(avg(ln(latency)))
    FROM a_row
    WHERE plan = 'own best' AND (rival LIKE 'fixed%' OR rival LIKE 'vegeta%')
    GROUP BY merged
    UNION ALL
    SELECT 9, 'one select a row, masks that agree, published shapes at '
              || CAST(round(100 * sparsity) AS INTEGER)
              || ' %: latency over 2:4 and 4:8 rivals, max',
           merged, max(latency)
    FROM a_row
    WHERE plan = 'agreed' AND masks = 'seeded' AND sparsity IN (0.5, 0.7)
      AND rival IN ('fixed-2-4', 'fixed-4-8', 'sparse-tensor-core')
    GROUP BY merged, sparsity
    UNION ALL
    SELECT 10, 'the same at 70 % over arrays that gain from 1:4 or 2:8, max', merged,
           max(latency)
    FROM a_row
    WHERE plan = 'agreed' AND masks = 'seeded' AND sparsity = 0.7
      AND rival LIKE 'vegeta%'
    GROUP BY merged
    UNION ALL
    SELECT 11, 'one column at a time: clocks over those with a select a cell, mean',
           s.merged, 1 / exp(avg(ln(s.latency / f.latency)))
    FROM prompt AS s
    JOIN prompt AS f USING (equal, network, sparsity, plan, rival, merged)
    WHERE s.reading LIKE '%-serial%' AND f.selects = 'a cell'
      AND plan = 'own best' AND rival = 'dense' AND equal = 'multipliers'
    GROUP BY s.merged
    UNION ALL
    SELECT 12, 'a token from DRAM, own plans: latency over fixed-4-8 and vegeta-n8, '
               || e.what, merged,
               CASE e.what WHEN 'least' THEN min(latency) ELSE max(latency) END
    FROM pair, (SELECT 'least' AS what UNION ALL SELECT 'most') AS e
    WHERE equal = 'area' AND selects = 'a cell' AND plan = 'own best'
      AND rival IN ('fixed-4-8', 'vegeta-n8') AND tokens = 1 AND weights = 'DRAM'
    GROUP BY merged, e.what
    UNION ALL
    SELECT 13, 'a token, resident, own plans: latency over sparse-tensor-core, mean',
           merged, exp(avg(ln(latency)))
    FROM pair
    WHERE equal = 'area' AND selects = 'a cell' AND plan = 'own best'
      AND rival = 'sparse-tensor-core' AND tokens = 1 AND weights = 'resident'
    GROUP BY merged
    UNION ALL
    SELECT 14, 'own plans: perplexity over that of N:4 plans, mean', merged,
           exp(avg(ln(perplexity_ratio)))
    FROM cell WHERE rival = 'fixed-2-4' GROUP BY merged
    UNION ALL
    SELECT 15, 'masks that agree: perplexity over that of free '
               || CASE rival WHEN 'fixed-2-4' THEN 'N:4' ELSE 'N:8' END
               || ' plans, mean', merged, exp(avg(ln(perplexity_ratio)))
    FROM a_row WHERE plan = 'agreed' AND rival IN ('fixed-2-4', 'vegeta-n8')
    GROUP BY merged, rival
    UNION ALL
    SELECT 16, 'own plans: perplexity of sdp over that of FlexCiM, mean', merged,
           1 / exp(avg(ln(perplexity_ratio)))
    FROM cell WHERE rival = 'sdp' GROUP BY merged
    UNION ALL
    SELECT 17, 'areas that are called equal are apart by at most ('
               || CASE masks WHEN 'real' THEN 'shipped' ELSE 'published' END || ')',
           merged, max(abs(1 / area - 1))
    FROM pair WHERE equal = 'area' GROUP BY merged, masks
    UNION ALL
    SELECT 18, 'own plans: latency over all sparse rivals but sdp, max ('
               || CASE masks WHEN 'real' THEN 'shipped' ELSE 'published' END || ')',
           merged, max(latency)
    FROM cell WHERE rival NOT IN ('dense', 'sdp') GROUP BY merged, masks
    UNION ALL
    SELECT 19, 'the same, energy ('
               || CASE masks WHEN 'real' THEN 'shipped' ELSE 'published' END || ')',
           merged, max(energy)
    FROM cell WHERE rival NOT IN ('dense', 'sdp') GROUP BY merged, masks
)
SELECT number, fact,
       round(max(CASE merged WHEN 'as needed' THEN value END), 2) AS as_needed,
       round(max(CASE merged WHEN 'all' THEN value END), 2) AS "all"
FROM fact
GROUP BY number, fact
ORDER BY number, fact;
