-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much faster than the dense machine, and for how much less energy, is a whole
-- inference?  Every machine on the plan that suits it: 2:4 on fixed-2-4, 4:8 on
-- the others; port_bytes and scan are rows of all machines of a line.
--
-- least_ms is a decoding step by closed forms, which no order of work could beat:
-- what moves over the rate of the memory (JEDEC's peak, times the share that a mapping
-- reaches, times what refresh leaves), or, if that is more, the array with the units
-- that it waits for: of each operator the clocks of its loads, or its passes.  over_percent is how much longer the simulated step is.
WITH rate(memory, bytes_s) AS (
    VALUES ('lpddr5-6400', 51.2e9 * 0.989 * (1 - 326.5 / 3906)),
           ('ddr5-6400', 51.2e9 * 0.999 * (1 - 331.3 / 3900)),
           ('hbm3', 819.2e9 * 0.915 * (1 - 390 / 3900.0))
), point AS (
    SELECT v.inference, v.model, v.memory,
           CASE WHEN m.text LIKE '%code: bitmap%' THEN 'bitmap'
                WHEN m.text LIKE '%code: enumerated%' THEN 'enumerated'
                ELSE 'cell' END AS code,
           CASE WHEN m.text LIKE '%port_bytes: 2048%' THEN 2048 ELSE 128 END
               AS port_bytes,
           CASE WHEN m.text LIKE '%fused: no%' THEN 'apart' ELSE 'fused' END
               AS scan,
           v.prompt, v.batch, v.machine, v.time_to_first_token_ms AS first_ms,
           v.ms_per_token AS ms, v.uj_per_token AS uj,
           v."generate" - 1 AS steps, m.clock_mhz
    FROM v_inference AS v
    JOIN machines AS m USING (machine_hash)
), operator AS (
    SELECT inference, operator,
           sum((block = 'channel') * value) AS bytes,
           sum((block = 'channel' AND counter IN ('weights', 'head')) * value)
               AS weights,
           sum((block = 'weight_loader' AND counter = 'load_clocks') * value)
               AS loads,
           sum((block = 'controller' AND counter = 'passes') * value) AS passes,
           sum((block IN ('vector_unit', 'scan_unit')
                AND counter = 'busy_clocks') * value) AS units
    FROM operator_counters
    JOIN operator_results USING (inference, operator)
    WHERE phase = 'decoding'
    GROUP BY inference, operator
), step AS (
    SELECT p.*, sum(o.weights) / p.steps / 1e6 AS weights_mb,
           max(sum(o.bytes) / r.bytes_s * 1e3,
               sum(max(o.loads, o.passes) + o.units)
                   / p.clock_mhz / 1e3) / p.steps AS least_ms
    FROM point AS p
    JOIN rate AS r USING (memory)
    JOIN operator AS o USING (inference)
    GROUP BY p.inference
), dense AS (
    SELECT * FROM step WHERE machine = 'dense'
)
SELECT p.model, p.memory, p.code, p.port_bytes, p.scan, p.prompt, p.batch,
       p.machine, round(p.first_ms, 2) AS first_token_ms,
       round(p.ms, 3) AS ms_per_token, round(p.uj / 1e3, 3) AS mj_per_token,
       round(p.weights_mb, 1) AS weights_mb,
       round(d.first_ms / p.first_ms, 3) AS prompt_speed_up,
       round(d.ms / p.ms, 3) AS decoding_speed_up,
       round(d.uj / p.uj, 3) AS energy_gain,
       round(p.least_ms, 3) AS least_ms,
       round(100 * (p.ms / p.least_ms - 1), 2) AS over_percent
FROM step AS p
JOIN dense AS d USING (model, memory, code, port_bytes, scan, prompt, batch)
ORDER BY p.model, p.memory, p.code, p.port_bytes, p.scan, p.prompt, p.batch,
         p.machine;
