-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The questions that people ask most, as views.  Their names and columns stay;
-- tables may change under them.  In a view a model, a plan's method and a
-- machine go by name, and their hashes stand at the end of the row.

-- One row a run: all its layers together.
CREATE VIEW v_run AS
SELECT r.run, r.status, m.name AS model, p.method,
       p.sparsity_asked, p.sparsity_reached, h.name AS machine,
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
       l.outputs_verified, r.status, r.way, r.version,
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

-- One row a plan: its perplexity (that over most rows, then the newest) beside
-- the dense one on the same rows.  A plan that prunes nothing is dense.
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
               ORDER BY "rows" DESC, started_utc DESC, tokens_hash, tensor,
                        arithmetic, version) AS place
    FROM each
)
SELECT m.name AS model, p.method, p.weight_update, p.sparsity_asked,
       p.sparsity_reached, b.perplexity,
       (SELECT d.perplexity
        FROM perplexities AS d
        JOIN invocations AS i USING (invocation)
        WHERE d.model_hash = b.model_hash AND d.plan_hash IS NULL
          AND d.tokens_hash = b.tokens_hash AND d.tensor = b.tensor
          AND d."rows" = b."rows" AND d.arithmetic = b.arithmetic
        ORDER BY i.started_utc DESC, d.version LIMIT 1) AS dense_perplexity,
       b.tensor, b."rows", b.arithmetic, b.version,
       p.model_hash, p.plan_hash, b.tokens_hash
FROM plans AS p
JOIN models AS m USING (model_hash)
LEFT JOIN best AS b ON b.plan_hash = p.plan_hash AND b.place = 1;

-- One row a plan and machine: accuracy and cycles side by side.
CREATE VIEW v_comparison AS
SELECT r.model, r.method, q.weight_update, r.sparsity_asked, r.sparsity_reached,
       q.perplexity, q.dense_perplexity, q."rows" AS perplexity_rows,
       r.machine, r.cycles, r.milliseconds, r.utilisation, r.way, r.version, r.run,
       r.model_hash, r.plan_hash, r.trace_hash, r.machine_hash
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

-- One row a point of an experiment, with its run: the newest that is done, else
-- one that failed or is under way.  An exploration leaves points under way that
-- it found worse than others.
CREATE VIEW v_point AS
SELECT e.name AS experiment, e.kind, p.point, m.name AS model, q.method,
       q.sparsity_asked, q.sparsity_reached, h.name AS machine, p.settings,
       coalesce(r.status, 'not begun') AS status, r.layers, r.cycles,
       r.milliseconds, r.utilisation, h.multipliers, r.reason, r.version,
       r.run, t.model_hash, t.plan_hash, p.trace_hash, p.machine_hash,
       p.experiment AS experiment_hash
FROM experiment_points AS p
JOIN experiments AS e USING (experiment)
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash)
JOIN models AS m USING (model_hash)
LEFT JOIN plans AS q USING (plan_hash)
LEFT JOIN (SELECT *, row_number() OVER (
                      PARTITION BY trace_hash, machine_hash
                      ORDER BY status = 'done' DESC, ended_utc DESC, run) AS place
           FROM v_run) AS r
       ON r.trace_hash = p.trace_hash AND r.machine_hash = p.machine_hash
      AND r.place = 1;
