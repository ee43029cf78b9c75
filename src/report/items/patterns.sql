-- SPDX-License-Identifier: GPL-3.0-or-later
-- The pattern of every layer
--
-- N:M keeps at most N weights of every M along the inputs; a stronger colour
-- keeps more.  The perplexity of the plan stands above it.  At most twelve plans are
-- shown, those of the lowest perplexities.
@NAMES@, shown AS (
    SELECT v.plan_hash, row_number() OVER (
               ORDER BY v.perplexity IS NULL, v.perplexity, v.plan_hash) AS place
    FROM v_perplexity AS v
    JOIN plans AS p USING (plan_hash)
    WHERE instr(p.text, '"unstructured":true') = 0
), part AS (
    SELECT v.*, instr(v.name, '.' || v.decoder_block || '.') AS at
    FROM v_pattern AS v
    JOIN shown USING (plan_hash)
    WHERE place <= 12
), kind AS (
    SELECT *, CASE at WHEN 0 THEN name
                   ELSE substr(name, at + length(decoder_block) + 2) END AS layer_kind
    FROM part
), line AS (
    SELECT model_hash, layer_kind,
           row_number() OVER (PARTITION BY model_hash ORDER BY min(layer)) AS line
    FROM kind
    GROUP BY model_hash, layer_kind
)
SELECT n.model || ', ' || p.plan || coalesce(printf(': perplexity %.2f',
                                                    v.perplexity), '') AS panel,
       k.layer_kind, l.line, k.decoder_block, k.pattern,
       CASE k.pattern WHEN 'dense' THEN 100.0
            ELSE 100.0 * CAST(k.pattern AS REAL)
                 / substr(k.pattern, instr(k.pattern, ':') + 1)
       END AS kept_percent
FROM kind AS k
JOIN line AS l USING (model_hash, layer_kind)
JOIN model_name AS n USING (model_hash)
JOIN plan_name AS p USING (plan_hash)
JOIN v_perplexity AS v USING (plan_hash)
ORDER BY n.model, v.sparsity_asked, v.method, k.plan_hash, k.layer;
