-- SPDX-License-Identifier: GPL-3.0-or-later
-- Commands
--
-- Those that wrote these results, with the program's version, the compiler, the libraries as loaded and the
-- computer.
SELECT (SELECT group_concat(value, ' ') FROM json_each(i.arguments)) AS command,
       (SELECT count(*) FROM runs AS r
        WHERE r.invocation = i.invocation) AS runs,
       (SELECT count(*) FROM perplexities AS p
        WHERE p.invocation = i.invocation) AS perplexities,
       i.started_utc, i.ended_utc, i.version, i.compiler,
       (SELECT group_concat("key" || ' ' || value, ', ')
        FROM json_each(i.libraries)) AS libraries, i.host, i.workers
FROM invocations AS i
WHERE EXISTS (SELECT 1 FROM runs AS r WHERE r.invocation = i.invocation)
   OR EXISTS (SELECT 1 FROM perplexities AS p WHERE p.invocation = i.invocation)
ORDER BY i.started_utc, i.invocation;
