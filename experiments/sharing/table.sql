-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much longer does a block take when columns share a select?
SELECT p.pattern || ', agreement '
           || CASE WHEN instr(p.model, 'agreement ') = 0 THEN '1'
                   ELSE substr(p.model, instr(p.model, 'agreement ') + 10)
              END AS masks,
       json_extract(p.settings, '$."select.share"') AS share,
       p.cycles, round(p.cycles * 1.0 / own.cycles, 2) AS times_own_selects
FROM v_point AS p
JOIN v_point AS own
  ON own.trace_hash = p.trace_hash
 AND json_extract(own.settings, '$."select.share"') = 1
WHERE p.experiment = 'sharing'
ORDER BY masks, share;
