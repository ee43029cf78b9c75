-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The questions that people ask most, as views.  Their names and columns stay;
-- tables may change under them.  In a view a model, a plan's method and a
-- machine go by name, and their hashes stand at the end of the row.

-- One row a run: all its layers together.  pattern and run_as are those of the
-- layers, 'mixed' where they differ; tokens likewise.
CREATE VIEW v_run AS
SELECT r.run, r.status, m.name AS model, p.method,
       p.sparsity_asked, p.sparsity_reached,
       CASE WHEN min(l.n * 100 + l.m) < max(l.n * 100 + l.m) THEN 'mixed'
            WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       CASE WHEN min(l.run_as_n * 100 + l.run_as_m)
                 < max(l.run_as_n * 100 + l.run_as_m) THEN 'mixed'
            WHEN l.run_as_n = l.run_as_m THEN 'dense'
            ELSE l.run_as_n || ':' || l.run_as_m END AS run_as,
       CASE WHEN min(l.tokens) < max(l.tokens) THEN 'mixed'
            ELSE l.tokens END AS tokens,
       h.name AS machine,
       count(l.layer) AS layers,
       sum(l.cycles) AS cycles,
       sum(l.compute_cycles) AS compute_cycles,
       sum(l.weight_load_cycles) AS weight_load_cycles,
       sum(l.memory_stall_cycles) AS memory_stall_cycles,
       sum(l.activation_stall_cycles) AS activation_stall_cycles,
       sum(l.output_stall_cycles) AS output_stall_cycles,
       sum(l.drain_cycles) AS drain_cycles,
       sum(l.kept_macs) AS kept_macs,
       -- of all products that could have been made, the share of useful ones
       sum(l.kept_macs) * 1.0 / (sum(l.cycles) * h.multipliers) AS utilisation,
       min(l.outputs_verified) AS outputs_verified,
       sum(l.cycles) / (h.clock_mhz * 1000.0) AS milliseconds,
       r.way, r.seed, r.version, r.started_utc, r.ended_utc, r.reason,
       r.model_hash, t.plan_hash, r.trace_hash, r.machine_hash, r.invocation
FROM runs AS r
JOIN models AS m USING (model_hash)
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash)
LEFT JOIN plans AS p USING (plan_hash)
LEFT JOIN layer_results AS l USING (run)
GROUP BY r.run;

-- Finished runs, the newest of each trace and machine.
CREATE VIEW v_latest_run AS
SELECT *
FROM (SELECT v.*, row_number() OVER (
                 PARTITION BY trace_hash, machine_hash
                 ORDER BY ended_utc DESC, run) AS age
      FROM v_run AS v
      WHERE status = 'done')
WHERE age = 1;

-- One row a layer of a run.
CREATE VIEW v_layer AS
SELECT l.run, m.name AS model, h.name AS machine, y.decoder_block,
       l.layer, y.name, l.tokens, y.inputs, y.outputs,
       CASE WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       CASE WHEN l.run_as_n = l.run_as_m THEN 'dense'
            ELSE l.run_as_n || ':' || l.run_as_m END AS run_as,
       l.cycles, l.compute_cycles, l.weight_load_cycles, l.memory_stall_cycles,
       l.activation_stall_cycles, l.output_stall_cycles, l.drain_cycles,
       l.kept_macs,
       l.kept_macs * 1.0 / (l.cycles * h.multipliers) AS utilisation,
       l.outputs_verified, l.merged, r.status, r.way, r.version,
       r.model_hash, t.plan_hash, r.trace_hash, r.machine_hash
FROM layer_results AS l
JOIN runs AS r USING (run)
JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
JOIN models AS m ON m.model_hash = r.model_hash
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash);

-- One row a counter, layer and run, with its unit.
CREATE VIEW v_counter AS
SELECT v.run, l.model, l.machine, l.decoder_block, l.layer, l.name,
       v.block, v.counter, v.value, c.unit, c.description
FROM counter_values AS v
JOIN counters AS c USING (block, counter)
JOIN v_layer AS l ON l.run = v.run AND l.layer = v.layer;

-- One row a plan: how it was made, in one word, as `flexcim run --methods` takes it.
-- base is the part of it that says how patterns were chosen; what follows, if
-- anything, is a plus and what was done about the weights.
-- Views may not look into JSON, but the texts are written without blanks.
CREATE VIEW v_plan AS
SELECT plan_hash, model_hash, base
       || CASE WHEN instr(text, '"statistics":"sequential"')
                AND (weight_update = 'none' OR weight_update LIKE '%-dense')
               THEN '+sequential' ELSE '' END
       || CASE WHEN instr(parameters, '"aware":true') THEN '+aware' ELSE '' END
       || CASE WHEN instr(parameters, '"permute":{') THEN '+permute' ELSE '' END
       || CASE WHEN instr(text, '"propagate":0') OR instr(text, '"propagate":1')
               THEN '+propagate' ELSE '' END
       || CASE WHEN weight_update = 'reconstruct' AND mask_score = 'sparsegpt'
               THEN '+refit' ELSE '' END
       || CASE weight_update WHEN 'none' THEN '' ELSE '+' || weight_update END
       AS word, base
FROM (SELECT *, method
             || CASE WHEN instr(parameters, '"released":true') THEN '+released'
                     ELSE '' END
             || CASE WHEN instr(parameters, '"mixed":true') THEN '+mixed'
                     ELSE '' END
             || CASE WHEN instr(text, '"unstructured":true')
                     THEN '+unstructured' ELSE '' END AS base
      FROM plans);

-- One row a perplexity that was measured: of several versions of the program, the
-- latest run's.  plan_hash is NULL for the checkpoint as it came.
CREATE VIEW v_latest_perplexity AS
SELECT model_hash, plan_hash, tokens_hash, tensor, "rows", arithmetic, perplexity
FROM (SELECT p.*, row_number() OVER (
                 PARTITION BY model_hash, plan_hash, tokens_hash, tensor, "rows",
                              arithmetic
                 ORDER BY i.started_utc DESC, p.version) AS place
      FROM perplexities AS p
      JOIN invocations AS i USING (invocation))
WHERE place = 1;

-- One row a plan: its perplexity (that on a tensor called test, in f32, over most
-- rows, the newest: in this order) beside the dense one on the same rows in the
-- same arithmetic.  A plan that prunes nothing is dense.  Perplexities can only be
-- compared where `measured`, which says on what rows in what arithmetic, is the same.
CREATE VIEW v_perplexity AS
WITH each AS (
    SELECT p.plan_hash, q.*, i.started_utc
    FROM plans AS p
    JOIN (SELECT model_hash, plan_hash AS of_plan, tokens_hash, tensor, "rows",
                 arithmetic, version, perplexity, invocation
          FROM perplexities) AS q
      ON q.model_hash = p.model_hash
     AND (q.of_plan = p.plan_hash
          OR q.of_plan IS NULL AND p.sparsity_reached = 0)
    JOIN invocations AS i USING (invocation)
), best AS (
    SELECT *, row_number() OVER (
               PARTITION BY plan_hash
               ORDER BY tensor = 'test' DESC, arithmetic = 'f32' DESC,
                        "rows" DESC, started_utc DESC, tokens_hash, tensor,
                        arithmetic, version) AS place
    FROM each
)
SELECT m.name AS model, p.method, p.weight_update, p.sparsity_asked,
       p.sparsity_reached, b.perplexity,
       (SELECT d.perplexity
        FROM v_latest_perplexity AS d
        WHERE d.model_hash = b.model_hash AND d.plan_hash IS NULL
          AND d.tokens_hash = b.tokens_hash AND d.tensor = b.tensor
          AND d."rows" = b."rows" AND d.arithmetic = b.arithmetic)
           AS dense_perplexity,
       b.tensor, b."rows", b.arithmetic, b.version,
       p.model_hash, p.plan_hash, b.tokens_hash,
       b.tokens_hash || ' ' || b.tensor || ' ' || b."rows" || ' ' || b.arithmetic
           AS measured
FROM plans AS p
JOIN models AS m USING (model_hash)
LEFT JOIN best AS b ON b.plan_hash = p.plan_hash AND b.place = 1;

-- One row a plan and set of questions: its accuracy (in f32 if there is that, of the
-- latest start of the program), that of the model as it is, and how many answers
-- only one of both has right.
CREATE VIEW v_accuracy AS
WITH each AS (
    SELECT a.*, i.started_utc, row_number() OVER (
               PARTITION BY a.model_hash, a.plan_hash, a.tasks_hash, a.longest
               ORDER BY a.arithmetic = 'f32' DESC, i.started_utc DESC,
                        a.arithmetic, a.version) AS place
    FROM accuracies AS a
    JOIN invocations AS i USING (invocation)
)
SELECT m.name AS model, coalesce(p.method, 'dense') AS method,
       coalesce(p.weight_update, 'none') AS weight_update, p.sparsity_asked,
       coalesce(p.sparsity_reached, 0) AS sparsity_reached, e.tasks, e.questions,
       e.acc, e.acc_error, e.acc_norm, e.acc_norm_error,
       d.acc AS dense_acc, d.acc_norm AS dense_acc_norm, e.arithmetic, e.version,
       e.model_hash, e.plan_hash, e.tasks_hash, e.longest, e.answered,
       e.answered_norm
