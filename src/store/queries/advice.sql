-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which plan would one take, how sure is that, and what would buy more?
--
-- :plans     JSON array of plan hashes; all plans unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :tokens :tensor :rows  what the perplexity (f32) is of; as v_perplexity chooses
--            unless said
-- :version   of the program that made the runs and that perplexity; the newest
--            unless said
--
-- Perplexities of one model and sparsity asked for are compared, the lower being
-- better: those on the same rows in the same arithmetic that most plans have.  What
-- draws of calibration rows did to a method is that of the question `draws`.
WITH asked_for AS MATERIALIZED (
    SELECT p.model_hash, p.plan_hash, w.base, p.weight_update, w.word AS method,
           p.sparsity_asked AS asked, p.sparsity_reached AS reached,
           v.perplexity, v.measured
    FROM plans AS p
    JOIN v_plan AS w USING (plan_hash)
    JOIN (
@measured@
) AS v USING (plan_hash)
    WHERE (:plans IS NULL
           OR p.plan_hash IN (SELECT value FROM json_each(:plans)))
      AND p.sparsity_asked IS NOT NULL AND p.sparsity_reached > 0
      AND json_extract(p.text, '$.mask.unstructured') IS NULL -- no machine runs it
), usual AS ( -- what most plans were measured on
    SELECT model_hash, asked, measured
    FROM (SELECT *, row_number() OVER (PARTITION BY model_hash, asked
                                       ORDER BY count(*) DESC, measured) AS place
          FROM asked_for WHERE perplexity IS NOT NULL
          GROUP BY model_hash, asked, measured)
    WHERE place = 1
), ranked AS (
    SELECT m.name AS model, a.*,
           row_number() OVER best AS place,
           lead(method) OVER best AS next_method,
           lead(perplexity) OVER best AS next_perplexity
    FROM (SELECT *, row_number() OVER (PARTITION BY model_hash, asked, method
                                       ORDER BY perplexity, plan_hash) AS draw
          FROM asked_for JOIN usual USING (model_hash, asked, measured)
          WHERE perplexity IS NOT NULL) AS a
    JOIN models AS m USING (model_hash)
    WHERE draw = 1 -- the best of each method's
    WINDOW best AS (PARTITION BY a.model_hash, asked
                    ORDER BY perplexity, method, plan_hash)
), took AS MATERIALIZED ( -- each layer of each run, and what it took
    SELECT m.name AS model, h.name AS machine, a.asked, l.run,
           r.machine_hash, l.model_hash, l.layer, l.tokens, l.cycles,
           l.n, l.m, l.run_as_n, l.run_as_m
    FROM asked_for AS a
    JOIN models AS m USING (model_hash)
    JOIN traces AS t ON t.plan_hash = a.plan_hash
    JOIN (SELECT *, row_number() OVER (
                      PARTITION BY trace_hash, machine_hash
                      ORDER BY ended_utc DESC, run) AS age
          FROM runs
          WHERE status = 'done' AND version = coalesce(:version, version)) AS r
      ON r.trace_hash = t.trace_hash AND r.age = 1
    JOIN machines AS h ON h.machine_hash = r.machine_hash
    JOIN layer_results AS l ON l.run = r.run
    WHERE (:machines IS NULL
           OR h.machine_hash IN (SELECT value FROM json_each(:machines)))
), no_faster AS ( -- than the densest pattern that took no more for that layer
    SELECT model, machine, asked, n, m, as_n, as_m,
           count(DISTINCT layer) AS layers -- once, however many plans have it so
    FROM (SELECT l.*, l.run_as_n AS as_n, l.run_as_m AS as_m
          FROM took AS l WHERE l.n * l.run_as_m < l.run_as_n * l.m
          UNION ALL
          SELECT model, machine, asked, run, machine_hash, model_hash, layer,
                 tokens, cycles, n, m, run_as_n, run_as_m, as_n, as_m
          FROM (SELECT l.*, x.n AS as_n, x.m AS as_m, max(x.n * 1.0 / x.m)
                FROM took AS l
                JOIN (SELECT DISTINCT machine_hash, model_hash, layer, tokens,
                             n, m, cycles
                      FROM took) AS x
                  USING (machine_hash, model_hash, layer, tokens)
                WHERE l.n * l.run_as_m = l.run_as_n * l.m
                  AND l.n * x.m < x.n * l.m AND x.cycles <= l.cycles
                GROUP BY l.run, l.layer))
    GROUP BY model, machine_hash, asked, n, m, as_n, as_m
), said AS (
    SELECT 1 AS place, r.model, r.asked,
           printf('%s at %g %%: %s has the lowest perplexity, %.2f%s.%s', r.model,
                  100 * r.asked, r.method, perplexity,
                  CASE WHEN next_method IS NULL THEN ''
                       ELSE printf(', %s next, %.2f (%.1f %% more)', next_method,
                                   next_perplexity,
                                   100 * (next_perplexity / perplexity - 1)) END,
                  CASE WHEN d.draws > 1 THEN
                       printf(' Other calibration rows moved it by %.1f %% (%d '
                              || 'draws).', d.apart, d.draws)
                       ELSE ' By how much other calibration rows would move it '
                            || 'was not tried (--draw).' END) AS sentence
    FROM ranked AS r
    LEFT JOIN (SELECT model_hash, word, sparsity_asked AS asked,
                      max(draws) AS draws, 100 * max(apart) AS apart
               FROM (
@drawn@
) GROUP BY 1, 2, 3) AS d
      ON d.model_hash = r.model_hash AND d.word = r.method AND d.asked = r.asked
    WHERE r.place = 1
    UNION ALL
    SELECT 2, model, asked,
           printf('%s at %g %%: new values for the kept weights (%s) take %s '
                  || 'from %.2f to %.2f.', model, 100 * asked, weight_update, base,
                  without, perplexity)
    FROM (SELECT u.*, w.perplexity AS without,
                 row_number() OVER (PARTITION BY u.model_hash, u.asked
                                    ORDER BY u.perplexity, u.method) AS rank
          FROM ranked AS u
          JOIN ranked AS w
            ON w.model_hash = u.model_hash AND w.asked = u.asked
           AND w.method = u.base
          WHERE u.weight_update <> 'none')
    WHERE rank = 1
    UNION ALL
    SELECT 2, model, asked,
           printf('%s at %g %%: the kept weights are as they were; new values '
                  || 'for them often buy the most (--methods %s+sparsegpt).',
                  model, 100 * asked, base)
    FROM ranked AS r
    WHERE place = 1
      AND NOT EXISTS (SELECT 1 FROM ranked AS u
                      WHERE u.model_hash = r.model_hash AND u.asked = r.asked
                        AND u.weight_update <> 'none')
    UNION ALL
    SELECT 3, model, asked,
           printf('%s at %g %%: %s %s %g %%, not what was asked for.',
                  model, 100 * asked, methods,
                  CASE count WHEN 1 THEN 'reaches' ELSE 'reach' END,
                  round(100 * reached, 2))
    FROM (SELECT model, asked, max(reached) AS reached, count(*) AS count,
                 group_concat(method, ', ') AS methods
          FROM (SELECT DISTINCT model, model_hash, asked, method,
                       round(reached, 4) AS reached
                FROM ranked
                WHERE abs(reached - asked) > 0.001
                ORDER BY method)
          GROUP BY model_hash, asked, reached)
    UNION ALL
    SELECT 4, model, asked,
           printf('%s at %g %%: %s took no fewer cycles than %s in %s; there the '
                  || 'sparser pattern buys none.', model, 100 * asked, pattern,
                  dense_as, group_concat(where_so, ', '))
    FROM (SELECT model, asked, pattern, dense_as,
                 printf(CASE row_number() OVER pair WHEN 1 THEN
                        CASE layers WHEN 1 THEN '%d layer on %s'
                                    ELSE '%d layers on %s' END
                        ELSE '%d on %s' END, layers, machine) AS where_so,
                 dense_rank() OVER (PARTITION BY model, asked
                                    ORDER BY total DESC, pattern, dense_as)
                     AS place -- of the pair of patterns: the commonest is said
          FROM (SELECT model, asked, machine, layers, n || ':' || m AS pattern,
                       CASE WHEN as_n = as_m THEN 'dense'
                            ELSE as_n || ':' || as_m END AS dense_as,
                       sum(layers) OVER (PARTITION BY model, asked, n, m, as_n,
                                                      as_m) AS total
                FROM no_faster
                WHERE machine <> 'dense')
          WINDOW pair AS (PARTITION BY model, asked, pattern, dense_as
                          ORDER BY machine)
          ORDER BY model, asked, pattern, dense_as, machine)
    WHERE place = 1
    GROUP BY model, asked
)
SELECT model, asked, sentence
FROM said
ORDER BY model, asked, place, sentence;
