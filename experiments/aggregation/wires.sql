-- SPDX-License-Identifier: GPL-3.0-or-later
-- What do sums apart cost in energy, and how much of it is lines?
--
-- A prompt; uj: of the layers; lines: of sums from the macros to the banks, each as
-- long as the machine's side; output_buffer: with these lines, banks, adders and the
-- fifo; merge: adders, registers and multiplexers behind the trees.
WITH ran AS (
    SELECT p.run, p.model, p.pattern, p.machine, g.side_um
    FROM v_point AS p
    JOIN v_pitch AS g
      ON g.machine_hash = p.machine_hash AND g.cost_table = 'base'
    WHERE p.experiment = 'aggregation' AND p.tokens = 512
      AND p.pattern IN ('4:8', '2:8')
      AND p.model IN ('Llama-2-7B', 'Mamba-2.8B', 'ragged')
), line AS (
    SELECT r.run, sum(t.counted_nj) * r.side_um AS lines_nj
    FROM ran AS r
    JOIN v_energy_term AS t ON t.run = r.run
    WHERE t.cost_table = 'base' AND t.block = 'output_buffer'
      AND t.name = 'lines from macros'
    GROUP BY r.run
), block AS (
    SELECT r.run, sum(b.energy_nj) AS all_nj,
           sum((b.block = 'output_buffer') * b.energy_nj) AS output_nj,
           sum((b.block = 'merge') * b.energy_nj) AS merge_nj
    FROM ran AS r
    JOIN v_energy_block AS b ON b.run = r.run
    WHERE b.cost_table = 'base'
    GROUP BY r.run
)
SELECT r.model, r.pattern, r.machine, round(b.all_nj / 1000, 1) AS uj,
       round(l.lines_nj / 1000, 2) AS lines,
       round(b.output_nj / 1000, 1) AS output_buffer,
       round(b.merge_nj / 1000, 2) AS merge
FROM ran AS r
JOIN line AS l USING (run)
JOIN block AS b USING (run)
ORDER BY r.model, r.pattern DESC, r.machine;
