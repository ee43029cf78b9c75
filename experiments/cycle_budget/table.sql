-- SPDX-License-Identifier: GPL-3.0-or-later
-- What does the best plan within the cycles of a uniform pattern cost?
--
-- Dense is left out throughout: nothing has a lower perplexity.
-- beaten: whether its perplexity is under that of every uniform N:8 that takes as
-- many cycles or fewer; `same` if the plan is one of them.
-- as_many: how many uniform N:8 take as many cycles or more, and above: how many
-- of those have a higher perplexity all the same.
WITH one AS (
    SELECT r.model, r.model_hash, r.machine, r.machine_hash, r.cycles,
           v.perplexity, v."rows",
           (SELECT CASE WHEN l.n = l.m THEN 'dense'
                        ELSE l.n || ':' || l.m END
            FROM plan_layers AS l WHERE l.plan_hash = r.plan_hash LIMIT 1)
               AS pattern
    FROM v_latest_run AS r
    JOIN v_perplexity AS v USING (plan_hash)
    WHERE r.method = 'uniform'
), chosen AS (
    SELECT r.machine, r.machine_hash, r.model_hash, r.cycles,
           r.sparsity_reached, v.perplexity,
           json_extract(p.parameters, '$.budget.limit') AS most
    FROM v_latest_run AS r
    JOIN plans AS p USING (plan_hash)
    JOIN v_perplexity AS v USING (plan_hash)
    WHERE json_extract(p.parameters, '$.budget.unit') = 'cycles'
      AND json_extract(p.parameters, '$.budget.of') LIKE r.machine || ',%'
)
SELECT o.model, o.machine, o.pattern AS uniform, o.cycles, o."rows",
       round(o.perplexity, 2) AS perplexity, c.cycles AS plan_cycles,
       round(c.sparsity_reached, 3) AS plan_sparsity,
       round(c.perplexity, 2) AS plan_perplexity,
       CASE WHEN c.perplexity < min(n.perplexity) THEN 'yes'
            WHEN c.perplexity = min(n.perplexity) THEN 'same'
            ELSE 'no' END AS beaten,
       (SELECT count(*) FROM one AS m
        WHERE m.machine_hash = o.machine_hash AND m.model_hash = o.model_hash
          AND m.cycles >= o.cycles AND m.pattern <> 'dense') AS as_many,
       (SELECT count(*) FROM one AS m
        WHERE m.machine_hash = o.machine_hash AND m.model_hash = o.model_hash
          AND m.cycles >= o.cycles AND m.pattern <> 'dense'
          AND m.perplexity > c.perplexity) AS above
FROM one AS o
JOIN chosen AS c
  ON c.machine_hash = o.machine_hash AND c.model_hash = o.model_hash
 AND c.most = o.cycles
JOIN one AS n
  ON n.machine_hash = o.machine_hash AND n.model_hash = o.model_hash
 AND n.cycles <= o.cycles AND n.pattern <> 'dense'
WHERE o.pattern <> 'dense'
GROUP BY o.model, o.machine, o.pattern
ORDER BY o.model, o.machine, o.cycles DESC, o.pattern DESC;
