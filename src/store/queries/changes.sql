-- SPDX-License-Identifier: GPL-3.0-or-later
-- What changed between two versions of the program?
--
-- :before  version to compare with; the one that ran last before :after unless
--          said
-- :after   version to look at; the one that ran last unless said
--
-- Runs are the same if model, method with its parameters, asked sparsity, tokens
-- and machine's name are; `why` tells which inputs are not.
WITH versions AS (
    SELECT version, max(ended_utc) AS last FROM runs GROUP BY version
), newer AS (
    SELECT coalesce(:after, (SELECT version FROM versions
                             ORDER BY last DESC LIMIT 1)) AS version
), older AS (
    SELECT coalesce(:before, (SELECT version FROM versions
                              WHERE version <> (SELECT version FROM newer)
                              ORDER BY last DESC LIMIT 1)) AS version
)
SELECT model, method, sparsity_asked AS asked, machine, before, after,
       cycles_before, cycles_after, round(100 * change, 2) AS "change %",
       nullif(trim(CASE WHEN changed_plan THEN 'plan ' ELSE '' END
                   || CASE WHEN changed_trace THEN 'trace ' ELSE '' END
                   || CASE WHEN changed_machine THEN 'machine' ELSE '' END), '')
           AS why
FROM v_change
WHERE before = (SELECT version FROM older)
  AND after = (SELECT version FROM newer)
ORDER BY model, sparsity_asked, sparsity_reached, method, machine, run_before;