FROM each AS e
JOIN models AS m USING (model_hash)
LEFT JOIN plans AS p ON p.plan_hash = e.plan_hash
LEFT JOIN each AS d
       ON d.model_hash = e.model_hash AND d.plan_hash IS NULL
      AND d.tasks_hash = e.tasks_hash AND d.longest = e.longest AND d.place = 1
WHERE e.place = 1;

-- One row a plan and machine: accuracy and cycles side by side.
CREATE VIEW v_comparison AS
SELECT r.model, r.method, q.weight_update, r.sparsity_asked, r.sparsity_reached,
       q.perplexity, q.dense_perplexity, q."rows" AS perplexity_rows,
       r.machine, r.cycles, r.milliseconds, r.utilisation, r.way, r.version, r.run,
       r.model_hash, r.plan_hash, r.trace_hash, r.machine_hash, r.tokens, q.measured
FROM v_latest_run AS r
LEFT JOIN v_perplexity AS q USING (plan_hash);

-- One row a run and a rival: both had the same trace and program.
CREATE VIEW v_speed_up AS
SELECT a.model, a.method, a.sparsity_asked, a.sparsity_reached,
       a.machine, b.machine AS rival, a.cycles, b.cycles AS rival_cycles,
       b.cycles * 1.0 / a.cycles AS speed_up, a.run, b.run AS rival_run
FROM v_latest_run AS a
JOIN v_latest_run AS b
  ON b.trace_hash = a.trace_hash AND b.version = a.version;

-- One row a run and category: where the cycles went.
CREATE VIEW v_where AS
SELECT run, model, method, sparsity_asked, machine, category, spent AS cycles,
       spent * 1.0 / cycles AS share
FROM (SELECT *, 'compute' AS category, compute_cycles AS spent FROM v_run
      UNION ALL
      SELECT *, 'weight load', weight_load_cycles FROM v_run
      UNION ALL
      SELECT *, 'memory stall', memory_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'activation stall', activation_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'output stall', output_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'drain', drain_cycles FROM v_run);

-- One row a plan and layer.
CREATE VIEW v_pattern AS
SELECT m.name AS model, p.method, p.sparsity_asked, p.sparsity_reached,
       y.decoder_block, y.layer, y.name,
       CASE WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       l.score, l.reason, p.plan_hash, p.model_hash
FROM plan_layers AS l
JOIN plans AS p USING (plan_hash)
JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
JOIN models AS m ON m.model_hash = p.model_hash;

-- One row a point of an experiment and version of the program that ran it, with its
-- run: the newest that is done, else one that failed or is under way.  is_newest of
-- those of all versions, and of a point that nobody ran.  An exploration leaves
-- points under way that it found worse than others.
CREATE VIEW v_version_point AS
SELECT e.name AS experiment, e.kind, p.point, m.name AS model, q.method,
       q.sparsity_asked, q.sparsity_reached,
       coalesce(r.pattern, w.pattern) AS pattern, r.run_as,
       coalesce(r.tokens, w.tokens) AS tokens,
       h.name AS machine, p.settings, coalesce(r.status, 'not begun') AS status, r.layers, r.cycles,
       r.milliseconds, r.utilisation, h.multipliers, r.reason, r.version,
       r.run, t.model_hash, t.plan_hash, p.trace_hash, p.machine_hash,
       p.experiment AS experiment_hash, coalesce(r.age, 1) = 1 AS is_newest
FROM experiment_points AS p
JOIN experiments AS e USING (experiment)
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash)
JOIN models AS m USING (model_hash)
LEFT JOIN plans AS q USING (plan_hash)
LEFT JOIN (SELECT *, row_number() OVER (
                      PARTITION BY trace_hash, machine_hash, version
                      ORDER BY status = 'done' DESC, ended_utc DESC, run)
                      AS place,
                  row_number() OVER (
                      PARTITION BY trace_hash, machine_hash
                      ORDER BY status = 'done' DESC, ended_utc DESC, run) AS age
           FROM v_run) AS r
       ON r.trace_hash = p.trace_hash AND r.machine_hash = p.machine_hash
      AND r.place = 1
-- What belongs to the trace, of a point that has no layers, from its other runs.
LEFT JOIN (SELECT trace_hash, max(pattern) AS pattern, max(tokens) AS tokens
           FROM v_run GROUP BY trace_hash) AS w
       ON w.trace_hash = p.trace_hash;

-- One row a point of an experiment: of v_version_point the newest.
CREATE VIEW v_point AS
SELECT experiment, kind, point, model, method, sparsity_asked, sparsity_reached,
       pattern, run_as, tokens, machine, settings, status, layers, cycles,
       milliseconds, utilisation, multipliers, reason, version, run, model_hash,
       plan_hash, trace_hash, machine_hash, experiment_hash
FROM v_version_point
WHERE is_newest;

-- Blocks that stand outside of the macros.
CREATE VIEW v_outside AS
SELECT column1 AS block
FROM (VALUES ('activation_buffer'), ('output_buffer'), ('weight_loader'),
             ('weight_memory'), ('staging'), ('image_decoder'), ('dram'));

-- One row a machine, cost table and block: what stands there.
CREATE VIEW v_area AS
SELECT h.name AS machine, p.block, c.cost_table,
       sum(p.components * c.area_um2) / 1e6 AS area_mm2,
       sum(p.components * c.leakage_nw) / 1e6 AS leakage_mw,
       p.block IN (SELECT block FROM v_outside) AS is_buffer,
       h.machine_hash
FROM machine_parts AS p
JOIN machines AS h USING (machine_hash)
JOIN costs AS c USING (component)
WHERE p.use = 'area' AND c.class <> 'dram'
GROUP BY p.machine_hash, p.block, c.cost_table;

-- One row a machine, cost table and block of what only a whole inference needs, as in
-- v_area.  A layer has no use for it, so it is in no machine's area_mm2.
CREATE VIEW v_unit_area AS
SELECT h.name AS machine, p.block, c.cost_table,
       sum(p.components * c.area_um2) / 1e6 AS area_mm2,
       sum(p.components * c.leakage_nw) / 1e6 AS leakage_mw, h.machine_hash
FROM unit_parts AS p
JOIN machines AS h USING (machine_hash)
JOIN costs AS c USING (component)
WHERE c.class <> 'dram'
GROUP BY p.machine_hash, p.block, c.cost_table;

-- One row a machine and cost table: the side of a cell if all that stands in the
-- macros is shared out and cells are square, and that of the machine as a square.
-- Lines within a macro are as long as the cells that they run past, those between
-- buffers and macros as the machine's side.
CREATE VIEW v_pitch AS
SELECT h.name AS machine, k.cost_table,
       (SELECT sqrt(sum(p.components * c.area_um2) / h.multipliers)
        FROM machine_parts AS p
        JOIN costs AS c
          ON c.cost_table = k.cost_table AND c.component = p.component
        WHERE p.machine_hash = h.machine_hash AND p.use = 'area'
          AND p.block NOT IN (SELECT block FROM v_outside)) AS pitch_um,
       (SELECT sqrt(sum(p.components * c.area_um2))
        FROM machine_parts AS p
        JOIN costs AS c
          ON c.cost_table = k.cost_table AND c.component = p.component
        WHERE p.machine_hash = h.machine_hash AND p.use = 'area') AS side_um,
       h.machine_hash
FROM machines AS h
JOIN costs AS k ON k.component = 'full_adder';

-- One row a machine and cost table: area in all and without buffers, and the
-- clock that its longest path of gates would allow (no wires, no margins).
-- whole_mm2 and whole_leakage_mw are with what only a whole inference needs.
-- unlimited: it has a buffer that holds anything, priced as one of 256 KiB.
CREATE VIEW v_machine AS
SELECT h.name AS machine, a.cost_table, h.multipliers,
       a.area_mm2, a.macros_mm2, a.leakage_mw, h.clock_mhz,
       1e6 / s.path_ps AS fastest_clock_mhz, s.path_ps, s.stage,
       EXISTS (SELECT 1 FROM machine_parts AS u
               WHERE u.machine_hash = h.machine_hash AND u.use = 'area'
                 AND u.name LIKE 'unlimited%') AS unlimited,
       a.area_mm2 + coalesce((SELECT sum(w.area_mm2) FROM v_unit_area AS w
                              WHERE w.machine_hash = h.machine_hash
                                AND w.cost_table = a.cost_table), 0)
           AS whole_mm2,
       a.leakage_mw + coalesce((SELECT sum(w.leakage_mw) FROM v_unit_area AS w
                                WHERE w.machine_hash = h.machine_hash
                                  AND w.cost_table = a.cost_table), 0)
           AS whole_leakage_mw,
       h.machine_hash
FROM machines AS h
JOIN (SELECT machine_hash, cost_table, sum(area_mm2) AS area_mm2,
             sum(CASE WHEN is_buffer THEN 0 ELSE area_mm2 END) AS macros_mm2,
             sum(leakage_mw) AS leakage_mw
      FROM v_area
      GROUP BY machine_hash, cost_table) AS a USING (machine_hash)
