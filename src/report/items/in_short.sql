-- SPDX-License-Identifier: GPL-3.0-or-later
-- In short
@NAMES@, compared AS (
    SELECT n.model, c.model_hash, c.plan_hash, c.method, c.sparsity_asked, c.perplexity, c.machine,
           c.cycles, c.run, h.machine AS on_machine, c.tokens,
           (SELECT s.speed_up
            FROM v_speed_up AS s JOIN runs AS b ON b.run = s.rival_run
            WHERE s.run = c.run AND s.rival = 'dense'
            ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up
    FROM v_comparison AS c
    JOIN model_name AS n USING (model_hash)
    JOIN machine_name AS h USING (machine_hash)
), said AS (
    SELECT 0 AS place, n.model, 0 AS asked,
           printf('Asked: %s pruned by %s, in %d %s, on %s.', n.model,
                  (SELECT group_concat(share, ', ')
                   FROM (SELECT DISTINCT printf('%g %%', 100 * sparsity_asked) AS share
                         FROM plans AS p
                         WHERE p.model_hash = n.model_hash AND sparsity_asked > 0
                         ORDER BY sparsity_asked)),
                  count(DISTINCT c.plan_hash),
                  CASE count(DISTINCT c.plan_hash) WHEN 1 THEN 'plan'
                                                   ELSE 'plans' END,
                  CASE WHEN count(DISTINCT c.machine) > 6
                       THEN count(DISTINCT c.machine) || ' machines'
                       ELSE (SELECT group_concat(machine, ', ')
                             FROM (SELECT DISTINCT machine FROM compared AS m
                                   WHERE m.model_hash = n.model_hash
                                     AND m.sparsity_asked > 0
                                   ORDER BY machine)) END) AS sentence
    FROM compared AS c
    JOIN model_name AS n USING (model_hash)
    WHERE c.sparsity_asked > 0
    GROUP BY n.model_hash
    UNION ALL
    SELECT 1 AS place, model, 0 AS asked,
           printf('%s as it is: perplexity %.2f on %d %s of ‘%s’.', model,
                  dense_perplexity, "rows",
                  CASE "rows" WHEN 1 THEN 'row' ELSE 'rows' END, tensor) AS sentence
    FROM (SELECT n.model, v.* FROM v_perplexity AS v
          JOIN model_name AS n USING (model_hash)
          WHERE dense_perplexity IS NOT NULL
          GROUP BY v.model_hash, v.measured)
    UNION ALL
    SELECT 2, model, asked,
           printf('%s pruned by %g %%: the lowest perplexity%s is %.2f (%s).',
                  model, 100 * asked,
                  CASE others WHEN 1 THEN ''
                       ELSE printf(' on %d %s of ‘%s’', "rows",
                                   CASE "rows" WHEN 1 THEN 'row' ELSE 'rows' END,
                                   tensor) END,
                  perplexity, method)
    FROM (SELECT n.model, v.sparsity_asked AS asked, v.method, v."rows", v.tensor,
                 count(*) OVER (PARTITION BY v.model_hash, v.sparsity_asked)
                     AS others,
                 min(v.perplexity) AS perplexity
          FROM v_perplexity AS v
          JOIN model_name AS n USING (model_hash)
          JOIN plans AS p USING (plan_hash)
          WHERE v.perplexity IS NOT NULL AND v.sparsity_asked > 0
            AND instr(p.text, '"unstructured":true') = 0 -- no machine runs it
          GROUP BY v.model_hash, v.sparsity_asked, v.measured)
    UNION ALL
    SELECT 3, model, asked,
           printf('%s pruned by %g %%: the fewest cycles%s are %d (%s on %s%s%s).',
                  model, 100 * asked, of_tokens, cycles, method, on_machine,
                  CASE ties WHEN 1 THEN ''
                            ELSE printf(', and %d more', ties - 1) END,
                  CASE WHEN speed_up IS NULL OR machine = 'dense' THEN ''
                       ELSE printf('; ‘dense’ takes %.2f times as many', speed_up)
                  END)
    FROM (SELECT model, sparsity_asked AS asked, method, machine, on_machine,
                 cycles, speed_up,
                 CASE WHEN min(tokens) OVER a < max(tokens) OVER a
                      THEN printf(' of %s tokens', tokens) ELSE '' END AS of_tokens,
                 count(*) OVER (PARTITION BY model_hash, sparsity_asked, tokens,
                                             cycles) AS ties,
                 row_number() OVER (PARTITION BY model_hash, sparsity_asked, tokens
                                    ORDER BY cycles, perplexity, machine, run)
                     AS place
          FROM compared
          WHERE sparsity_asked > 0
          WINDOW a AS (PARTITION BY model_hash, sparsity_asked))
    WHERE place = 1
    UNION ALL
    SELECT 4, model, asked,
           printf('%s pruned by %g %%: the least energy%s is about %.0f µJ, %.0f '
                  || 'to %.0f, %.0f of it leakage (%s on %s).', model,
                  100 * asked, of_tokens, energy_nj / 1000,
                  quiet_cheap_nj / 1000, busy_dear_nj / 1000, leakage_nj / 1000,
                  method, machine)
    FROM (SELECT n.model, e.sparsity_asked AS asked, e.method, h.machine,
                 e.energy_nj, e.quiet_cheap_nj, e.busy_dear_nj, e.leakage_nj,
                 CASE WHEN min(e.tokens) OVER a < max(e.tokens) OVER a
                      THEN printf(' of %s tokens', e.tokens) ELSE '' END
                     AS of_tokens,
                 row_number() OVER (PARTITION BY e.model_hash, e.sparsity_asked,
                                                 e.tokens
                                    ORDER BY e.energy_nj, h.machine, e.run)
                     AS place
          FROM v_priced AS e
          JOIN model_name AS n USING (model_hash)
          JOIN machine_name AS h USING (machine_hash)
          WHERE e.sparsity_asked > 0 AND e.energy_nj IS NOT NULL
          WINDOW a AS (PARTITION BY e.model_hash, e.sparsity_asked))
    WHERE place = 1
    UNION ALL
    SELECT 5, '', 0,
           CASE count(*) FILTER (WHERE outputs_verified = 1) WHEN count(*)
           THEN printf('Replays: %d; in each, every output was equal to the '
                       || 'integer product.', count(*))
           ELSE printf('Replays: %d; in %d of them every output was compared with '
                       || 'the integer product, and was equal.', count(*),
                       count(*) FILTER (WHERE outputs_verified = 1))
           END
    FROM v_run
    WHERE status = 'done'
    HAVING count(*) > 0
    UNION ALL
    SELECT 5, '', 0, printf('Experiment ‘%s’: %d points done; %d of them no other '
                            || 'beats in time, energy, area and perplexity.',
                            experiment, count(*), sum(on_front))
    FROM v_priced_point
    GROUP BY experiment_hash
    HAVING count(*) > 1
    UNION ALL
    SELECT 6, '', 0, printf('Replays that did not finish: %d.', count(*))
    FROM runs
    WHERE status <> 'done'
    HAVING count(*) > 0
)
SELECT sentence
FROM said
ORDER BY model = '', model, asked, place
LIMIT 24;
