-- SPDX-License-Identifier: GPL-3.0-or-later
-- Decoding, batch by context
--
-- How many times faster one machine’s decoding step is than another’s, for so many
-- sequences at once and so long a prompt, on the same memory.  Where keys and values
-- of many sequences outweigh the weights, pruned weights help little.  At most four
-- pairs are shown, first those with the machine ‘dense’.
@NAMES@, each AS (
    SELECT n.model || ': ' || h.machine || ' over ' || d.machine || ', '
               || v.memory AS panel, v.batch,
           v.prompt, v.decoding_speed_up, v.trace_hash, v.rival = 'dense' AS usual,
           row_number() OVER (
               PARTITION BY v.trace_hash, i.machine_hash, r.machine_hash,
                            v.batch, v.prompt
               ORDER BY i.ended_utc DESC, v."generate" DESC, i.inference) AS age
    FROM v_inference_speed_up AS v
    JOIN inferences AS i USING (inference)
    JOIN inferences AS r ON r.inference = v.rival_inference
    JOIN model_name AS n ON n.model_hash = i.model_hash
    JOIN machine_name AS h ON h.machine_hash = i.machine_hash
    JOIN machine_name AS d ON d.machine_hash = r.machine_hash
    WHERE i.machine_hash <> r.machine_hash AND v.machine <> 'dense'
      AND (v.rival = 'dense' OR v.decoding_speed_up >= 1)
      AND r.memory = i.memory AND v.decoding_speed_up IS NOT NULL
), shown AS (
    SELECT panel, trace_hash, dense_rank() OVER (
               ORDER BY max(usual) DESC, count(*) DESC, panel, trace_hash) AS place
    FROM each WHERE age = 1 GROUP BY panel, trace_hash
)
SELECT e.panel, dense_rank() OVER (PARTITION BY e.panel ORDER BY e.batch)
           AS row,
       dense_rank() OVER (PARTITION BY e.panel ORDER BY e.prompt) AS place,
       e.batch, e.prompt, avg(e.decoding_speed_up) AS speed_up
FROM each AS e
JOIN shown AS s USING (panel, trace_hash)
WHERE e.age = 1 AND s.place <= 4
GROUP BY e.panel, e.batch, e.prompt
ORDER BY e.panel, e.batch, e.prompt;
