-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is a set of patterns worth, within the same limit?
--
-- Limits are shares of what the dense model takes: cycles, bytes (of weights,
-- metadata and selects), or cycles x area of the macro without buffers.  merged:
-- whether the machine whose cycles they are adds all sub-macros for every output,
-- or as many as a layer needs (of bytes it does not matter: any).  gain:
-- by how many per cent the perplexity is below the better of the two sets with
-- one M (M = 8, M = 16), of the same calibration draw; least and most over draws.
WITH plan AS (
    SELECT p.plan_hash, p.trace_hash, p.model_hash, m.name AS model,
           CASE WHEN p.text LIKE '%"1:2"%' AND p.text LIKE '%"4:12"%'
                THEN 'all'
                WHEN p.text LIKE '%"1:2"%' THEN 'powers of two'
                WHEN p.text LIKE '%"4:12"%' THEN 'N = 4'
                WHEN p.text LIKE '%"6:16"%' THEN 'M = 16'
                WHEN p.method = 'uniform' THEN 'uniform'
                ELSE 'M = 8' END AS offered,
           json_extract(p.parameters, '$.budget.unit') AS unit,
           json_extract(p.parameters, '$.budget.limit') AS most,
           p.sparsity_reached AS sparsity
    FROM plans AS p
    JOIN models AS m USING (model_hash)
), ran AS (
    SELECT r.plan_hash, r.machine, r.cycles, a.macros_mm2,
           CASE WHEN r.machine LIKE '%adaptive%' THEN 'as needed' ELSE 'all' END
               AS merged
    FROM v_latest_run AS r
    JOIN v_machine AS a
      ON a.machine_hash = r.machine_hash AND a.cost_table = 'base'
    WHERE r.machine IN ('small', 'small-reach-8', 'small-adaptive',
                        'small-adaptive-reach-8')
), dense AS (
    SELECT p.model, r.merged, r.cycles, r.macros_mm2,
           (SELECT sum(y.inputs * y.outputs) FROM layers AS y
            WHERE y.model_hash = p.model_hash) AS bytes
    FROM plan AS p
    JOIN ran AS r ON r.plan_hash = p.plan_hash
                 AND r.machine IN ('small', 'small-adaptive')
    WHERE p.sparsity = 0 AND p.offered = 'uniform'
), perplexity AS (
    SELECT plan_hash, "rows", perplexity,
           row_number() OVER (PARTITION BY plan_hash ORDER BY "rows" DESC)
               AS place
    FROM perplexities
    WHERE tensor = 'test' AND arithmetic = 'f32' AND plan_hash IS NOT NULL
), point AS (
    SELECT p.model, p.trace_hash, p.offered, 'any' AS merged, 'bytes' AS limit_of,
           round(p.most * 1.0 / d.bytes, 2) AS share, q."rows", q.perplexity
    FROM plan AS p
    JOIN dense AS d USING (model)
    JOIN perplexity AS q ON q.plan_hash = p.plan_hash AND q.place = 1
    WHERE p.unit = 'bytes'
    UNION
    SELECT p.model, p.trace_hash, p.offered, r.merged, w.limit_of,
           round(p.most * CASE w.limit_of WHEN 'cycles' THEN 1.0
                          ELSE r.macros_mm2 / d.macros_mm2 END
                 / d.cycles, 2),
           q."rows", q.perplexity
    FROM plan AS p
    JOIN ran AS r ON r.plan_hash = p.plan_hash
    JOIN dense AS d ON d.model = p.model AND d.merged = r.merged
    JOIN perplexity AS q ON q.plan_hash = p.plan_hash AND q.place = 1
    JOIN (SELECT 'cycles' AS limit_of UNION SELECT 'cycles x area') AS w
    WHERE p.unit = 'cycles'
), gain AS (
    SELECT t.*, (SELECT min(o.perplexity) FROM point AS o
                 WHERE o.model = t.model AND o.trace_hash = t.trace_hash
                   AND o.merged = t.merged
                   AND o.limit_of = t.limit_of AND o.share = t.share
                   AND o.offered IN ('M = 8', 'M = 16')) AS one_m
    FROM point AS t
)
SELECT model, limit_of, merged, share, offered, count(*) AS draws, "rows",
       round(min(perplexity), 2) AS least, round(max(perplexity), 2) AS most,
       round(min(100 * (1 - perplexity / one_m)), 1) AS gain_least,
       round(max(100 * (1 - perplexity / one_m)), 1) AS gain_most
FROM gain
-- What only the wider selectors were asked for is the other question's limit.
WHERE EXISTS (SELECT 1 FROM point AS o
              WHERE o.model = gain.model AND o.merged = gain.merged
                AND o.limit_of = gain.limit_of
                AND o.share = gain.share AND o.offered = 'M = 8')
GROUP BY model, limit_of, merged, share, offered
ORDER BY model, limit_of, merged, share, offered;
