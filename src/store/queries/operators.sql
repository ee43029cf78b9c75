-- SPDX-License-Identifier: GPL-3.0-or-later
-- Where do a whole inference's clocks, bytes and joules go, operator by operator?
--
-- :traces    JSON array of hashes of traces; all traces unless said
-- :machines  JSON array of machine hashes; all machines unless said
-- :prompt, :generate, :batch  all unless said
-- :version   of the program that ran it; the newest unless said
SELECT o.model, o.pattern, o.machine, o.phase, o.name AS operator, o.kind,
       o.clocks, o.bound, o.merged, o.weight_bytes AS weights, o.head_bytes AS head,
       o.embedding_bytes AS embedding, o.key_bytes AS keys,
       o.reread_bytes AS reread, o.state_bytes AS state,
       o.activation_bytes AS activations,
       round(o.energy_uj, 3) AS energy_uj, round(o.array_uj, 3) AS array_uj,
       round(o.buffers_uj + o.cell_writes_uj, 3) AS buffers_uj,
       round(o.vector_uj + o.scan_uj + o.engine_uj, 3) AS units_uj,
       round(o.moving_uj, 3) AS moving_uj,
       round(o.standing_by_uj, 3) AS standing_by_uj,
       round(o.leakage_uj, 3) AS leakage_uj
FROM v_operator AS o
JOIN (SELECT inference, row_number() OVER (
                 PARTITION BY trace_hash, machine_hash, prompt, "generate",
                              batch
                 ORDER BY ended_utc DESC, inference) AS age
      FROM inferences
      WHERE edge = 'middle' AND version = coalesce(:version, version)
        AND (:traces IS NULL
             OR trace_hash IN (SELECT value FROM json_each(:traces)))
        AND (:machines IS NULL
             OR machine_hash IN (SELECT value FROM json_each(:machines)))
        AND prompt = coalesce(:prompt, prompt)
        AND "generate" = coalesce(:generate, "generate")
        AND batch = coalesce(:batch, batch)) AS i
  ON i.inference = o.inference AND i.age = 1
ORDER BY o.model, o.pattern, o.prompt, o."generate", o.batch, o.machine, o.inference,
         o.operator;
