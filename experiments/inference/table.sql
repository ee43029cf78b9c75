-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much faster than the dense machine, and for how much less energy, is a whole
-- inference?  Every machine on the plan that suits it: 2:4 on fixed-2-4, 4:8 on
-- the others; port_bytes and scan are rows of all machines of a line.
WITH point AS (
    SELECT v.model, v.memory,
           CASE WHEN m.text LIKE '%code: bitmap%' THEN 'bitmap'
                WHEN m.text LIKE '%code: enumerated%' THEN 'enumerated'
                ELSE 'cell' END AS code,
           CASE WHEN m.text LIKE '%port_bytes: 2048%' THEN 2048 ELSE 128 END
               AS port_bytes,
           CASE WHEN m.text LIKE '%fused: no%' THEN 'apart' ELSE 'fused' END
               AS scan,
           v.prompt, v.batch, v.machine, v.time_to_first_token_ms AS first_ms,
           v.ms_per_token AS ms, v.uj_per_token AS uj,
           (SELECT sum(o.weight_bytes + o.head_bytes) FROM v_operator AS o
            WHERE o.inference = v.inference AND o.phase = 'decoding')
               / (v."generate" - 1) / 1e6 AS weights_mb
    FROM v_inference AS v
    JOIN machines AS m USING (machine_hash)
), dense AS (
    SELECT * FROM point WHERE machine = 'dense'
)
SELECT p.model, p.memory, p.code, p.port_bytes, p.scan, p.prompt, p.batch,
       p.machine, round(p.first_ms, 2) AS first_token_ms,
       round(p.ms, 3) AS ms_per_token, round(p.uj / 1e3, 3) AS mj_per_token,
       round(p.weights_mb, 1) AS weights_mb,
       round(d.first_ms / p.first_ms, 3) AS prompt_speed_up,
       round(d.ms / p.ms, 3) AS decoding_speed_up,
       round(d.uj / p.uj, 3) AS energy_gain
FROM point AS p
JOIN dense AS d USING (model, memory, code, port_bytes, scan, prompt, batch)
ORDER BY p.model, p.memory, p.code, p.port_bytes, p.scan, p.prompt, p.batch,
         p.machine;