LEFT JOIN (SELECT machine_hash, cost_table, stage, max(path_ps) AS path_ps
           FROM (SELECT p.machine_hash, c.cost_table, p.block AS stage,
                        sum(p.components * c.delay_ps) AS path_ps
                 FROM machine_parts AS p
                 JOIN costs AS c USING (component)
                 WHERE p.use = 'path'
                 GROUP BY p.machine_hash, c.cost_table, p.block)
           GROUP BY machine_hash, cost_table) AS s
       USING (machine_hash, cost_table);

-- One row a machine and component of a cost table: what one that stands takes
-- each clock of the machine, in nJ, leakage and the clock's network together, and
-- the share of it that is leakage.
CREATE VIEW v_standing AS
SELECT h.machine_hash, c.cost_table, c.component,
       c.leakage_nw / 1e6 / h.clock_mhz + c.area_um2 / 1e6 * k.energy_fj
           AS clock_nj,
       c.leakage_nw / h.clock_mhz
           / max(c.leakage_nw / h.clock_mhz + c.area_um2 * k.energy_fj, 1e-9)
           AS leaks,
       c.leakage_least AS leaks_least, c.leakage_most AS leaks_most
FROM machines AS h
JOIN costs AS c
JOIN costs AS k
  ON k.cost_table = c.cost_table AND k.component = 'clock_network';

