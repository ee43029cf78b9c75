-- SPDX-License-Identifier: GPL-3.0-or-later
-- The paper's three claims, put to the results that are here: reached or not?
--
-- :machine  the machine that the claims are about; flexcim unless said
--
-- A row is a claim under one condition, of one model, against one rival; no row
-- is the best of several that answer different questions: of linear layers with
-- several numbers of tokens, each has rows of its own.  A machine with a buffer
-- that holds anything (v_machine) has no price, and is left out; so is a whole
-- inference whose weights lie on the chip, whose area has no room for them.
--   scope      of latency and energy, linear layers: the pruned ones alone, each
--              cold; prompt, or decoding: of whole inferences, why says which; of
--              accuracy, perplexity or tasks
--   plan       common: the quickest plan of :machine, that both ran; own best: each
--              its own quickest plan (for energy: the one of least energy), within
--              5 % only, as of any it would be the worst
--   masks      free, or agreeing: outputs that share selects
--   accuracy   within 5 %: of plans at most 5 % above the dense perplexity on the
--              same rows; any: of all plans
--   equal      multipliers: machines as they are, and not decided unless they have
--              as many; area: time x area, of a whole inference that with vector
--              unit, scan unit, engine and state store (v_machine.whole_mm2).  What
--              resident weights of linear layers lie in is in no area: it goes
--              with the model, and pruning makes it less
--   clock      equal: of the same clock; own: each at the fastest its gates allow
--              (linear layers only: in an inference the memory has a clock, too)
-- number is how many times less time or energy :machine takes; how much lower (0.36:
-- 36 %) the perplexity of flow is than that of uniform patterns at the same
-- sparsity, or how much higher its share of right answers.  from .. to is its band:
-- of energy and of an inference's time all ends alike in both; of answers two
-- standard errors of the difference.  without_leakage is what number is of energies
-- less what leaks on either chip.
WITH mine AS (SELECT coalesce(:machine, 'flexcim') AS machine),
-- What a machine took for a plan: all linear layers, a prompt, or a token.
taken AS MATERIALIZED (
    SELECT 'linear layers' AS scope,
           CASE WHEN min(tokens) OVER (PARTITION BY model_hash)
                     < max(tokens) OVER (PARTITION BY model_hash)
                THEN printf('%s token%s; ', tokens,
                            CASE tokens WHEN 1 THEN '' ELSE 's' END)
                ELSE '' END AS setting, model, model_hash, plan_hash,
           trace_hash, machine, machine_hash, cycles * 1.0 AS clocks, NULL AS soon,
           NULL AS late, energy_nj AS energy, leakage_nj AS leakage,
           quiet_cheap_nj AS e1,
           quiet_dear_nj AS e2, busy_cheap_nj AS e3, busy_dear_nj AS e4
    FROM v_priced
    UNION ALL
    SELECT s.scope,
           printf('%d + %d tokens, %d sequence%s, %s; ', i.prompt, i."generate",
                  i.batch, CASE i.batch WHEN 1 THEN '' ELSE 's' END, i.memory),
           i.model, i.model_hash, i.plan_hash, i.trace_hash, i.machine,
           i.machine_hash,
           h.clock_mhz * CASE s.scope WHEN 'prompt' THEN i.time_to_first_token_ms
                         ELSE i.ms_per_token END,
           h.clock_mhz * CASE s.scope WHEN 'prompt'
                         THEN i.time_to_first_token_ms_low
                         ELSE i.ms_per_token_low END,
           h.clock_mhz * CASE s.scope WHEN 'prompt'
                         THEN i.time_to_first_token_ms_high
                         ELSE i.ms_per_token_high END,
           CASE s.scope WHEN 'prompt' THEN i.prompt_uj ELSE i.uj_per_token END,
           CASE s.scope WHEN 'prompt' THEN i.prompt_leakage_uj
           ELSE i.leakage_uj_per_token END,
           CASE s.scope WHEN 'prompt' THEN i.prompt_uj_low
           ELSE i.uj_per_token_low END,
           CASE s.scope WHEN 'prompt' THEN i.prompt_uj_high
           ELSE i.uj_per_token_high END, NULL, NULL
    FROM (SELECT *, row_number() OVER (
                      PARTITION BY trace_hash, machine_hash, prompt, "generate",
                                   batch
                      ORDER BY ended_utc DESC, inference) AS age
          FROM v_inference
          WHERE memory <> 'resident') AS i
    JOIN machines AS h ON h.machine_hash = i.machine_hash
    JOIN (SELECT 'prompt' AS scope UNION ALL SELECT 'decoding') AS s
      ON s.scope = 'prompt' OR i."generate" > 1
    WHERE i.age = 1
), run AS MATERIALIZED (
    SELECT t.*,
           iif(t.scope = 'linear layers', m.area_mm2, m.whole_mm2) AS area_mm2,
           m.fastest_clock_mhz, h.clock_mhz, h.multipliers,
           CASE WHEN q.agreement > 1 THEN 'agreeing' ELSE 'free' END AS masks,
           w.word || coalesce(printf(' %g %%', 100 * q.sparsity_asked), '')
               AS plan_name,
           v.perplexity <= 1.05 * v.dense_perplexity AS is_near
    FROM taken AS t
    JOIN machines AS h USING (machine_hash)
    JOIN plans AS q ON q.plan_hash = t.plan_hash
    JOIN v_plan AS w ON w.plan_hash = t.plan_hash
    LEFT JOIN v_machine AS m
           ON m.machine_hash = t.machine_hash AND m.cost_table = 'base'
    LEFT JOIN v_perplexity AS v ON v.plan_hash = t.plan_hash
    WHERE coalesce(m.unlimited, 0) = 0
), asked AS (
    SELECT a.accuracy, k.masks, w.what
    FROM (SELECT 'within 5 %' AS accuracy UNION ALL SELECT 'any') AS a,
         (SELECT 'free' AS masks UNION ALL SELECT 'agreeing') AS k,
         (SELECT 'latency' AS what UNION ALL SELECT 'energy') AS w
), best AS (
    SELECT r.*, a.accuracy, a.what, row_number() OVER (
               PARTITION BY r.model_hash, r.machine, r.scope, r.setting,
                            a.accuracy, a.masks, a.what
               ORDER BY CASE a.what WHEN 'latency' THEN r.clocks
                        ELSE r.energy END, r.trace_hash) AS place
    FROM run AS r
    JOIN asked AS a
      ON a.masks = r.masks AND (a.accuracy = 'any' OR r.is_near)
), pair AS (
    SELECT 'common' AS plan, a.plan_name AS plan_names, a.*, b.machine AS rival,
           b.clocks AS clocks_b, b.soon AS soon_b, b.late AS late_b,
           b.area_mm2 AS area_b, b.multipliers AS multipliers_b,
           b.clock_mhz AS clock_b, b.fastest_clock_mhz AS fastest_b,
           b.energy AS energy_b, b.energy - b.leakage AS dry_b, b.e1 AS f1, b.e2 AS f2, b.e3 AS f3, b.e4 AS f4
    FROM best AS a
    JOIN run AS b
      ON b.trace_hash = a.trace_hash AND b.scope = a.scope
     AND b.setting = a.setting
    WHERE a.place = 1 AND a.machine = (SELECT machine FROM mine)
      AND b.machine <> a.machine
    UNION ALL
    SELECT 'own best', a.plan_name || ', ' || b.plan_name, a.*, b.machine,
           b.clocks, b.soon, b.late, b.area_mm2, b.multipliers, b.clock_mhz,
           b.fastest_clock_mhz, b.energy, b.energy - b.leakage, b.e1, b.e2, b.e3, b.e4
    FROM best AS a
    JOIN best AS b
      ON b.model_hash = a.model_hash AND b.what = a.what AND b.place = 1
     AND b.scope = a.scope AND b.setting = a.setting
     AND b.accuracy = a.accuracy AND b.masks = a.masks
    WHERE a.place = 1 AND a.accuracy = 'within 5 %' AND b.machine <> a.machine
      AND a.machine = (SELECT machine FROM mine)
), ratio AS (
    SELECT p.*, e.equal,
           CASE WHEN k.clock = 'equal' AND p.clock_mhz <> p.clock_b
                     AND p.scope <> 'linear layers'
                THEN printf('%g and %g MHz', p.clock_mhz, p.clock_b)
                ELSE k.clock END AS at_clock,
           CASE e.equal WHEN 'area' THEN p.area_b / p.area_mm2 ELSE 1.0 END
           * CASE WHEN k.clock = 'own' THEN p.fastest_clock_mhz / p.fastest_b
                  WHEN p.scope <> 'linear layers' THEN p.clock_mhz / p.clock_b
                  ELSE 1.0 END AS by
    FROM pair AS p
    JOIN (SELECT 'multipliers' AS equal UNION ALL SELECT 'area') AS e
      ON p.what = 'latency' OR e.equal = 'multipliers'
    JOIN (SELECT 'equal' AS clock UNION ALL SELECT 'own') AS k
      ON p.what = 'latency' AND p.scope = 'linear layers' OR k.clock = 'equal'
), alike AS ( -- plans that differ in the choice of patterns alone
    SELECT f.plan_hash, u.plan_hash AS rival_hash
    FROM plans AS f
    JOIN v_plan AS v USING (plan_hash)
    JOIN plans AS u ON u.model_hash = f.model_hash AND u.method = 'uniform'
    JOIN v_plan AS w ON w.plan_hash = u.plan_hash
    WHERE f.method = 'flow'
      AND substr(w.word, length(w.base) + 1) = substr(v.word, length(v.base) + 1)
      AND instr(w.base, '+unstructured') > 0 = instr(v.base, '+unstructured') > 0
      AND json_extract(u.parameters, '$.calibration.hash')
          IS json_extract(f.parameters, '$.calibration.hash')
), found AS (
    SELECT what AS claim, scope, model, rival, plan, masks, accuracy, equal,
           at_clock AS clock,
           CASE what WHEN 'energy' THEN energy_b / energy
                ELSE by * clocks_b / clocks END AS number,
           CASE what WHEN 'energy' THEN
               min(energy_b / energy, f1 / e1, f2 / e2,
                   coalesce(f3 / e3, f1 / e1), coalesce(f4 / e4, f1 / e1))
                ELSE by * min(clocks_b / clocks, soon_b / soon, late_b / late)
                END AS low,
           CASE what WHEN 'energy' THEN
               max(energy_b / energy, f1 / e1, f2 / e2,
                   coalesce(f3 / e3, f1 / e1), coalesce(f4 / e4, f1 / e1))
                ELSE by * max(clocks_b / clocks, soon_b / soon, late_b / late)
                END AS high,
           CASE what WHEN 'energy' THEN dry_b / (energy - leakage) END AS dry,
           CASE what WHEN 'energy' THEN 1.5 ELSE 1.75 END AS claimed,
           equal <> 'multipliers' OR multipliers = multipliers_b AS is_fair,
           setting || plan_names AS why
    FROM ratio
    UNION ALL
    SELECT 'accuracy', 'perplexity', f.model, 'uniform', 'same sparsity',
           CASE WHEN a.agreement > 1 THEN 'agreeing' ELSE 'free' END, 'any',
           NULL, NULL, 1 - f.perplexity / u.perplexity, NULL, NULL, NULL, 0.36,
           1,
           printf('at %g %%, ', 100 * f.sparsity_asked)
           || CASE f.weight_update WHEN 'none' THEN 'weights as they are'
              ELSE 'weights updated (' || f.weight_update || ')' END
           || ': ' || round(f.perplexity, 2) || ' beside '
           || round(u.perplexity, 2)
           || coalesce(', dense ' || round(f.dense_perplexity, 2), '')
    FROM v_perplexity AS f
    JOIN plans AS a ON a.plan_hash = f.plan_hash
    JOIN v_perplexity AS u
      ON u.model_hash = f.model_hash AND u.method = 'uniform'
     AND u.sparsity_asked = f.sparsity_asked AND u.measured = f.measured
    JOIN plans AS b
      ON b.plan_hash = u.plan_hash AND b.agreement = a.agreement
    JOIN alike AS k ON k.plan_hash = f.plan_hash AND k.rival_hash = u.plan_hash
    WHERE f.method = 'flow'
    UNION ALL
    SELECT 'accuracy', 'tasks', f.model, 'uniform', 'same sparsity',
           CASE WHEN a.agreement > 1 THEN 'agreeing' ELSE 'free' END, 'any',
           NULL, NULL, f.acc / u.acc - 1,
           (f.acc - 2 * sqrt(f.acc_error * f.acc_error
                             + u.acc_error * u.acc_error)) / u.acc - 1,
           (f.acc + 2 * sqrt(f.acc_error * f.acc_error
                             + u.acc_error * u.acc_error)) / u.acc - 1,
           NULL, 0.36, 1,
           printf('at %g %%, ', 100 * f.sparsity_asked)
           || CASE f.weight_update WHEN 'none' THEN 'weights as they are'
              ELSE 'weights updated (' || f.weight_update || ')' END
           || printf(': %.3f beside %.3f of %d answers right in %s', f.acc,
                     u.acc, f.questions, f.tasks)
           || CASE WHEN f.dense_acc IS NULL THEN ''
              ELSE printf(', dense %.3f', f.dense_acc) END
    FROM v_accuracy AS f
    JOIN plans AS a ON a.plan_hash = f.plan_hash
    JOIN v_accuracy AS u
      ON u.model_hash = f.model_hash AND u.method = 'uniform'
     AND u.sparsity_asked = f.sparsity_asked AND u.tasks_hash = f.tasks_hash
     AND u.longest = f.longest AND u.arithmetic = f.arithmetic
    JOIN plans AS b
      ON b.plan_hash = u.plan_hash AND b.agreement = a.agreement
    JOIN alike AS k ON k.plan_hash = f.plan_hash AND k.rival_hash = u.plan_hash
    WHERE f.method = 'flow'
), lacking (claim, claimed, scope, masks, accuracy, what, makes) AS (
    SELECT 'accuracy', 0.36, s.scope, k.masks, 'any',
           s.what || ' of flow and uniform at one sparsity',
           CASE k.masks WHEN 'free'
           THEN 'flexcim run CHECKPOINT --tokens FILE --methods flow,uniform'
                || iif(s.scope = 'tasks', ' --accuracy', '')
           ELSE 'flexcim select TRACE --method METHOD --sparsity 0.5'
                || ' --agreement 32 -o PLAN; flexcim '
                || iif(s.scope = 'tasks', 'accuracy CHECKPOINT --tasks',
                       'perplexity CHECKPOINT --tokens')
                || ' FILE --plan PLAN, for both' END
    FROM (SELECT 'perplexity' AS scope, 'perplexities' AS what
          UNION ALL SELECT 'tasks', 'answers') AS s,
         (SELECT 'free' AS masks UNION ALL SELECT 'agreeing') AS k
    UNION ALL
    SELECT a.what, CASE a.what WHEN 'energy' THEN 1.5 ELSE 1.75 END, s.scope,
           a.masks, a.accuracy,
           iif(s.scope = 'linear layers', 'replays', 'whole inferences')
           || ' of a plan' || iif(a.masks = 'free', '', ' whose outputs agree')
           || iif(a.accuracy = 'any', '', ' within 5 % of the dense perplexity')
           || ' on ' || machine || ' and a rival'
           || iif(s.scope <> 'linear layers'
                  AND EXISTS (SELECT 1 FROM inferences
                              WHERE memory = 'resident'),
                  ' (those with weights on the chip are left out)', ''),
           CASE a.masks WHEN 'free'
           THEN 'flexcim run CHECKPOINT --tokens FILE'
                || iif(a.accuracy = 'any', '',
                       ' --sparsity 0.3 --methods block-error+sparsegpt')
                || ' --machines ' || machine || ',dense'
                || iif(s.scope = 'linear layers', '', ' --infer')
           ELSE 'flexcim select TRACE'
                || iif(a.accuracy = 'any', ' --sparsity 0.5', ' --sparsity 0.3'
                       || ' --method block-error --update sparsegpt')
                || ' --agreement 32 -o PLAN; flexcim prune CHECKPOINT'
                || ' --plan PLAN -o SPARSE; flexcim '
                || iif(s.scope = 'linear layers', 'replay', 'infer')
                || ' SPARSE --machine ' || machine || ',dense'
                || iif(a.accuracy = 'any', '', '; flexcim perplexity CHECKPOINT'
                       || ' --tokens FILE --plan PLAN') END
    FROM mine, asked AS a,
         (SELECT 'linear layers' AS scope UNION ALL SELECT 'prompt'
          UNION ALL SELECT 'decoding') AS s
), missing AS (
    SELECT claim, claimed, scope, masks, accuracy,
           printf('missing: %s; %s', what, makes) AS why
    FROM lacking AS c
    WHERE NOT EXISTS (SELECT 1 FROM found AS f
                      WHERE f.claim = c.claim AND f.scope = c.scope
                        AND f.masks = c.masks
                        AND (c.accuracy = 'any' OR f.accuracy = c.accuracy))
      -- Where nothing is there at all, one row says it.
      AND (c.accuracy = 'any'
           OR EXISTS (SELECT 1 FROM found AS f
                      WHERE f.claim = c.claim AND f.scope = c.scope
                        AND f.masks = c.masks))
)
SELECT claim, scope,
       CASE WHEN number IS NULL OR NOT is_fair THEN 'not decided'
            WHEN round(coalesce(low, number), 9) >= claimed THEN 'reached'
            WHEN round(coalesce(high, number), 9) < claimed THEN 'not reached'
            ELSE 'not decided' END AS verdict,
       round(number, 3) AS number, round(low, 3) AS "from",
       round(high, 3) AS "to", round(dry, 3) AS without_leakage, claimed, rival,
       model, plan, masks, accuracy, equal, clock,
       CASE WHEN is_missing THEN why
            WHEN NOT is_fair THEN 'the machines differ in multipliers; ' || why
            WHEN number IS NULL THEN 'area or clock is not known; ' || why
            WHEN round(low, 9) < claimed AND round(high, 9) >= claimed
            THEN 'the claim lies within the band; ' || why
            ELSE why END AS why
FROM (SELECT *, 0 AS is_missing FROM found
      UNION ALL
      SELECT claim, scope, NULL, NULL, NULL, masks, accuracy, NULL, NULL, NULL,
             NULL, NULL, NULL, claimed, 1, why, 1
      FROM missing)
ORDER BY claim,
         CASE scope WHEN 'perplexity' THEN 0 WHEN 'linear layers' THEN 0
         WHEN 'tasks' THEN 1 WHEN 'prompt' THEN 1 ELSE 2 END,
         is_missing, model, accuracy <> 'within 5 %', plan, masks DESC,
         equal DESC, clock, rival, why;
