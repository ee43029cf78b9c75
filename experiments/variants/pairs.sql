-- SPDX-License-Identifier: GPL-3.0-or-later
-- Each reading of FlexCiM beside each rival: the same model, sparsity, tokens,
-- memory and buffers.  The questions (verdict.sql, ...) follow this text.
--
-- A machine's name says after @ what is equal and which buffers it has.  Lists of shapes have no
-- plan: `mix` says which share of every layer's work has which pattern, and block
-- pruning leaves a dense layer of fewer inputs.
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
    -- from, by the same method as all.  On shapes n8 is `common`.
    VALUES ('dense', 'n8'), ('fixed-2-4', 'n4'), ('fixed-4-8', 'n8'),
           ('vegeta-n4', 'n4'), ('vegeta-n4-row-wise', 'n4'),
           ('vegeta-n8', 'n8'), ('sdp', 'blocks'), ('sparse-tensor-core', 'n4')
), priced AS MATERIALIZED (
    SELECT p.*, a.area_mm2 AS activation_mm2,
           substr(p.machine, 1, instr(p.machine, '@') - 1) AS name,
           substr(p.machine, instr(p.machine, '@') + 1) AS scale
    FROM v_priced AS p
    JOIN v_area AS a ON a.machine_hash = p.machine_hash
                    AND a.cost_table = 'base' AND a.block = 'activation_buffer'
    WHERE instr(p.machine, '@')
), point AS MATERIALIZED (
    SELECT p.*,
           substr(p.model || ',', 1, instr(p.model || ',', ',') - 1) AS network,
           CASE json_extract(e.settings, '$."dram.rate"')
           WHEN 'none' THEN 'resident' ELSE 'DRAM' END AS weights,
           CASE WHEN p.scale LIKE 'multipliers-%' THEN 'multipliers'
                ELSE 'area' END AS equal,
           CASE WHEN p.scale LIKE '%-scaled' THEN 'scaled'
                ELSE 'equal' END AS buffers,
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
           buffers, equal, name AS machine, l.label, perplexity,
           cycles * 1.0 AS cycles, energy_nj, macros_nj, quiet_cheap_nj,
           quiet_dear_nj, busy_cheap_nj, busy_dear_nj, area_mm2,
           activation_mm2, fastest_clock_mhz, activity
    FROM point
    JOIN (SELECT DISTINCT label FROM own UNION VALUES ('common'), ('agreed'))
         AS l ON path LIKE '%.' || l.label || '.%'
    WHERE kind = 'sparse'
    UNION ALL
    SELECT 'seeded', network, m.sparsity, tokens, weights, buffers, equal, name,
           m.label, NULL, sum(m.share * cycles), sum(m.share * energy_nj),
           sum(m.share * macros_nj), sum(m.share * quiet_cheap_nj),
           sum(m.share * quiet_dear_nj), sum(m.share * busy_cheap_nj),
           sum(m.share * busy_dear_nj),
           max(area_mm2), max(activation_mm2), max(fastest_clock_mhz),
           max(activity)
    FROM point
    JOIN mix AS m USING (pattern, agreement)
    WHERE kind = 'shapes' AND NOT blocks
    GROUP BY network, m.sparsity, tokens, weights, buffers, equal, name, m.label
    HAVING sum(m.share) > 0.999
    UNION ALL
    SELECT 'seeded', substr(network, 1, blocks - 1),
           CAST(substr(network, blocks + 8) AS REAL), tokens, weights, buffers,
           equal, name, 'blocks', NULL, cycles * 1.0, energy_nj, macros_nj,
           quiet_cheap_nj, quiet_dear_nj, busy_cheap_nj, busy_dear_nj, area_mm2,
           activation_mm2, fastest_clock_mhz, activity
    FROM point
    WHERE kind = 'shapes' AND blocks
), target AS (
    -- the area that all are given: that of the dense machine
    SELECT masks, buffers, max(area_mm2) AS mm2
    FROM planned
    WHERE machine = 'dense' AND equal = 'area'
    GROUP BY masks, buffers
), sized AS (
    -- and how often that area, but for the activation buffer, holds the machine
    SELECT p.*, (t.mm2 - p.activation_mm2) / (p.area_mm2 - p.activation_mm2)
               AS fits
    FROM planned AS p
    JOIN target AS t USING (masks, buffers)
), pair AS MATERIALIZED (
    SELECT f.masks, f.network, f.sparsity, f.tokens, f.weights, f.buffers,
           f.equal, f.activity, f.machine AS reading,
           CASE WHEN f.label = 'n8' OR f.masks = 'seeded' AND f.label = 'common'
                THEN 'own best' ELSE f.label END AS plan,
           r.machine AS rival,
           CASE WHEN r.label = 'common' AND (f.masks = 'real'
                     OR o.label <> 'n8') THEN 'common'
                ELSE 'own best' END AS rival_plan,
           f.perplexity / r.perplexity AS perplexity_ratio,
           r.area_mm2 / f.area_mm2 AS area,
           r.cycles / f.cycles AS latency,
           r.cycles * f.fits / (f.cycles * r.fits) AS latency_fraction,
           r.cycles * f.fastest_clock_mhz / (f.cycles * r.fastest_clock_mhz)
               AS latency_own_clock,
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
               AS energy_most
    FROM sized AS f
    JOIN sized AS r ON r.masks = f.masks AND r.network = f.network
                   AND r.sparsity = f.sparsity AND r.tokens = f.tokens
                   AND r.weights = f.weights AND r.buffers = f.buffers
                   AND r.equal = f.equal
    JOIN own AS o ON o.machine = r.machine
                 AND r.label IN (o.label, 'common')
    WHERE f.machine LIKE 'flexcim%' AND f.label IN ('common', 'n8', 'agreed')
)
