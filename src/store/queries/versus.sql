-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machine against machine, layer by layer: where is one faster than the other?
--
-- :a :b   names of the machines; flexcim and dense unless said
-- :trace  hash of a trace that both replayed, or its beginning; unless said, the
--         one that both replayed last
--
-- Both had the same trace.  speed_up is of a over b; a # of the bar is a tenth,
-- and | stands where both are as fast.  Layers of one name and size in several
-- decoder blocks are one row.
WITH pair AS (
    SELECT a.run AS run_a, b.run AS run_b, a.model, a.method, a.sparsity_asked,
           a.trace_hash
    FROM v_latest_run AS a
    JOIN v_latest_run AS b USING (trace_hash)
    WHERE a.machine = coalesce(:a, 'flexcim') AND a.layers > 0
      AND b.machine = coalesce(:b, 'dense') AND b.layers > 0
      AND (:trace IS NULL OR substr(trace_hash, 1, length(:trace)) = :trace)
    ORDER BY max(a.ended_utc, b.ended_utc) DESC, a.run, b.run LIMIT 1
), each AS (
    SELECT p.*, x.layer, x.decoder_block,
           CASE WHEN instr(x.name, '.' || x.decoder_block || '.') > 0
                THEN substr(x.name, instr(x.name, '.' || x.decoder_block || '.')
                            + length(x.decoder_block) + 2)
                ELSE x.name END AS name,
           x.tokens, x.inputs, x.outputs, x.pattern, x.run_as AS as_a,
           y.run_as AS as_b, x.cycles AS cycles_a, y.cycles AS cycles_b
    FROM pair AS p
    JOIN v_layer AS x ON x.run = p.run_a
    JOIN v_layer AS y ON y.run = p.run_b AND y.layer = x.layer
), both AS (
    SELECT model, method, sparsity_asked, name, count(*) AS layers, tokens,
           inputs, outputs, pattern, as_a, as_b, sum(cycles_a) AS cycles_a,
           sum(cycles_b) AS cycles_b, min(layer) AS place
    FROM each
    GROUP BY name, tokens, inputs, outputs, pattern, as_a, as_b
    UNION ALL
    SELECT model, method, sparsity_asked, 'all', count(*), NULL, NULL, NULL, NULL,
           NULL, NULL, sum(cycles_a), sum(cycles_b), 1e9
    FROM each
    HAVING count(*) > 0
)
SELECT model, method, sparsity_asked AS asked, name, layers, tokens, inputs,
       outputs, pattern, as_a, as_b, cycles_a, cycles_b,
       round(cycles_b * 1.0 / cycles_a, 3) AS speed_up,
       round(100.0 * (cycles_b - cycles_a)
             / (SELECT sum(cycles_b) FROM each), 1) AS "saved %",
       CASE WHEN cycles_b < cycles_a THEN
           printf('%.*c', max(1, cast(10.0 * cycles_b / cycles_a AS INTEGER)),
                  '#') || '|'
       ELSE
           '##########|'
           || CASE WHEN cycles_b * 10 < cycles_a * 11 THEN ''
              ELSE printf('%.*c', min(30, cast(10.0 * cycles_b / cycles_a
                                               AS INTEGER) - 10), '#') END
       END AS bar
FROM both
ORDER BY place, name, pattern;
