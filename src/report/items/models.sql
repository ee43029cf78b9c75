-- SPDX-License-Identifier: GPL-3.0-or-later
-- Models
--
-- A hash names a checkpoint's configuration and weights; the digits shown are
-- its first twelve.
SELECT m.name AS model, coalesce(m.family, 'shapes only') AS family,
       m.decoder_blocks, count(*) AS pruned_layers,
       sum(y.inputs * y.outputs) AS weights_in_them,
       (SELECT count(*) FROM plans AS p
        WHERE p.model_hash = m.model_hash) AS plans,
       substr(m.model_hash, 1, 12) AS hash
FROM models AS m
JOIN layers AS y USING (model_hash)
GROUP BY m.model_hash
ORDER BY m.name, m.model_hash;
