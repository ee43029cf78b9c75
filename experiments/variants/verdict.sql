-- Are the paper's claims reached: up to 1.75 times the latency, 1.5 the energy?
--
-- Fixed before the numbers were seen.  reached: at equal area, in a reading other
-- than per-column selection, against a rival on its own best plan; reached only
-- so: only with a selector in every cell, at its price; else not reached.  The
-- claims are about sparse accelerators, so the dense machine is no rival here.
-- At equal multipliers the same words are said, which decides nothing.
--
-- A ratio of energies has its band (pairs.sql), a ratio of clocks in whole macros
-- that between itself and the one in fractions of macros, which fill the area
-- exactly.  It counts by the end that is worse for FlexCiM; if only the other end
-- reaches, it is not decided.  The verdict is that on all pairs.  Beside it stand
-- those on the published shapes alone, with masks that are free (as FLOW makes
-- them), and where FlexCiM's perplexity is at most 5 % over the rival's.
, counted AS (
    SELECT s.pairs, p.*
    FROM pair AS p
    JOIN (SELECT 'all' AS pairs UNION VALUES ('published shapes'), ('free masks'),
                 ('perplexity at most 5 % over')) AS s
      ON CASE s.pairs WHEN 'all' THEN 1
         WHEN 'published shapes' THEN p.masks = 'seeded'
         WHEN 'free masks' THEN p.plan <> 'agreed'
         ELSE p.perplexity_ratio <= 1.05 END
    WHERE p.rival_plan = 'own best' AND p.rival <> 'dense'
), claim AS (
    SELECT 'latency' AS claim, 1.75 AS wanted, equal, pairs, reading, plan, rival,
           network, latency AS ratio,
           CASE equal WHEN 'area' THEN min(latency, latency_fraction)
                ELSE latency END AS least,
           CASE equal WHEN 'area' THEN max(latency, latency_fraction)
                ELSE latency END AS most
    FROM counted
    UNION ALL
    SELECT 'latency, own clocks', 1.75, equal, pairs, reading, plan, rival,
           network, latency_own_clock,
           latency_own_clock * min(latency, latency_fraction) / latency,
           latency_own_clock * max(latency, latency_fraction) / latency
    FROM counted WHERE equal = 'area'
    UNION ALL
    SELECT 'energy', 1.5, equal, pairs, reading, plan, rival, network, energy,
           energy_least, energy_most
    FROM counted
), ranked AS (
    SELECT *, reading = 'flexcim-merged' AS per_column,
           row_number() OVER (
               PARTITION BY claim, equal, pairs, reading = 'flexcim-merged'
               ORDER BY least DESC, most DESC, reading DESC, rival, network, plan)
               AS place,
           max(most) OVER (PARTITION BY claim, equal, pairs, reading = 'flexcim-merged')
               AS most_of_all
    FROM claim
)
SELECT o.claim, o.wanted, o.equal, o.pairs, round(o.ratio, 2) AS other_readings,
       round(o.least, 2) AS least, round(o.most_of_all, 2) AS most,
       o.reading || ' (' || o.plan || ') : ' || o.rival || ', ' || o.network
           AS which,
       round(p.ratio, 2) AS per_column,
       p.rival || ', ' || p.network AS per_column_against,
       CASE WHEN o.least >= o.wanted THEN 'reached'
            WHEN o.most_of_all >= o.wanted THEN 'not decided'
            WHEN p.least >= o.wanted THEN 'reached only so'
            WHEN p.most_of_all >= o.wanted THEN 'not decided'
            ELSE 'not reached' END AS verdict
FROM ranked AS o
JOIN ranked AS p ON p.claim = o.claim AND p.equal = o.equal AND p.pairs = o.pairs
                AND p.per_column AND p.place = 1
WHERE NOT o.per_column AND o.place = 1
ORDER BY o.claim DESC, o.equal, o.pairs;
