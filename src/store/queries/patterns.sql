-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which patterns did each plan choose, block by block?
SELECT model, method, asked, decoder_block, group_concat(part, ' ') AS patterns
FROM (SELECT model, method, sparsity_asked AS asked, sparsity_reached,
             plan_hash, decoder_block,
             CASE count(*) WHEN 1 THEN pattern
                           ELSE pattern || ' x' || count(*) END AS part
      FROM v_pattern
      GROUP BY plan_hash, decoder_block, pattern
      ORDER BY min(layer))
GROUP BY plan_hash, decoder_block
ORDER BY model, asked, sparsity_reached, method, plan_hash, decoder_block;
