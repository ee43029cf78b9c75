-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much faster than the dense machine, and for how much less energy, is a whole
-- inference?  Every machine on the plan that suits it: 2:4 on fixed-2-4, 4:8 on
-- the others; port_bytes and scan are rows of all machines of a line.
--
-- closed_ms is a decoding step by closed forms: sums and maxima of bytes over the
-- rate of the memory (JEDEC's peak, times the share that a mapping reaches, times what
-- refresh leaves) and of clocks that units need; nothing of it is seen of time.
-- Operators on the array that follow one another are a stretch; attention is one, with
-- its softmax.  A stretch takes
--
--   the clocks of its loads or, if they are more, its passes, and those of the
--   vector operators before it whose operands are all on chip; or, if it is more,
--   its bytes over the rate, and of those vector operators what is longer than the
--   staging (256 KiB) takes to fill, as then the memory stands still.
--
-- A vector operator or scan that reads from memory or writes to it takes its
-- bytes over the rate and its own clocks, one after the other: what it writes is the
-- next in the memory's list, and nothing overtakes.
--
-- off_percent is how much longer the simulated step is.
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
           v."generate" - 1 AS steps,
           r.bytes_s / 1e3 AS bytes_ms, m.clock_mhz * 1e3 AS clocks_ms,
           262144 / r.bytes_s * 1e3 AS staging_ms
    FROM v_inference AS v
    JOIN machines AS m USING (machine_hash)
    JOIN rate AS r USING (memory)
), operator AS (
    SELECT inference, operator,
           kind IN ('linear', 'product') OR name = 'softmax' AS on_array,
           sum((block = 'channel') * value) AS bytes,
           sum((block = 'channel' AND counter IN ('weights', 'head')) * value)
               AS weights,
           sum((block = 'weight_loader' AND counter = 'load_clocks') * value)
               AS loads,
           sum((block = 'controller' AND counter = 'passes') * value) AS passes,
           sum((block IN ('vector_unit', 'scan_unit')
                AND counter = 'busy_clocks') * value) AS units,
           sum((block = 'merged') * value) AS runs -- blocks x steps
    FROM operator_counters
    JOIN operator_results USING (inference, operator)
    WHERE phase = 'decoding'
    GROUP BY inference, operator
), begun AS (
    SELECT *, NOT on_array AND lag(on_array, 1, 0) OVER (
               PARTITION BY inference ORDER BY operator) AS begins
    FROM operator
), placed AS (
    SELECT *, sum(begins) OVER (PARTITION BY inference ORDER BY operator)
               AS stretch
    FROM begun
), stretch AS (
    SELECT p.inference, sum(o.weights) AS weights, max(o.runs) AS runs,
           sum(on_array * (max(o.loads, o.passes) + o.units)) / p.clocks_ms
               AS array_ms,
           sum(on_array * o.bytes) / p.bytes_ms AS memory_ms,
           sum((NOT on_array AND o.bytes = 0) * o.units) / p.clocks_ms
               AS units_ms,
           sum((NOT on_array AND o.bytes > 0)
               * (o.bytes / p.bytes_ms + o.units / p.clocks_ms)) AS alone_ms
    FROM point AS p
    JOIN placed AS o USING (inference)
    GROUP BY p.inference, o.stretch
), closed AS (
    SELECT inference, sum(weights) AS weights,
           sum(alone_ms
               + max(array_ms + units_ms,
                     memory_ms + max(0, units_ms - runs * p.staging_ms))) AS ms
    FROM stretch
    JOIN point AS p USING (inference)
    GROUP BY inference
), step AS (
    SELECT p.*, c.weights / p.steps / 1e6 AS weights_mb,
           c.ms / p.steps AS closed_ms
    FROM point AS p
    JOIN closed AS c USING (inference)
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
       round(p.closed_ms, 3) AS closed_ms,
       round(100 * (p.ms / p.closed_ms - 1), 2) AS off_percent
FROM step AS p
JOIN dense AS d USING (model, memory, code, port_bytes, scan, prompt, batch)
ORDER BY p.model, p.memory, p.code, p.port_bytes, p.scan, p.prompt, p.batch,
         p.machine;
