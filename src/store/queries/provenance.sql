-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who made each run, from what, with which program, when and where?
SELECT r.run, v.model, v.method, v.machine, r.status, r.version,
       (SELECT group_concat(value, ' ') FROM json_each(i.arguments)) AS command,
       i.compiler, i.libraries, i.host, i.workers, r.seed, r.started_utc,
       r.ended_utc, t.path AS trace, r.trace_hash, v.plan_hash, r.machine_hash
FROM runs AS r
JOIN v_run AS v USING (run)
JOIN invocations AS i ON i.invocation = r.invocation
JOIN traces AS t ON t.trace_hash = r.trace_hash
ORDER BY r.started_utc, r.run;
