-- SPDX-License-Identifier: GPL-3.0-or-later
-- The paper's three claims, put to the results that are here: reached or not?
--
-- :machine  the machine that the claims are about; flexcim unless said
--
-- A row is a claim under one condition, of one model, against one rival; no row
-- is the best of several that answer different questions.
--   plan       common: the quickest plan of :machine, replayed by both; own best:
--              each its own quickest plan (for energy: the one of least energy)
--   masks      free, or agreeing: outputs that share selects
--   accuracy   within 5 %: of plans at most 5 % above the dense perplexity on the
--              same rows; any: of all plans
--   equal      multipliers: machines as they are, and not decided unless they have
--              as many; area: time x area
--   clock      equal: cycles; own: each at the fastest its gates allow
-- number is how many times less time or energy :machine takes, and how much lower
-- (0.36: 36 %) the perplexity of flow is than that of uniform patterns at the same
-- sparsity.  from .. to is the band of the energy: all corners alike in both.
WITH mine AS (SELECT coalesce(:machine, 'flexcim') AS machine),
run AS MATERIALIZED (
    SELECT p.model, p.model_hash, p.machine, p.trace_hash, p.cycles,
           p.energy_nj, p.quiet_cheap_nj, p.quiet_dear_nj, p.busy_cheap_nj,
           p.busy_dear_nj, p.area_mm2, p.fastest_clock_mhz, h.multipliers,
           CASE WHEN q.agreement > 1 THEN 'agreeing' ELSE 'free' END AS masks,
           q.method
               || coalesce(printf(' %g %%', 100 * q.sparsity_asked), '')
               || CASE q.weight_update WHEN 'none' THEN ''
                  ELSE ' ' || q.weight_update END AS plan_name,
           v.perplexity <= 1.05 * v.dense_perplexity AS is_near
    FROM v_priced AS p
    JOIN machines AS h USING (machine_hash)
    JOIN plans AS q ON q.plan_hash = p.plan_hash
    LEFT JOIN v_perplexity AS v ON v.plan_hash = p.plan_hash
), asked AS (
    SELECT a.accuracy, k.masks, w.what
    FROM (SELECT 'within 5 %' AS accuracy UNION ALL SELECT 'any') AS a,
         (SELECT 'free' AS masks UNION ALL SELECT 'agreeing') AS k,
         (SELECT 'latency' AS what UNION ALL SELECT 'energy') AS w
), best AS (
    SELECT r.*, a.accuracy, a.what, row_number() OVER (
               PARTITION BY r.model_hash, r.machine, a.accuracy, a.masks, a.what
               ORDER BY CASE a.what WHEN 'latency' THEN r.cycles
                        ELSE r.energy_nj END, r.trace_hash) AS place
    FROM run AS r
    JOIN asked AS a
      ON a.masks = r.masks AND (a.accuracy = 'any' OR r.is_near)
), pair AS (
    SELECT a.what, 'common' AS plan, a.accuracy, a.masks, a.model, a.plan_name,
           b.machine AS rival, a.cycles, b.cycles AS cycles_b,
           a.area_mm2, b.area_mm2 AS area_b, a.multipliers,
           b.multipliers AS multipliers_b, a.fastest_clock_mhz AS clock,
           b.fastest_clock_mhz AS clock_b, b.energy_nj / a.energy_nj AS energy,
           b.quiet_cheap_nj / a.quiet_cheap_nj AS e1,
           b.quiet_dear_nj / a.quiet_dear_nj AS e2,
           b.busy_cheap_nj / a.busy_cheap_nj AS e3,
           b.busy_dear_nj / a.busy_dear_nj AS e4
    FROM best AS a
    JOIN run AS b ON b.trace_hash = a.trace_hash
    WHERE a.place = 1 AND a.machine = (SELECT machine FROM mine)
      AND b.machine <> a.machine
    UNION ALL
    SELECT a.what, 'own best', a.accuracy, a.masks, a.model,
           a.plan_name || ', ' || b.plan_name, b.machine, a.cycles, b.cycles,
           a.area_mm2, b.area_mm2, a.multipliers, b.multipliers,
           a.fastest_clock_mhz, b.fastest_clock_mhz, b.energy_nj / a.energy_nj,
           b.quiet_cheap_nj / a.quiet_cheap_nj,
           b.quiet_dear_nj / a.quiet_dear_nj, b.busy_cheap_nj / a.busy_cheap_nj,
           b.busy_dear_nj / a.busy_dear_nj
    FROM best AS a
    JOIN best AS b
      ON b.model_hash = a.model_hash AND b.what = a.what AND b.place = 1
     AND b.accuracy = a.accuracy AND b.masks = a.masks
    WHERE a.place = 1 AND a.accuracy = 'within 5 %' AND b.machine <> a.machine
      AND a.machine = (SELECT machine FROM mine)
), found AS (
    SELECT p.what AS claim, p.model, p.rival, p.plan, p.masks, p.accuracy,
           e.equal, k.clock,
           CASE WHEN p.what = 'energy' THEN p.energy
                ELSE p.cycles_b * 1.0 / p.cycles
                     * CASE e.equal WHEN 'area' THEN p.area_b / p.area_mm2
                       ELSE 1 END
                     * CASE k.clock WHEN 'own' THEN p.clock / p.clock_b
                       ELSE 1 END END AS number,
           CASE p.what WHEN 'energy' THEN min(p.e1, p.e2, p.e3, p.e4) END AS low,
           CASE p.what WHEN 'energy' THEN max(p.e1, p.e2, p.e3, p.e4) END AS high,
           CASE p.what WHEN 'energy' THEN 1.5 ELSE 1.75 END AS claimed,
           e.equal <> 'multipliers' OR p.multipliers = p.multipliers_b AS is_fair,
           p.plan_name AS why
    FROM pair AS p
    JOIN (SELECT 'multipliers' AS equal UNION ALL SELECT 'area') AS e
      ON p.what = 'latency' OR e.equal = 'multipliers'
    JOIN (SELECT 'equal' AS clock UNION ALL SELECT 'own') AS k
      ON p.what = 'latency' OR k.clock = 'equal'
    UNION ALL
    SELECT 'accuracy', f.model, 'uniform', 'same sparsity',
           CASE WHEN a.agreement > 1 THEN 'agreeing' ELSE 'free' END, 'any',
           NULL, NULL, 1 - f.perplexity / u.perplexity, NULL, NULL, 0.36, 1,
           printf('at %g %%, ', 100 * f.sparsity_asked)
           || CASE f.weight_update WHEN 'none' THEN 'weights as they are'
              ELSE 'weights updated (' || f.weight_update || ')' END
           || ': ' || round(f.perplexity, 2) || ' beside '
           || round(u.perplexity, 2) || ', dense ' || round(f.dense_perplexity, 2)
    FROM v_perplexity AS f
    JOIN plans AS a ON a.plan_hash = f.plan_hash
    JOIN v_perplexity AS u
      ON u.model_hash = f.model_hash AND u.method = 'uniform'
     AND u.sparsity_asked = f.sparsity_asked AND u.tokens_hash = f.tokens_hash
     AND u.tensor = f.tensor AND u."rows" = f."rows"
     AND u.arithmetic = f.arithmetic AND u.weight_update = f.weight_update
    JOIN plans AS b
      ON b.plan_hash = u.plan_hash AND b.agreement = a.agreement
    WHERE f.method = 'flow'
), missing AS (
    SELECT c.claim, c.claimed, c.masks, c.why
    FROM (SELECT 'accuracy' AS claim, 0.36 AS claimed, 'free' AS masks,
                 'missing: perplexities of flow and uniform at one sparsity;'
                 || ' flexcim run CHECKPOINT --tokens FILE'
                 || ' --methods flow,uniform makes them' AS why
          UNION ALL
          SELECT 'latency', 1.75, 'free', 'missing: a plan that '
                 || (SELECT machine FROM mine) || ' and a rival replayed;'
                 || ' flexcim run CHECKPOINT --tokens FILE --machines '
                 || (SELECT machine FROM mine) || ',dense makes it'
          UNION ALL
          SELECT 'energy', 1.5, 'free', 'missing: the same as for latency'
          UNION ALL
          SELECT 'latency', 1.75, 'agreeing', 'missing: a plan whose outputs'
                 || ' agree; flexcim select TRACE --agreement 32, then prune and replay make it'
          UNION ALL
          SELECT 'energy', 1.5, 'agreeing', 'missing: the same as for latency')
         AS c
    WHERE NOT EXISTS (SELECT 1 FROM found AS f
                      WHERE f.claim = c.claim AND f.masks = c.masks)
    UNION ALL
    SELECT c.claim, c.claimed, 'free', 'missing: a plan within 5 % of the dense'
           || ' perplexity; flexcim run ... --sparsity 0.3 --methods'
           || ' block-error+sparsegpt makes one'
    FROM (SELECT 'latency' AS claim, 1.75 AS claimed UNION ALL
          SELECT 'energy', 1.5) AS c
    WHERE EXISTS (SELECT 1 FROM found AS f WHERE f.claim = c.claim)
      AND NOT EXISTS (SELECT 1 FROM found AS f
                      WHERE f.claim = c.claim AND f.accuracy = 'within 5 %')
)
SELECT claim, CASE WHEN number IS NULL OR NOT is_fair THEN 'not decided'
                   WHEN coalesce(low, number) >= claimed THEN 'reached'
                   WHEN coalesce(high, number) < claimed THEN 'not reached'
                   ELSE 'not decided' END AS verdict,
       round(number, 3) AS number, round(low, 3) AS "from",
       round(high, 3) AS "to", claimed, rival, model, plan, masks, accuracy,
       equal, clock, CASE is_missing WHEN 0 THEN 'linear layers' END AS scope,
       CASE WHEN is_missing THEN why
            WHEN NOT is_fair THEN 'the machines differ in multipliers; ' || why
            WHEN number IS NULL THEN 'area or clock is not known; ' || why
            WHEN low < claimed AND high >= claimed
            THEN 'the claim lies within the band; ' || why
            ELSE why END AS why
FROM (SELECT *, 0 AS is_missing FROM found
      UNION ALL
      SELECT claim, NULL, NULL, NULL, masks, NULL, NULL, NULL, NULL, NULL, NULL,
             claimed, 1, why, 1
      FROM missing
      UNION ALL
      SELECT claim, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             claimed, 1, why, 2
      FROM (SELECT 'latency' AS claim, 1.75 AS claimed,
                   'whole inference, prompt and decoding: not in these results'
                   AS why
            UNION ALL
            SELECT 'energy', 1.5,
                   'whole inference, prompt and decoding: not in these results'
            UNION ALL
            SELECT 'accuracy', 0.36, 'accuracy of tasks: not in these results'))
ORDER BY claim, is_missing, model, accuracy <> 'within 5 %', plan, masks DESC,
         equal DESC, clock, rival, number;