-- One row a machine, cost table and part: what it takes by itself.
--   unit_nj   a count of what it counts, if all of it is spent
--   clock_nj  a clock, of what stands (leakage and the clock's network); of resident
--             weights, leakage of one bit
--   held_um2  one bit of resident weights
-- is_line: the nJ are of a um, and the line is as long as a cell (1) or the
-- machine (2) is wide (v_pitch), or as the memory of resident weights (3).
--   goes_with what its energy goes with; what only stands has `idle`
--   least     what of it the price may be, and most; of leakage leaks_least, _most
--   leaks     the share of clock_nj that is leakage
CREATE VIEW v_rate AS
SELECT p.machine_hash, c.cost_table, p.use, p.block, p.name, p.component,
       p.counter_block, p.counter, p.activity,
       p.block IN (SELECT block FROM v_outside) AS is_memory,
       CASE WHEN p.use = 'area' OR c.class <> 'wire' THEN 0
            WHEN p.use = 'resident' THEN 3
            WHEN p.component = 'bus' THEN 2 ELSE 1 END AS is_line,
       CASE WHEN p.use = 'area' OR p.use = 'resident' AND c.class = 'sram'
            THEN 'idle'
            WHEN c.class IN ('sram', 'dram') THEN c.class
            WHEN p.activity = 'sum' THEN 'product'
            ELSE p.activity END AS goes_with,
       CASE WHEN p.use = 'area' OR p.use = 'resident' AND c.class = 'sram'
            THEN 0.0 ELSE p.components * c.energy_fj / 1e6 END AS unit_nj,
       CASE WHEN p.use = 'area' THEN p.components * s.clock_nj
            WHEN p.use = 'resident' AND c.class = 'sram'
            THEN p.components * s.clock_nj * s.leaks ELSE 0.0 END AS clock_nj,
       CASE WHEN p.use = 'resident' AND c.class = 'sram'
            THEN p.components * c.area_um2 ELSE 0.0 END AS held_um2,
       c.energy_least AS least, c.energy_most AS most,
       CASE p.use WHEN 'area' THEN s.leaks WHEN 'resident' THEN 1.0 ELSE 0.0 END
           AS leaks,
       s.leaks_least, s.leaks_most
FROM machine_parts AS p
CROSS JOIN v_standing AS s
        ON s.machine_hash = p.machine_hash AND s.component = p.component
CROSS JOIN costs AS c
        ON c.cost_table = s.cost_table AND c.component = p.component
WHERE p.use IN ('area', 'energy', 'resident');

-- How far what was spent may lie from what is computed: factors for quiet and busy.
-- Where activity was counted, they are 7 % around it: in 128 tokens of a layer it
-- differs by at most 6.2 % from that in 512 (llama-7m, mamba2-6m; the mean product
-- differs from the product of the means by 0.04 %).  Where it was not, it is taken
-- as 0.25 (half of the input bits change, half of the weights' bits are ones), and
-- may be twice that.
CREATE VIEW v_margin AS
SELECT column1 AS goes_with, column2 AS is_counted, column3 AS quiet,
       column4 AS busy
FROM (VALUES ('input', 1, 0.93, 1.07), ('input', 0, 1.0, 1.4142),
             ('product', 1, 0.93, 1.07), ('product', 0, 1.0, 2.0));

-- One row a layer of a run: with what its counts are weighed.
--   input     share of the input bits that change; product: times the share of the
--             weights' bits that are ones
--   kept      share of the cells' products that have a kept weight
--   held      share of the bits loaded that are other ones: every token block loads
--             all images again, which are held once; so 1 / blocks, a wave of a block
--             having as many vectors as the block has tokens
CREATE VIEW v_layer_weight AS
SELECT l.run, l.layer, r.machine_hash, r.trace_hash,
       a.origin IS 'counted' AS is_counted,
       CASE WHEN a.origin = 'counted' THEN a.input_toggle ELSE 0.5 END AS input,
       CASE WHEN a.origin = 'counted' THEN a.input_toggle * a.weight_ones
            ELSE 0.25 END AS product,
       l.kept_macs * 1.0 / max(l.kept_macs, 1, coalesce(o.value, 0)) AS kept,
       coalesce(e.value * 1.0 / (w.value * l.tokens), 1.0) AS held
FROM layer_results AS l
JOIN runs AS r ON r.run = l.run
LEFT JOIN counter_values AS o
       ON o.run = l.run AND o.layer = l.layer AND o.block = 'sub_macro_array'
      AND o.counter = 'cell_operations'
LEFT JOIN counter_values AS w
       ON w.run = l.run AND w.layer = l.layer AND w.block = 'controller'
      AND w.counter = 'waves'
LEFT JOIN counter_values AS e
       ON e.run = l.run AND e.layer = l.layer AND e.block = 'controller'
      AND e.counter = 'vectors'
LEFT JOIN layer_activities AS a
       ON a.trace_hash = r.trace_hash AND a.layer = l.layer;

-- One row a run, cost table and part of the machine, for what is counted also a
-- layer.  What stands takes clock_nj each clock of the run, what is counted takes
-- counted_nj in all, and of it a share: `at` at the activity of the trace, `quiet`
-- where little happens, `busy` where much does.  All else is as in v_rate.
CREATE VIEW v_energy_term AS
SELECT run, layer, block, name, component, cost_table, machine_hash, trace_hash,
       is_memory, is_line, goes_with, clock_nj, held_um2, counted_nj, at,
       at * quiet AS quiet, at * busy AS busy, least, most, leaks, leaks_least,
       leaks_most
FROM (SELECT l.run, l.layer, p.block, p.name, p.component, p.cost_table,
             l.machine_hash, l.trace_hash, p.is_memory, p.is_line, p.goes_with,
             p.clock_nj * v.value * l.held AS clock_nj,
             p.held_um2 * v.value * l.held AS held_um2,
             p.unit_nj * v.value
                 * CASE p.activity WHEN 'sum' THEN l.kept ELSE 1.0 END
                 AS counted_nj,
             CASE p.goes_with WHEN 'input' THEN l.input
                  WHEN 'product' THEN l.product ELSE 1.0 END AS at,
             coalesce(m.quiet, 1.0) AS quiet, coalesce(m.busy, 1.0) AS busy,
             p.least, p.most, p.leaks, p.leaks_least, p.leaks_most
      FROM v_layer_weight AS l
      JOIN v_rate AS p ON p.machine_hash = l.machine_hash AND p.use <> 'area'
      JOIN counter_values AS v
        ON v.run = l.run AND v.layer = l.layer AND v.block = p.counter_block
       AND v.counter = p.counter
      LEFT JOIN v_margin AS m
             ON m.goes_with = p.goes_with AND m.is_counted = l.is_counted)
UNION ALL
SELECT r.run, NULL, p.block, p.name, p.component, p.cost_table, r.machine_hash,
       r.trace_hash, p.is_memory, p.is_line, p.goes_with, p.clock_nj, 0.0, 0.0,
       1.0, 1.0, 1.0, p.least, p.most, p.leaks, p.leaks_least, p.leaks_most
FROM runs AS r
JOIN v_rate AS p ON p.machine_hash = r.machine_hash AND p.use = 'area';

-- One row a run, layer, block and cost table: energy in nJ, apart by what it
-- goes with.  always_nj is spent whatever is carried; input_nj if every input
-- bit changed, product_nj if moreover every weight bit were 1; memory_nj is of
-- SRAM, dram_nj of DRAM.  What stands has no layer and is not in it, nor are the
-- lines within the memory of resident weights.
CREATE VIEW v_energy_part AS
SELECT run, layer, block, cost_table,
       always_nj + pitch_um * always_um + side_um * always_side AS always_nj,
       input_nj + pitch_um * input_um + side_um * input_side AS input_nj,
       product_nj + pitch_um * product_um AS product_nj, memory_nj, dram_nj
FROM (SELECT l.run, l.layer, p.block, p.cost_table,
             (SELECT g.pitch_um FROM v_pitch AS g
              WHERE g.machine_hash = l.machine_hash
                AND g.cost_table = p.cost_table) AS pitch_um,
             (SELECT g.side_um FROM v_pitch AS g
              WHERE g.machine_hash = l.machine_hash
                AND g.cost_table = p.cost_table) AS side_um,
             sum((p.goes_with = 'always') * (p.is_line = 0)
                 * p.unit_nj * v.value) AS always_nj,
             sum((p.goes_with = 'always') * (p.is_line = 1)
                 * p.unit_nj * v.value) AS always_um,
             sum((p.goes_with = 'always') * (p.is_line = 2)
                 * p.unit_nj * v.value) AS always_side,
             sum((p.goes_with = 'input') * (p.is_line = 0)
                 * p.unit_nj * v.value) AS input_nj,
             sum((p.goes_with = 'input') * (p.is_line = 1)
                 * p.unit_nj * v.value) AS input_um,
             sum((p.goes_with = 'input') * (p.is_line = 2)
                 * p.unit_nj * v.value) AS input_side,
             sum((p.goes_with = 'product') * (p.is_line = 0) * p.unit_nj * v.value
                 * CASE p.activity WHEN 'sum' THEN l.kept ELSE 1.0 END)
                 AS product_nj,
             sum((p.goes_with = 'product') * (p.is_line = 1) * p.unit_nj * v.value
                 * CASE p.activity WHEN 'sum' THEN l.kept ELSE 1.0 END)
                 AS product_um,
             sum((p.goes_with = 'sram') * p.unit_nj * v.value) AS memory_nj,
             sum((p.goes_with = 'dram') * p.unit_nj * v.value) AS dram_nj
      FROM v_layer_weight AS l
      JOIN v_rate AS p
        ON p.machine_hash = l.machine_hash AND p.use <> 'area'
       AND p.goes_with <> 'idle'
      JOIN counter_values AS v
        ON v.run = l.run AND v.layer = l.layer AND v.block = p.counter_block
       AND v.counter = p.counter
      GROUP BY l.run, l.layer, p.block, p.cost_table);

-- One row a run and counter, apart by whether activity was counted: all layers
-- together, as it stands and weighed as v_layer_weight says.  Energy goes in
-- proportion to these, so that prices meet a run's counters and not each layer's.
CREATE VIEW v_run_count AS
SELECT l.run, v.block, v.counter, l.is_counted, sum(v.value) AS value,
       sum(v.value * l.input) AS input, sum(v.value * l.product) AS product,
       sum(v.value * l.kept * l.product) AS kept_product,
       sum(v.value * l.held) AS held
FROM v_layer_weight AS l
CROSS JOIN counter_values AS v ON v.run = l.run AND v.layer = l.layer
GROUP BY l.run, v.block, v.counter, l.is_counted;

-- One row a run, cost table, part of the machine and origin of the activity: what
-- v_energy_term has, all layers together and all factors but the price's in.
CREATE VIEW v_run_term AS
SELECT c.run, p.block, p.cost_table, p.machine_hash, p.is_memory, p.is_line,
       p.clock_nj * c.held AS clock_nj, p.held_um2 * c.held AS held_um2,
       p.unit_nj * CASE p.goes_with WHEN 'input' THEN c.input
                   WHEN 'product' THEN iif(p.activity = 'sum', c.kept_product,
                                           c.product)
                   ELSE c.value END AS at_nj,
       coalesce(m.quiet, 1.0) AS quiet, coalesce(m.busy, 1.0) AS busy,
       p.least, p.most, p.leaks, p.leaks_least, p.leaks_most
FROM v_run_count AS c
JOIN runs AS r ON r.run = c.run
JOIN v_rate AS p
  ON p.machine_hash = r.machine_hash AND p.use <> 'area'
 AND p.counter_block = c.block AND p.counter = c.counter
LEFT JOIN v_margin AS m
       ON m.goes_with = p.goes_with AND m.is_counted = c.is_counted
UNION ALL
SELECT r.run, p.block, p.cost_table, p.machine_hash, p.is_memory, 0, p.clock_nj,
       0.0, 0.0, 1.0, 1.0, p.least, p.most, p.leaks, p.leaks_least, p.leaks_most
FROM runs AS r
JOIN v_rate AS p ON p.machine_hash = r.machine_hash AND p.use = 'area';

-- One row a run, block and cost table.  energy_nj is at the activity of the
-- trace; quiet_cheap_nj to busy_dear_nj are the corners of what is not sure:
-- activity quiet or busy (v_margin), prices and leakage at the lower or
-- upper end of their bands.  idle_nj is what the block's area takes while the run
-- lasts: leakage_nj, with its own two ends, and the clock's network.  What a memory
-- outside of the chip takes by standing there is idle_nj of the block `dram`, and no
-- leakage.  macros_nj is that part which belongs to the macros.
--
-- This view and v_energy sum by windows, of which one row each is taken, and not by
-- groups: SQLite hands a run that is asked for down through windows to the tables,
-- but through one group only.  So one run costs what that run costs.
CREATE VIEW v_energy_block AS
SELECT run, block, cost_table, is_memory,
       at_nj + pitch_um * at_um + side_um * at_side
           + sqrt(held_um2) * held_side + cycles * clock_nj AS energy_nj,
       cycles * clock_nj AS idle_nj, cycles * leak_nj * on_chip AS leakage_nj,
       cycles * leak_least_nj * on_chip AS leakage_least_nj,
       cycles * leak_most_nj * on_chip AS leakage_most_nj,
       quiet_cheap + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS quiet_cheap_nj,
       quiet_dear + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS quiet_dear_nj,
       busy_cheap + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS busy_cheap_nj,
       busy_dear + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS busy_dear_nj,
       pitch_um * at_um
           + iif(is_memory, 0.0, at_nj + cycles * clock_nj) AS macros_nj,
       held_um2
FROM (SELECT t.*, block <> 'dram' AS on_chip,
             (SELECT g.pitch_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS pitch_um,
             (SELECT g.side_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS side_um,
             (SELECT sum(s.cycles) FROM layer_results AS s
              WHERE s.run = t.run) AS cycles
      FROM (SELECT run, block, cost_table, machine_hash, is_memory,
                   row_number() OVER w AS place,
                   sum((is_line = 0) * at_nj) OVER w AS at_nj,
                   sum((is_line = 0) * at_nj * quiet * least) OVER w
                       AS quiet_cheap,
                   sum((is_line = 0) * at_nj * quiet * most) OVER w
                       AS quiet_dear,
                   sum((is_line = 0) * at_nj * busy * least) OVER w
                       AS busy_cheap,
                   sum((is_line = 0) * at_nj * busy * most) OVER w
                       AS busy_dear,
                   sum((is_line = 1) * at_nj) OVER w AS at_um,
                   sum((is_line = 1) * at_nj * quiet) OVER w AS quiet_um,
                   sum((is_line = 1) * at_nj * busy) OVER w AS busy_um,
                   sum((is_line = 2) * at_nj) OVER w AS at_side,
                   sum((is_line = 2) * at_nj * quiet) OVER w AS quiet_side,
                   sum((is_line = 2) * at_nj * busy) OVER w AS busy_side,
                   sum((is_line = 3) * at_nj) OVER w AS held_side,
                   sum(held_um2) OVER w AS held_um2,
                   sum(clock_nj) OVER w AS clock_nj,
                   sum(leaks * clock_nj) OVER w AS leak_nj,
                   sum(leaks * leaks_least * clock_nj) OVER w AS leak_least_nj,
                   sum(leaks * leaks_most * clock_nj) OVER w AS leak_most_nj
            FROM v_run_term
            WINDOW w AS (PARTITION BY run, cost_table, block)) AS t
      WHERE place = 1);

-- One row a run and cost table, with the conditions that belong to the number: the
-- sums of v_energy_block.  macros_nj is without buffers, weight path, weight memory
-- and DRAM.  weights_mm2 is the memory of resident weights, beside the machine's
-- area.
CREATE VIEW v_energy AS
SELECT e.run, e.cost_table, e.energy_nj, e.macros_nj, e.macros_leakage_nj,
       e.idle_nj, e.leakage_nj, e.leakage_least_nj, e.leakage_most_nj,
       e.quiet_cheap_nj, e.quiet_dear_nj, e.busy_cheap_nj, e.busy_dear_nj,
       e.held_um2 / 1e6 AS weights_mm2,
       coalesce((SELECT avg(a.input_toggle) FROM layer_activities AS a
                 WHERE a.trace_hash = r.trace_hash), 0.5) AS input_toggle,
       coalesce((SELECT avg(a.weight_ones) FROM layer_activities AS a
                 WHERE a.trace_hash = r.trace_hash), 0.5) AS weight_ones,
       coalesce((SELECT max(a.origin) FROM layer_activities AS a
                 WHERE a.trace_hash = r.trace_hash), 'assumed') AS activity,
       c.node_nm, c.voltage_v, m.device AS memory_device, m.kelvin
FROM (SELECT run, cost_table, row_number() OVER w AS place,
             sum(energy_nj) OVER w AS energy_nj,
             sum(macros_nj) OVER w AS macros_nj,
             sum(iif(is_memory, 0.0, leakage_nj)) OVER w AS macros_leakage_nj,
             sum(idle_nj) OVER w AS idle_nj,
             sum(leakage_nj) OVER w AS leakage_nj,
             sum(leakage_least_nj) OVER w AS leakage_least_nj,
             sum(leakage_most_nj) OVER w AS leakage_most_nj,
             sum(quiet_cheap_nj) OVER w AS quiet_cheap_nj,
             sum(quiet_dear_nj) OVER w AS quiet_dear_nj,
             sum(busy_cheap_nj) OVER w AS busy_cheap_nj,
             sum(busy_dear_nj) OVER w AS busy_dear_nj,
             sum(held_um2) OVER w AS held_um2
      FROM v_energy_block
      WINDOW w AS (PARTITION BY run, cost_table)) AS e
JOIN runs AS r ON r.run = e.run
JOIN costs AS c
  ON c.cost_table = e.cost_table AND c.component = 'full_adder'
JOIN costs AS m
  ON m.cost_table = e.cost_table AND m.component = 'sram_8k_64'
WHERE e.place = 1;

-- One row a plan and machine: perplexity, cycles, energy and area of the same
-- machine side by side, priced with the table `base`.
CREATE VIEW v_priced AS
SELECT c.model, c.method, c.sparsity_asked, c.sparsity_reached, c.perplexity,
       c.machine, c.cycles, c.milliseconds, e.energy_nj, e.macros_nj,
       e.leakage_nj, m.area_mm2, m.macros_mm2,
       c.cycles / (m.fastest_clock_mhz * 1000.0) AS own_milliseconds,
       e.energy_nj * c.milliseconds / 1e6
           AS energy_delay_uj_s,
       e.quiet_cheap_nj, e.quiet_dear_nj, e.busy_cheap_nj, e.busy_dear_nj,
       e.leakage_least_nj, e.leakage_most_nj, e.input_toggle, e.weight_ones,
       e.activity, e.node_nm, e.voltage_v, e.memory_device, e.kelvin,
       m.fastest_clock_mhz, m.unlimited, c.run, c.model_hash, c.plan_hash,
       c.trace_hash, c.machine_hash, c.tokens, c.measured
FROM v_comparison AS c
LEFT JOIN v_energy AS e ON e.run = c.run AND e.cost_table = 'base'
LEFT JOIN v_machine AS m
       ON m.machine_hash = c.machine_hash AND m.cost_table = 'base';

-- One row a finished point of an experiment, priced with the table `base`: among the
-- runs of one version of the program (of_version), and among the newest of each
-- point ('').  on_front is 1 if no other point of the same experiment, model and
-- number of tokens among these is as good in time, energy, area and perplexity and
-- better in one.  What is not known of a point counts as equal to what is not known
-- of another; perplexities of other rows are not compared (v_perplexity), so that
-- neither point beats the other.
CREATE VIEW v_priced_version_point AS
WITH point AS MATERIALIZED (
    SELECT o.of_version, v.*, q.perplexity, q.measured, m.area_mm2, e.energy_nj,
           e.leakage_nj, coalesce(v.milliseconds, v.cycles) AS time,
           coalesce(e.energy_nj, 9e999) AS energy,
           coalesce(m.area_mm2, 9e999) AS area,
           coalesce(q.perplexity, 9e999) AS loss
    FROM v_version_point AS v
    JOIN (SELECT '' AS of_version
          UNION ALL SELECT DISTINCT version FROM runs) AS o
      ON o.of_version = v.version OR o.of_version = '' AND v.is_newest
    LEFT JOIN v_perplexity AS q USING (plan_hash)
    LEFT JOIN v_machine AS m
           ON m.machine_hash = v.machine_hash AND m.cost_table = 'base'
    LEFT JOIN v_energy AS e ON e.run = v.run AND e.cost_table = 'base'
    WHERE v.status = 'done'
)
SELECT a.of_version, a.experiment, a.kind, a.point, a.model, a.method,
       a.sparsity_reached, a.pattern, a.run_as, a.tokens, a.machine, a.settings,
       a.cycles, a.milliseconds, a.energy_nj, a.leakage_nj, a.area_mm2,
       a.perplexity,
       NOT EXISTS (
           SELECT 1
           FROM point AS b
           WHERE b.experiment_hash = a.experiment_hash
             AND b.of_version = a.of_version
             AND b.model_hash = a.model_hash AND b.tokens IS a.tokens
             AND (a.measured IS NULL OR b.measured = a.measured)
             AND b.time <= a.time AND b.energy <= a.energy
             AND b.area <= a.area AND b.loss <= a.loss
             AND (b.time < a.time OR b.energy < a.energy OR b.area < a.area
                  OR b.loss < a.loss)) AS on_front,
       a.run, a.model_hash, a.plan_hash, a.trace_hash, a.machine_hash,
       a.experiment_hash
FROM point AS a;

-- One row a finished point of an experiment: its newest run, and whether another
-- beats it, as in v_priced_version_point.
CREATE VIEW v_priced_point AS
SELECT experiment, kind, point, model, method, sparsity_reached, pattern, run_as,
       tokens, machine, settings, cycles, milliseconds, energy_nj, leakage_nj,
       area_mm2, perplexity, on_front, run, model_hash, plan_hash, trace_hash, machine_hash,
       experiment_hash
FROM v_priced_version_point
WHERE of_version = '';

-- One row a run that no other beats in perplexity and one more: on_cycles,
-- on_energy and on_area are 1 if no other run of the same model and number of
-- tokens, measured on the same rows in the same arithmetic, is as good in both and
-- better in one.
CREATE VIEW v_front AS
WITH point AS (
    SELECT p.model, p.method, p.sparsity_asked, p.sparsity_reached, p.machine,
           p.perplexity, p.cycles, p.energy_nj, p.leakage_nj, p.area_mm2, p.run,
           p.model_hash, p.plan_hash, p.machine_hash, p.tokens,
           p.measured || ' ' || p.tokens || ' ' || p.model_hash AS measured
    FROM v_priced AS p
    WHERE p.perplexity IS NOT NULL
), each AS (
    SELECT a.*,
           NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.cycles <= a.cycles
                 AND (b.perplexity < a.perplexity OR b.cycles < a.cycles))
               AS on_cycles,
           a.energy_nj IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.energy_nj <= a.energy_nj
                 AND (b.perplexity < a.perplexity
                      OR b.energy_nj < a.energy_nj)) AS on_energy,
           a.area_mm2 IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.area_mm2 <= a.area_mm2
                 AND (b.perplexity < a.perplexity OR b.area_mm2 < a.area_mm2))
               AS on_area
    FROM point AS a
)
SELECT model, method, sparsity_asked, sparsity_reached, machine, perplexity,
       cycles, energy_nj, leakage_nj, area_mm2, on_cycles, on_energy, on_area, run,
       model_hash, plan_hash, machine_hash, tokens
FROM each
WHERE on_cycles OR on_energy OR on_area;

-- One row a run and the newest run of the same question by another version of the
-- program: model, method with its parameters, asked sparsity, tokens and machine's
-- name are the same.  changed_plan, changed_trace and changed_machine tell which of
-- the inputs are not.
CREATE VIEW v_change AS
WITH each AS (
    SELECT v.*, p.parameters, p.weight_update || p.agreement AS how,
           row_number() OVER (
               PARTITION BY v.version, v.model_hash, v.method, p.parameters,
                            p.weight_update, p.agreement, v.sparsity_asked,
                            v.tokens, v.machine
               ORDER BY v.ended_utc DESC, v.run) AS age
    FROM v_run AS v
    LEFT JOIN plans AS p USING (plan_hash)
    WHERE v.status = 'done'
)
SELECT b.model, b.method, b.sparsity_asked, b.sparsity_reached, b.machine,
       b.version AS before, a.version AS after,
       b.cycles AS cycles_before, a.cycles AS cycles_after,
       (a.cycles - b.cycles) * 1.0 / b.cycles AS change,
       a.plan_hash IS NOT b.plan_hash AS changed_plan,
       a.trace_hash <> b.trace_hash AS changed_trace,
       a.machine_hash <> b.machine_hash AS changed_machine,
       b.run AS run_before, a.run AS run_after
FROM each AS b
JOIN each AS a
  ON a.model_hash = b.model_hash AND a.method IS b.method
 AND a.parameters IS b.parameters AND a.how IS b.how
 AND a.sparsity_asked IS b.sparsity_asked AND a.tokens IS b.tokens
 AND a.machine = b.machine
WHERE a.version <> b.version AND a.age = 1 AND b.age = 1;

-- One row a machine, cost table and part that has counts in an inference: what a
-- count takes if all of it is spent.  part is as v_inference_energy has them; the
-- rest is as in v_rate, cheap and dear being the ends of what the component costs.
CREATE VIEW v_inference_rate AS
SELECT p.machine_hash, c.cost_table, p.block, p.name, p.counter_block, p.counter,
       p.activity,
       CASE WHEN p.block = 'memory' THEN 'moving'
            WHEN p.block IN ('vector_unit', 'scan_unit', 'attention_engine')
                 THEN p.block
            WHEN p.block IN ('activation_buffer', 'output_buffer', 'staging',
                             'state_store', 'weight_memory', 'weight_loader',
                             'image_decoder')
                 THEN 'buffers'
            WHEN p.name IN ('weight writes', 'metadata writes',
                            'select writes') THEN 'cell_writes'
            ELSE 'array' END AS part,
       CASE WHEN c.class <> 'wire' THEN 0 WHEN p.component = 'bus' THEN 2
            ELSE 1 END AS is_line,
       CASE WHEN c.class IN ('sram', 'dram') THEN c.class
            WHEN p.activity = 'sum' THEN 'product'
            ELSE p.activity END AS goes_with,
       p.components * c.energy_fj / 1e6 AS unit_nj,
       c.energy_least AS cheap, c.energy_most AS dear
FROM machine_parts AS p
JOIN costs AS c ON c.component = p.component
WHERE p.use = 'energy'
 -- Replays of older versions counted what they staged as it was loaded.
  AND NOT (p.block = 'staging' AND p.counter_block = 'weight_loader');

-- One row a machine, cost table and part that stands there in an inference: nJ a
-- clock, and between what.  Vector and scan unit leak only in clocks in which they
-- idle (idles is theirs): what they do holds the rest.
CREATE VIEW v_inference_standing AS
SELECT p.machine_hash, s.cost_table, p.block, p.name,
       -- machines of older versions have it in the block `memory`
       CASE WHEN p.block IN ('dram', 'memory') THEN 'standing_by'
            ELSE 'leakage' END AS part,
       CASE WHEN p.block IN ('vector_unit', 'scan_unit') THEN p.block END
           AS idles,
       p.components * s.clock_nj AS clock_nj,
       1 - (1 - s.leaks_least) * s.leaks AS cheap,
       1 + (s.leaks_most - 1) * s.leaks AS dear
FROM (SELECT machine_hash, block, name, component, components
      FROM machine_parts WHERE use = 'area'
      UNION ALL
      SELECT machine_hash, block, name, component, components
      FROM unit_parts) AS p
JOIN v_standing AS s
  ON s.machine_hash = p.machine_hash AND s.component = p.component;

-- One row an inference whose weights are resident, operator and counter of loads:
-- bits of its weights that are held.  Each is held once, as it is loaded, however often
-- that is: blocks of a prompt and steps of decoding load all images again.  Of experts
-- those are held that the prompt reaches; the embedding is not.
CREATE VIEW v_inference_held AS
SELECT i.inference, i.machine_hash, v.block, v.counter,
       v.value * 1.0 * e.value
           / (w.value * CASE WHEN o.name LIKE 'expert%' THEN e.value * 1.0 / w.value
                             WHEN o.phase = 'decoding'
                             THEN i.batch * (i."generate" - 1)
                             WHEN o.name = 'head' THEN i.batch
                             ELSE i.batch * i.prompt END) AS bits
FROM inferences AS i
CROSS JOIN operator_results AS o ON o.inference = i.inference
CROSS JOIN operator_counters AS v
        ON v.inference = o.inference AND v.operator = o.operator
       AND v.block = 'weight_loader'
CROSS JOIN operator_counters AS w
        ON w.inference = o.inference AND w.operator = o.operator
       AND w.block = 'controller' AND w.counter = 'waves'
CROSS JOIN operator_counters AS e
        ON e.inference = o.inference AND e.operator = o.operator
       AND e.block = 'controller' AND e.counter = 'vectors'
WHERE i.memory = 'resident' AND o.kind = 'linear'
  AND o.phase = CASE WHEN i."generate" > 1 AND o.name NOT LIKE 'expert%'
                     THEN 'decoding' ELSE 'prompt' END;

-- One row an operator of an inference: with what its counts are weighed, as in
-- v_layer_weight (of an operator that is no layer activity is assumed, of a layer it
-- is the trace's mean).
CREATE VIEW v_operator_weight AS
WITH activity AS MATERIALIZED (
    SELECT trace_hash, avg(input_toggle) AS toggle, avg(weight_ones) AS ones
    FROM layer_activities
    GROUP BY trace_hash
    HAVING max(origin = 'assumed') = 0
)
SELECT o.inference, o.operator, o.phase, o.clocks, i.machine_hash,
       o.kind = 'linear' AND a.toggle IS NOT NULL AS is_counted,
       iif(o.kind = 'linear', coalesce(a.toggle, 0.5), 0.5) AS input,
       iif(o.kind = 'linear', coalesce(a.toggle * a.ones, 0.25), 0.25) AS product,
       coalesce(k.value, 0) * 1.0 / max(coalesce(k.value, 0), 1,
                                        coalesce(w.value, 0)) AS kept
FROM inferences AS i
CROSS JOIN operator_results AS o ON o.inference = i.inference
LEFT JOIN activity AS a ON a.trace_hash = i.trace_hash
LEFT JOIN operator_counters AS k
       ON k.inference = o.inference AND k.operator = o.operator
      AND k.block = 'accelerator' AND k.counter = 'kept_macs'
LEFT JOIN operator_counters AS w
       ON w.inference = o.inference AND w.operator = o.operator
      AND w.block = 'sub_macro_array' AND w.counter = 'cell_operations';

-- One row an operator of an inference whose weights are resident, cost table and
-- part of the memory that holds them: nJ that it leaks meanwhile, and of lines between
-- its banks, which are as long as it is wide.
CREATE VIEW v_inference_memory AS
SELECT o.inference, o.operator, i.machine_hash, r.cost_table, r.block, r.name,
       'leakage' AS part,
       o.clocks * r.clock_nj
           * (SELECT sum(h.bits) FROM v_inference_held AS h
              WHERE h.inference = i.inference AND h.block = r.counter_block
                AND h.counter = r.counter) AS nj,
       r.leaks_least AS cheap, r.leaks_most AS dear
FROM inferences AS i
CROSS JOIN operator_results AS o ON o.inference = i.inference
CROSS JOIN v_rate AS r
        ON r.machine_hash = i.machine_hash AND r.use = 'resident'
       AND r.is_line = 0
WHERE i.memory = 'resident'
UNION ALL
SELECT o.inference, o.operator, i.machine_hash, r.cost_table, r.block, r.name,
       'buffers',
       v.value * r.unit_nj
           * sqrt((SELECT sum(h.bits * q.held_um2)
                   FROM v_inference_held AS h
                   CROSS JOIN v_rate AS q
                           ON q.machine_hash = h.machine_hash
                          AND q.use = 'resident' AND q.counter_block = h.block
                          AND q.counter = h.counter
                   WHERE h.inference = i.inference
                     AND q.cost_table = r.cost_table)), 1.0, 1.0
FROM inferences AS i
CROSS JOIN operator_results AS o ON o.inference = i.inference
CROSS JOIN operator_counters AS v
        ON v.inference = o.inference AND v.operator = o.operator
       AND v.block = 'weight_loader'
CROSS JOIN v_rate AS r
        ON r.machine_hash = i.machine_hash AND r.use = 'resident'
       AND r.is_line = 3 AND r.counter_block = v.block
       AND r.counter = v.counter
WHERE i.memory = 'resident';

-- One row an operator of an inference, cost table and part of the machine: nJ of
-- its counts, or of what stands there while its clocks pass.  Of a line it is the
-- nJ of a um: is_line.  at, quiet and busy are as in v_energy_term.
CREATE VIEW v_inference_term AS
SELECT inference, operator, cost_table, machine_hash, block, name, part, is_line,
       spent_nj, at, at * quiet AS quiet, at * busy AS busy, cheap, dear
FROM (SELECT o.inference, o.operator, p.cost_table, o.machine_hash, p.block,
             p.name, p.part, p.is_line,
             v.value * p.unit_nj
                 * CASE p.activity WHEN 'sum' THEN o.kept ELSE 1.0 END
                 AS spent_nj,
             CASE p.goes_with WHEN 'input' THEN o.input
                  WHEN 'product' THEN o.product ELSE 1.0 END AS at,
             coalesce(m.quiet, 1.0) AS quiet, coalesce(m.busy, 1.0) AS busy,
             p.cheap, p.dear
      FROM v_operator_weight AS o
      JOIN operator_counters AS v
        ON v.inference = o.inference AND v.operator = o.operator
      JOIN v_inference_rate AS p
        ON p.machine_hash = o.machine_hash AND p.counter_block = v.block
       AND p.counter = v.counter
      LEFT JOIN v_margin AS m
             ON m.goes_with = p.goes_with AND m.is_counted = o.is_counted)
UNION ALL
SELECT o.inference, o.operator, s.cost_table, i.machine_hash, s.block, s.name,
       s.part, 0, s.clock_nj * max(0, o.clocks - coalesce(u.value, 0)), 1.0, 1.0,
       1.0, s.cheap, s.dear
FROM inferences AS i
JOIN operator_results AS o USING (inference)
JOIN v_inference_standing AS s ON s.machine_hash = i.machine_hash
LEFT JOIN operator_counters AS u
       ON u.inference = o.inference AND u.operator = o.operator
      AND u.block = s.idles AND u.counter = 'busy_clocks'
UNION ALL
SELECT inference, operator, cost_table, machine_hash, block, name, part, 0, nj, 1.0,
       1.0, 1.0, cheap, dear
FROM v_inference_memory;

-- One row an operator of an inference, part and cost table: energy in nJ, and
-- between what it lies with everything that is not sure at its end.  The parts:
-- array, cell_writes, buffers, vector_unit, scan_unit, attention_engine, moving and
-- standing_by of the memory, leakage of all the rest with its clock.  It is the sum of
-- v_inference_term; what a machine's parts have in common is added up first, once.  The
-- memory of resident weights has rows of its own, as buffers and as leakage, ungrouped:
-- so one inference that is asked for costs what it costs.
CREATE VIEW v_inference_energy AS
WITH rate AS MATERIALIZED (
    SELECT machine_hash, cost_table, counter_block, counter, activity, goes_with,
           part, sum(nj) AS nj, sum(nj * iif(is_line, 1.0, cheap)) AS cheap_nj,
           sum(nj * iif(is_line, 1.0, dear)) AS dear_nj
    FROM (SELECT r.*, r.unit_nj * CASE r.is_line WHEN 0 THEN 1.0
                                  WHEN 1 THEN coalesce(g.pitch_um, 0)
                                  ELSE coalesce(g.side_um, 0) END AS nj
          FROM v_inference_rate AS r
          LEFT JOIN v_pitch AS g
                 ON g.machine_hash = r.machine_hash
                AND g.cost_table = r.cost_table)
    GROUP BY machine_hash, cost_table, counter_block, counter, activity,
             goes_with, part
), standing AS MATERIALIZED (
    SELECT machine_hash, cost_table, part, idles, sum(clock_nj) AS nj,
           sum(clock_nj * cheap) AS cheap_nj, sum(clock_nj * dear) AS dear_nj
    FROM v_inference_standing
    GROUP BY machine_hash, cost_table, part, idles
)
SELECT inference, operator, cost_table, part, sum(active * nj) AS energy_nj,
       sum(active * quiet * cheap_nj) AS low_nj,
       sum(active * busy * dear_nj) AS high_nj
FROM (SELECT o.inference, o.operator, r.cost_table, r.part,
             v.value * CASE r.activity WHEN 'sum' THEN o.kept ELSE 1.0 END
                 * CASE r.goes_with WHEN 'input' THEN o.input
                   WHEN 'product' THEN o.product ELSE 1.0 END AS active,
             coalesce(m.quiet, 1.0) AS quiet, coalesce(m.busy, 1.0) AS busy,
             r.nj, r.cheap_nj, r.dear_nj
      FROM v_operator_weight AS o
      CROSS JOIN operator_counters AS v
              ON v.inference = o.inference AND v.operator = o.operator
      CROSS JOIN rate AS r
              ON r.machine_hash = o.machine_hash AND r.counter_block = v.block
             AND r.counter = v.counter
      LEFT JOIN v_margin AS m
             ON m.goes_with = r.goes_with AND m.is_counted = o.is_counted)
GROUP BY inference, operator, cost_table, part
UNION ALL
SELECT o.inference, o.operator, s.cost_table, s.part,
       sum(s.nj * max(0, o.clocks - coalesce(u.value, 0))),
       sum(s.cheap_nj * max(0, o.clocks - coalesce(u.value, 0))),
       sum(s.dear_nj * max(0, o.clocks - coalesce(u.value, 0)))
FROM inferences AS i
CROSS JOIN operator_results AS o ON o.inference = i.inference
CROSS JOIN standing AS s ON s.machine_hash = i.machine_hash
LEFT JOIN operator_counters AS u
       ON u.inference = o.inference AND u.operator = o.operator
      AND u.block = s.idles AND u.counter = 'busy_clocks'
GROUP BY o.inference, o.operator, s.cost_table, s.part
UNION ALL
SELECT inference, operator, cost_table, part, nj, nj * cheap, nj * dear
FROM v_inference_memory;

-- One row an operator of an inference, priced with the table `base`: its clocks
-- (they add up to the inference's), bytes on the channel by class, energy in uJ by
-- part, and its bound: what most of its clocks were waited for.
CREATE VIEW v_operator AS
WITH count AS (
    SELECT inference, operator,
           sum((block = 'channel') * value) AS bytes,
           sum((block = 'channel' AND counter = 'weights') * value)
               AS weight_bytes,
           sum((block = 'channel' AND counter = 'head') * value) AS head_bytes,
           sum((block = 'channel' AND counter = 'embedding') * value)
               AS embedding_bytes,
           sum((block = 'channel' AND counter = 'keys') * value) AS key_bytes,
           sum((block = 'channel' AND counter = 'reread') * value)
               AS reread_bytes,
           sum((block = 'channel' AND counter = 'state') * value)
               AS state_bytes,
           sum((block = 'channel' AND counter = 'activations') * value)
               AS activation_bytes,
           sum((counter = 'metadata_bits') * value) AS metadata_bits,
           sum((block = 'weight_loader' AND counter = 'select_bits') * value)
               AS select_bits,
           sum((counter = 'kept_macs') * value) AS kept_macs
    FROM operator_counters GROUP BY inference, operator
), energy AS (
    SELECT inference, operator, sum(energy_nj) / 1e3 AS energy_uj,
           sum((part = 'array') * energy_nj) / 1e3 AS array_uj,
           sum((part = 'cell_writes') * energy_nj) / 1e3 AS cell_writes_uj,
           sum((part = 'buffers') * energy_nj) / 1e3 AS buffers_uj,
           sum((part = 'vector_unit') * energy_nj) / 1e3 AS vector_uj,
           sum((part = 'scan_unit') * energy_nj) / 1e3 AS scan_uj,
           sum((part = 'attention_engine') * energy_nj) / 1e3 AS engine_uj,
           sum((part = 'moving') * energy_nj) / 1e3 AS moving_uj,
           sum((part = 'standing_by') * energy_nj) / 1e3 AS standing_by_uj,
           sum((part = 'leakage') * energy_nj) / 1e3 AS leakage_uj
    FROM v_inference_energy WHERE cost_table = 'base'
    GROUP BY inference, operator
)
SELECT m.name AS model, w.pattern, h.name AS machine, i.prompt,
       i."generate", i.batch, i.edge, o.phase, o.operator, o.name, o.kind, o.clocks,
       o.clocks / (h.clock_mhz * 1e3) AS milliseconds,
       coalesce((SELECT s.counter FROM operator_counters AS s
                 WHERE s.inference = o.inference AND s.operator = o.operator
                   AND s.block = 'clocks'
                 ORDER BY s.value DESC, s.counter LIMIT 1),
                CASE WHEN o.clocks > 0 THEN 'memory' END) AS bound,
       -- how many sub-macros were added for an output, the most frequent first
       (SELECT group_concat(counter, ' ')
        FROM (SELECT s.counter FROM operator_counters AS s
              WHERE s.inference = o.inference AND s.operator = o.operator
                AND s.block = 'merged'
              ORDER BY s.value DESC, CAST(s.counter AS INTEGER) DESC))
           AS merged,
       coalesce(c.kept_macs, 0) AS kept_macs, coalesce(c.bytes, 0) AS bytes,
       coalesce(c.weight_bytes, 0) AS weight_bytes,
       coalesce(c.head_bytes, 0) AS head_bytes,
       coalesce(c.embedding_bytes, 0) AS embedding_bytes,
       coalesce(c.key_bytes, 0) AS key_bytes,
       coalesce(c.reread_bytes, 0) AS reread_bytes,
       coalesce(c.state_bytes, 0) AS state_bytes,
       coalesce(c.activation_bytes, 0) AS activation_bytes,
       coalesce(c.metadata_bits, 0) / 8 AS metadata_loaded_bytes,
       coalesce(c.select_bits, 0) / 8 AS select_loaded_bytes,
       e.energy_uj, e.array_uj, e.cell_writes_uj, e.buffers_uj, e.vector_uj,
       e.scan_uj, e.engine_uj, e.moving_uj, e.standing_by_uj, e.leakage_uj,
       i.inference,
       i.trace_hash, i.machine_hash
FROM inferences AS i
JOIN operator_results AS o USING (inference)
JOIN models AS m ON m.model_hash = i.model_hash
JOIN machines AS h ON h.machine_hash = i.machine_hash
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = i.trace_hash
LEFT JOIN count AS c
       ON c.inference = o.inference AND c.operator = o.operator
LEFT JOIN energy AS e
       ON e.inference = o.inference AND e.operator = o.operator;

-- One row a trace: the pattern of its layers, as asked for, or mixed.  That of a
-- list from before version 12 of the schema is not known.
CREATE VIEW v_trace_pattern AS
SELECT trace_hash, CASE count(DISTINCT pattern) WHEN 1 THEN max(pattern)
                   ELSE 'mixed' END AS pattern
FROM (SELECT trace_hash, CASE n WHEN m THEN 'dense'
                         ELSE n || ':' || m END AS pattern
      FROM list_layers
      UNION ALL
      SELECT t.trace_hash, CASE l.n WHEN l.m THEN 'dense'
                           ELSE l.n || ':' || l.m END
      FROM traces AS t JOIN plan_layers AS l ON l.plan_hash = t.plan_hash)
GROUP BY trace_hash;

-- One row an inference: its time, and its energy priced with the table `base`.
-- Columns that end in _low and _high are the ends of the band: of time, all rows of
-- the machine that have a band at their better or worse end together; of energy,
-- that, and whatever a component costs.  A token's are those of a decoding step,
-- shared out among the sequences; with one generated token there are none.
-- perplexity is that of the machines' arithmetic (`perplexity
-- --machine-arithmetic`), or NULL, and without says why; perplexity_int8 has linear
-- layers of 8 bits and all else in f32.
CREATE VIEW v_inference AS
WITH energy AS (
    SELECT i.inference,
           sum(e.energy_nj) AS at_nj, sum(e.low_nj) AS low_nj,
           sum(e.high_nj) AS high_nj,
           sum((o.phase = 'decoding') * e.energy_nj) AS token_nj,
           sum((o.phase = 'decoding') * e.low_nj) AS token_low_nj,
           sum((o.phase = 'decoding') * e.high_nj) AS token_high_nj,
           sum((e.part = 'leakage') * e.energy_nj) AS leakage_nj,
           sum((e.part = 'leakage' AND o.phase = 'decoding') * e.energy_nj)
               AS token_leakage_nj
    FROM inferences AS i
    JOIN operator_results AS o USING (inference)
    JOIN v_inference_energy AS e
      ON e.inference = o.inference AND e.operator = o.operator
     AND e.cost_table = 'base'
    GROUP BY i.inference
), rounded AS (
    SELECT plan_hash, arithmetic, perplexity
    FROM (SELECT p.plan_hash, x.arithmetic, x.perplexity, row_number() OVER (
                     PARTITION BY p.plan_hash, x.arithmetic
                     ORDER BY x.tensor = 'test' DESC, x."rows" DESC,
                              y.started_utc DESC, x.tokens_hash, x.tensor,
                              x.version) AS place
          FROM plans AS p
          JOIN perplexities AS x
            ON x.model_hash = p.model_hash
           AND (x.plan_hash = p.plan_hash
                OR x.plan_hash IS NULL AND p.sparsity_reached = 0)
          JOIN invocations AS y USING (invocation)
          WHERE x.arithmetic IN ('machine', 'w8a8'))
    WHERE place = 1
), each AS (
    SELECT i.*, h.clock_mhz * 1e3 AS clocks_per_ms, h.name AS machine,
           -- of attention, of what is kept, of a scan: those that a machine's
           -- text tells are not the standard ones
           h.text LIKE '%bits: 4%' OR h.text LIKE '%bits: 16%'
               OR h.text LIKE '%bits: 32%' AS other_bits,
           nullif(i."generate" - 1, 0) AS steps, e.at_nj, e.low_nj, e.high_nj,
           e.token_nj, e.token_low_nj, e.token_high_nj, e.leakage_nj,
           e.token_leakage_nj
    FROM inferences AS i
    JOIN machines AS h USING (machine_hash)
    LEFT JOIN energy AS e USING (inference)
)
SELECT n.name AS model, p.method, p.sparsity_reached, w.pattern,
       iif(i.other_bits, NULL, r.perplexity) AS perplexity,
       q.perplexity AS perplexity_f32,
       s.perplexity AS perplexity_int8,
       CASE WHEN t.plan_hash IS NULL THEN 'a list of shapes has no values'
            WHEN i.other_bits
            THEN 'of 8 bits and states of 16, which the machine has others than'
            WHEN r.perplexity IS NULL
            THEN 'not measured: flexcim perplexity --machine-arithmetic' END
           AS without,
       i.machine, i.memory, i.prompt, i."generate", i.batch, i.overlap,
       i.prompt_clocks / i.clocks_per_ms AS time_to_first_token_ms,
       l.prompt_clocks / l.clocks_per_ms AS time_to_first_token_ms_low,
       g.prompt_clocks / g.clocks_per_ms AS time_to_first_token_ms_high,
       (i.clocks - i.prompt_clocks) / i.clocks_per_ms / i.steps
           AS ms_per_token,
       (l.clocks - l.prompt_clocks) / l.clocks_per_ms / l.steps
           AS ms_per_token_low,
       (g.clocks - g.prompt_clocks) / g.clocks_per_ms / g.steps
           AS ms_per_token_high,
       i.first_clocks / i.clocks_per_ms AS ms_first_token,
       i.last_clocks / i.clocks_per_ms AS ms_last_token,
       i.batch * 1e3 * i.clocks_per_ms * i.steps / (i.clocks - i.prompt_clocks)
           AS tokens_per_s,
       g.batch * 1e3 * g.clocks_per_ms * g.steps / (g.clocks - g.prompt_clocks)
           AS tokens_per_s_low,
       l.batch * 1e3 * l.clocks_per_ms * l.steps / (l.clocks - l.prompt_clocks)
           AS tokens_per_s_high,
       (i.at_nj - i.token_nj) / 1e3 AS prompt_uj,
       (l.low_nj - l.token_low_nj) / 1e3 AS prompt_uj_low,
       (g.high_nj - g.token_high_nj) / 1e3 AS prompt_uj_high,
       (i.leakage_nj - i.token_leakage_nj) / 1e3 AS prompt_leakage_uj,
       i.token_nj / 1e3 / i.steps / i.batch AS uj_per_token,
       l.token_low_nj / 1e3 / l.steps / l.batch AS uj_per_token_low,
       g.token_high_nj / 1e3 / g.steps / g.batch AS uj_per_token_high,
       i.token_leakage_nj / 1e3 / i.steps / i.batch AS leakage_uj_per_token,
       i.clocks, i.prompt_clocks, i.version, i.ended_utc, i.inference,
       i.model_hash, t.plan_hash, i.trace_hash, i.machine_hash
FROM each AS i
JOIN models AS n ON n.model_hash = i.model_hash
JOIN traces AS t ON t.trace_hash = i.trace_hash
LEFT JOIN plans AS p USING (plan_hash)
LEFT JOIN v_perplexity AS q USING (plan_hash)
LEFT JOIN rounded AS r
       ON r.plan_hash = t.plan_hash AND r.arithmetic = 'machine'
LEFT JOIN rounded AS s
       ON s.plan_hash = t.plan_hash AND s.arithmetic = 'w8a8'
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = i.trace_hash
LEFT JOIN each AS l
       ON l.trace_hash = i.trace_hash AND l.machine_hash = i.machine_hash
      AND l.version = i.version AND l.prompt = i.prompt
      AND l."generate" = i."generate" AND l.batch = i.batch AND l.edge = 'low'
LEFT JOIN each AS g
       ON g.trace_hash = i.trace_hash AND g.machine_hash = i.machine_hash
      AND g.version = i.version AND g.prompt = i.prompt
      AND g."generate" = i."generate" AND g.batch = i.batch AND g.edge = 'high'
WHERE i.edge = 'middle';

-- One row an inference and a rival's of the same trace, prompt, generated tokens,
-- sequences and program: how many times faster the prompt, a decoding step, and
-- all of it; and beside them, never mixed, the pruned layers alone, each cold,
-- where both machines' names were replayed with the same trace.
CREATE VIEW v_inference_speed_up AS
SELECT n.name AS model, w.pattern, h.name AS machine, r.name AS rival, a.memory, a.prompt,
       a."generate", a.batch,
       b.prompt_clocks * h.clock_mhz / (a.prompt_clocks * r.clock_mhz)
           AS prompt_speed_up,
       CASE WHEN a."generate" > 1 THEN
           (b.clocks - b.prompt_clocks) * h.clock_mhz
           / ((a.clocks - a.prompt_clocks) * r.clock_mhz) END
           AS decoding_speed_up,
       b.clocks * h.clock_mhz / (a.clocks * r.clock_mhz) AS whole_speed_up,
       (SELECT s.speed_up * coalesce(y.clock_mhz / z.clock_mhz, 1.0)
        FROM runs AS x
        JOIN machines AS y USING (machine_hash)
        JOIN v_speed_up AS s ON s.run = x.run AND s.rival = r.name
        JOIN runs AS q ON q.run = s.rival_run
        JOIN machines AS z ON z.machine_hash = q.machine_hash
        WHERE x.trace_hash = a.trace_hash AND y.name = h.name
          AND x.status = 'done'
        ORDER BY x.ended_utc DESC, s.rival_run LIMIT 1) AS linear_only_speed_up,
       a.inference, b.inference AS rival_inference, a.trace_hash
FROM inferences AS a
JOIN inferences AS b
  ON b.trace_hash = a.trace_hash AND b.prompt = a.prompt
 AND b."generate" = a."generate" AND b.batch = a.batch
 AND b.version = a.version AND b.edge = 'middle' AND a.edge = 'middle'
JOIN models AS n ON n.model_hash = a.model_hash
JOIN machines AS h ON h.machine_hash = a.machine_hash
JOIN machines AS r ON r.machine_hash = b.machine_hash
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = a.trace_hash;
