-- SPDX-License-Identifier: GPL-3.0-or-later
-- Each reading of FlexCiM beside each rival: the same model, sparsity, tokens and
-- memory.  One row a pair of the model :network; run.sh keeps them as the table of
-- pairs.schema.sql, of which the other questions are asked.
--
-- A machine's name says after @ what is equal.  Lists of shapes have no plan: `mix`
-- says which share of every layer's work has which pattern, and block pruning leaves
-- a dense layer of fewer inputs.
WITH mix (label, sparsity, pattern, agreement, share) AS (
    VALUES ('common', 0.5, '4:8', 1, 1.0), ('common', 0.6, '4:8', 1, 0.6),
           ('common', 0.6, '2:8', 1, 0.4), ('common', 0.7, '4:8', 1, 0.2),
           ('common', 0.7, '2:8', 1, 0.8), ('n4', 0.5, '2:4', 1, 1.0),
           ('n4', 0.6, '2:4', 1, 0.6), ('n4', 0.6, '1:4', 1, 0.4),
           ('n4', 0.7, '2:4', 1, 0.2), ('n4', 0.7, '1:4', 1, 0.8),
           ('agreed', 0.5, '4:8', 32, 1.0), ('agreed', 0.6, '4:8', 32, 0.6),
           ('agreed', 0.6, '2:8', 32, 0.4), ('agreed', 0.7, '4:8', 32, 0.2),
           ('agreed', 0.7, '2:8', 32, 0.8)
), own (machine, label) AS (
    -- The plan that is a rival's own best: of the patterns that it can gain
    -- from, by the same method as all.
    VALUES ('dense', 'n8'), ('fixed-2-4', 'n4'), ('fixed-4-8', 'n8'),
           ('vegeta-n4', 'n4'), ('vegeta-n8', 'n8'), ('sdp', 'blocks'),
           ('sparse-tensor-core', 'n4')
), versus (masks, plan, rival_plan, label, rival_label) AS (
    -- Which plans are put beside each other.  On shapes n8 is `common`.
    VALUES ('real', 'common', 'common', 'common', 'common'),
           ('real', 'own best', 'own best', 'n8', 'n8'),
           ('real', 'own best', 'own best', 'n8', 'n4'),
           ('real', 'own best', 'own best', 'n8', 'blocks'),
           ('real', 'agreed', 'own best', 'agreed', 'n8'),
           ('real', 'agreed', 'own best', 'agreed', 'n4'),
           ('real', 'agreed', 'own best', 'agreed', 'blocks'),
           ('seeded', 'common', 'common', 'common', 'common'),
           ('seeded', 'own best', 'own best', 'common', 'n8'),
           ('seeded', 'own best', 'own best', 'common', 'n4'),
           ('seeded', 'own best', 'own best', 'common', 'blocks'),
           ('seeded', 'agreed', 'own best', 'agreed', 'n8'),
           ('seeded', 'agreed', 'own best', 'agreed', 'n4'),
           ('seeded', 'agreed', 'own best', 'agreed', 'blocks')
), priced AS MATERIALIZED (
    SELECT p.*, a.area_mm2 AS activation_mm2,
           q.perplexity <= 1.05 * q.dense_perplexity AS near,
           substr(p.machine, 1, instr(p.machine, '@') - 1) AS name,
           substr(p.machine, instr(p.machine, '@') + 1) AS equal
    FROM v_priced AS p
    JOIN v_area AS a ON a.machine_hash = p.machine_hash
                    AND a.cost_table = 'base' AND a.block = 'activation_buffer'
    LEFT JOIN v_perplexity AS q USING (plan_hash)
    WHERE instr(p.machine, '@') AND p.model LIKE :network || '%'
), point AS MATERIALIZED (
    SELECT p.*,
           substr(p.model || ',', 1, instr(p.model || ',', ',') - 1) AS network,
           CASE json_extract(e.settings, '$."dram.rate"')
           WHEN 'none' THEN 'resident' ELSE 'DRAM' END AS weights,
           l.tokens, l.n || ':' || l.m AS pattern, t.kind, t.path,
           instr(p.model, ' blocks ') AS blocks,
           CASE WHEN p.model LIKE '%agreement 32' THEN 32 ELSE 1 END
               AS agreement
    FROM priced AS p
    JOIN traces AS t USING (trace_hash)
    JOIN (SELECT DISTINCT trace_hash, machine_hash, settings
          FROM experiment_points) AS e USING (trace_hash, machine_hash)
    JOIN layer_results AS l ON l.run = p.run AND l.layer = 0
), planned AS (
    -- .../MODEL.SPARSITY.LABEL.TOKENS.trace
    SELECT 'real' AS masks, network, sparsity_asked AS sparsity, tokens, weights,
           equal, name AS machine, l.label, perplexity, near,
           cycles * 1.0 AS cycles, energy_nj, leakage_nj, macros_nj, quiet_cheap_nj,
           quiet_dear_nj, busy_cheap_nj, busy_dear_nj, area_mm2,
           activation_mm2, fastest_clock_mhz, activity
    FROM point
    JOIN (SELECT DISTINCT label FROM own UNION VALUES ('common'), ('agreed'))
         AS l ON path LIKE '%.' || l.label || '.%'
    WHERE kind = 'sparse'
    UNION ALL
    SELECT 'seeded', network, m.sparsity, tokens, weights, equal, name, m.label,
           NULL, NULL, sum(m.share * cycles), sum(m.share * energy_nj),
           sum(m.share * leakage_nj), sum(m.share * macros_nj), sum(m.share * quiet_cheap_nj),
           sum(m.share * quiet_dear_nj), sum(m.share * busy_cheap_nj),
           sum(m.share * busy_dear_nj),
           max(area_mm2), max(activation_mm2), max(fastest_clock_mhz),
           max(activity)
    FROM point
    JOIN mix AS m USING (pattern, agreement)
    WHERE kind = 'shapes' AND NOT blocks
    GROUP BY network, m.sparsity, tokens, weights, equal, name, m.label
    HAVING sum(m.share) > 0.999
    UNION ALL
    SELECT 'seeded', substr(network, 1, blocks - 1),
           CAST(substr(network, blocks + 8) AS REAL), tokens, weights, equal,
           name, 'blocks', NULL, NULL, cycles * 1.0, energy_nj, leakage_nj, macros_nj,
           quiet_cheap_nj, quiet_dear_nj, busy_cheap_nj, busy_dear_nj, area_mm2,
           activation_mm2, fastest_clock_mhz, activity
    FROM point
    WHERE kind = 'shapes' AND blocks
), target AS (
    -- the area that all are given: that of the dense machine
    SELECT network, max(area_mm2) AS mm2
    FROM planned
    WHERE machine = 'dense' AND equal = 'area'
    GROUP BY network
), sized AS MATERIALIZED (
    -- and how often that area, but for the activation buffer, holds the machine
    SELECT p.*, (t.mm2 - p.activation_mm2) / (p.area_mm2 - p.activation_mm2)
               AS fits
    FROM planned AS p
    JOIN target AS t USING (network)
)
SELECT f.masks, f.network, f.sparsity, f.tokens, f.weights, f.equal, f.activity,
       f.machine AS reading,
       CASE WHEN f.machine LIKE '%-serial%' OR f.machine LIKE '%-shared%'
            THEN 'a row' ELSE 'a cell' END AS selects,
       CASE WHEN f.machine = 'flexcim' OR f.machine LIKE '%-adaptive'
            THEN 'as needed' ELSE 'all' END AS merged,
       v.plan, r.machine AS rival, v.rival_plan,
       f.perplexity / r.perplexity AS perplexity_ratio,
       f.near AND r.near AS near,
       r.area_mm2 / f.area_mm2 AS area,
       r.cycles / f.cycles AS latency,
       r.cycles * f.fits / (f.cycles * r.fits) AS latency_fraction,
       f.fastest_clock_mhz / r.fastest_clock_mhz AS own_clock,
       r.energy_nj / f.energy_nj AS energy,
       r.macros_nj / f.macros_nj AS macros,
       r.energy_nj * r.cycles / (f.energy_nj * f.cycles) AS energy_delay,
       min(r.quiet_cheap_nj / f.quiet_cheap_nj,
           r.quiet_dear_nj / f.quiet_dear_nj,
           r.busy_cheap_nj / f.busy_cheap_nj,
           r.busy_dear_nj / f.busy_dear_nj, r.energy_nj / f.energy_nj)
           AS energy_least,
       max(r.quiet_cheap_nj / f.quiet_cheap_nj,
           r.quiet_dear_nj / f.quiet_dear_nj,
           r.busy_cheap_nj / f.busy_cheap_nj,
           r.busy_dear_nj / f.busy_dear_nj, r.energy_nj / f.energy_nj)
           AS energy_most,
       (r.energy_nj - r.leakage_nj) / (f.energy_nj - f.leakage_nj)
           AS without_leakage
FROM versus AS v
JOIN sized AS f ON f.masks = v.masks AND f.label = v.label
JOIN sized AS r ON r.masks = f.masks AND r.network = f.network
               AND r.sparsity = f.sparsity AND r.tokens = f.tokens
               AND r.weights = f.weights AND r.equal = f.equal
JOIN own AS o ON o.machine = r.machine
WHERE f.machine LIKE 'flexcim%'
  AND (v.plan = 'common' OR o.label = v.rival_label)
  AND r.label = CASE WHEN r.masks = 'seeded' AND v.rival_label = 'n8'
                THEN 'common' ELSE v.rival_label END
ORDER BY f.masks, f.network, f.sparsity, f.tokens, f.weights, f.equal, f.machine,
         v.plan, r.machine
