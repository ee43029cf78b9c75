-- SPDX-License-Identifier: GPL-3.0-or-later
-- What changed between two versions of the program?
--
-- :before  version to compare with; the one that ran last before :after unless
--          said
-- :after   version to look at; the one that ran last unless said
--
-- Runs are the same if model, method with its parameters, asked sparsity and
-- machine's name are; `why` tells which inputs are not.
WITH versions AS (
    SELECT version, max(ended_utc) AS last FROM runs GROUP BY version
), after AS (
    SELECT coalesce(:after, (SELECT version FROM versions
                             ORDER BY last DESC LIMIT 1)) AS version
), before AS (
    SELECT coalesce(:before, (SELECT version FROM versions
                              WHERE version <> (SELECT version FROM after)
                              ORDER BY last DESC LIMIT 1)) AS version
), each AS (
    SELECT v.*, p.parameters, row_number() OVER (
               PARTITION BY v.version, v.model_hash, v.method, p.parameters,
                            p.weight_update, p.agreement, v.sparsity_asked,
                            v.machine
               ORDER BY v.ended_utc DESC, v.run) AS age,
           p.weight_update || p.agreement AS how
    FROM v_run AS v
    LEFT JOIN plans AS p USING (plan_hash)
    WHERE v.status = 'done'
)
SELECT b.model, b.method, b.sparsity_asked AS asked, b.machine,
       b.version AS before, a.version AS after,
       b.cycles AS cycles_before, a.cycles AS cycles_after,
       round(100.0 * (a.cycles - b.cycles) / b.cycles, 2) AS "change %",
       nullif(trim(CASE WHEN a.plan_hash IS NOT b.plan_hash THEN 'plan ' ELSE '' END
                   || CASE WHEN a.trace_hash <> b.trace_hash THEN 'trace '
                           ELSE '' END
                   || CASE WHEN a.machine_hash <> b.machine_hash THEN 'machine'
                           ELSE '' END), '') AS why
FROM each AS b
JOIN each AS a
  ON a.model_hash = b.model_hash AND a.method IS b.method
 AND a.parameters IS b.parameters AND a.how IS b.how
 AND a.sparsity_asked IS b.sparsity_asked AND a.machine = b.machine
WHERE b.version = (SELECT version FROM before)
  AND a.version = (SELECT version FROM after) AND a.age = 1 AND b.age = 1
ORDER BY b.model, b.sparsity_asked, b.sparsity_reached, b.method, b.machine,
         b.run;
