-- SPDX-License-Identifier: GPL-3.0-or-later
-- Are the paper's claims reached: up to 1.75 times the latency, 1.5 the energy?
--
-- A row is one question; nothing is the most of rows that answer different ones:
--   claim       latency, or energy
--   equal       multipliers, or area in whole macros
--   clock       equal: one for all; own: each at what its gates allow
--   plans       common: one for both; own best: each its own
--   masks       free, or agreeing: FlexCiM's over 32 outputs (the rival's are free)
--   perplexity  any; within 5 %: of plans at most 5 % above dense on the same rows
--   layers      of the shipped models, or of published shapes (without perplexity)
--   phase       a prompt, or one token
--   weights     resident, or from DRAM
--   selects     FlexCiM's: one for a cell, or one for a row (shared or serial)
-- Within a row the most over models, sparsities, sparse rivals and both ways to merge
-- counts, as the claim says `up to`; `which` names it.  A ratio counts by the end of
-- its band that is worse for FlexCiM, least; most is the highest end of all.  The
-- band of energies is that of prices and activity, that of latencies at equal area
-- goes from whole macros to fractions of them.  reached: least is; not decided: only
-- most is; no pair: there is none.  without_leakage is the ratio of the same pair's
-- energies less what leaks of them.
WITH question AS (
    SELECT *
    FROM (SELECT 'any' AS perplexity UNION ALL SELECT 'within 5 %') AS a,
         (SELECT DISTINCT masks AS layers FROM pair) AS b
    WHERE a.perplexity = 'any' OR b.layers = 'real'
), counted AS (
    SELECT p.*, CASE p.plan WHEN 'common' THEN 'common' ELSE 'own best' END
                    AS plans,
           CASE p.plan WHEN 'agreed' THEN 'agreeing' ELSE 'free' END AS masks_are,
           CASE p.tokens WHEN 1 THEN 'token' ELSE 'prompt' END AS phase,
           min(p.latency, CASE p.equal WHEN 'area' THEN p.latency_fraction
                          ELSE p.latency END) AS latency_least,
           max(p.latency, CASE p.equal WHEN 'area' THEN p.latency_fraction
                          ELSE p.latency END) AS latency_most
    FROM pair AS p
    WHERE p.rival <> 'dense'
), claim AS (
    SELECT 'latency' AS claim, 1.75 AS wanted, 'equal' AS clock, counted.*,
           NULL AS dry, latency AS ratio, latency_least AS least, latency_most AS most
    FROM counted
    UNION ALL
    SELECT 'latency', 1.75, 'own', counted.*, NULL, latency * own_clock,
           latency_least * own_clock, latency_most * own_clock
    FROM counted
    UNION ALL
    SELECT 'energy', 1.5, 'equal', counted.*, without_leakage, energy, energy_least,
           energy_most
    FROM counted
), asked AS (
    SELECT DISTINCT c.claim, c.wanted, c.equal, c.clock, c.plans, c.masks_are,
           q.perplexity, q.layers, c.phase, c.weights, c.selects
    FROM claim AS c
    JOIN question AS q ON q.layers = c.masks
), ranked AS (
    SELECT a.*, c.ratio, c.least, c.dry, c.reading, c.rival, c.network, c.sparsity,
           max(c.most) OVER (PARTITION BY a.claim, a.equal, a.clock, a.plans,
               a.masks_are, a.perplexity, a.layers, a.phase, a.weights, a.selects)
               AS most,
           row_number() OVER (PARTITION BY a.claim, a.equal, a.clock, a.plans,
               a.masks_are, a.perplexity, a.layers, a.phase, a.weights, a.selects
               ORDER BY round(c.least, 4) DESC, round(c.most, 4) DESC, c.reading,
                        c.rival, c.network, c.sparsity) AS place
    FROM asked AS a
    LEFT JOIN claim AS c
           ON c.claim = a.claim AND c.equal = a.equal AND c.clock = a.clock
          AND c.plans = a.plans AND c.masks_are = a.masks_are
          AND c.masks = a.layers AND c.phase = a.phase AND c.weights = a.weights
          AND c.selects = a.selects AND (a.perplexity = 'any' OR c.near)
)
SELECT claim, equal, clock, plans, masks_are AS masks, perplexity,
       CASE layers WHEN 'real' THEN 'shipped' ELSE 'published' END AS layers,
       phase, weights, selects, wanted, round(ratio, 2) AS ratio,
       round(least, 2) AS least, round(most, 2) AS most,
       round(dry, 2) AS without_leakage,
       reading || ' : ' || rival || ', ' || network || ' at '
           || CAST(round(100 * sparsity) AS INTEGER) || ' %' AS which,
       CASE WHEN ratio IS NULL THEN 'no pair'
            WHEN least >= wanted THEN 'reached'
            WHEN most >= wanted THEN 'not decided'
            ELSE 'not reached' END AS verdict
FROM ranked
WHERE place = 1
ORDER BY claim DESC, equal, clock, plans, masks_are DESC, perplexity, layers DESC,
         phase, weights DESC, selects;
