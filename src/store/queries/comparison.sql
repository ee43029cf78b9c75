-- SPDX-License-Identifier: GPL-3.0-or-later
-- What does each plan cost in perplexity, and what does it buy in cycles?
--
-- :against  the machine that speed-up is measured against, on the same trace;
--           dense unless said; the one first replayed, if several go by that
--           name
SELECT c.model, c.method, c.sparsity_asked AS asked,
       round(c.sparsity_reached, 4) AS reached,
       round(c.perplexity, 3) AS perplexity,
       round(c.dense_perplexity, 3) AS dense_perplexity,
       c.machine, c.cycles,
       (SELECT round(s.speed_up, 3)
        FROM v_speed_up AS s JOIN runs AS b ON b.run = s.rival_run
        WHERE s.run = c.run AND s.rival = coalesce(:against, 'dense')
        ORDER BY b.started_utc, b.run LIMIT 1) AS speed_up,
       round(c.utilisation, 3) AS utilisation
FROM v_comparison AS c
ORDER BY c.model, c.sparsity_asked, c.sparsity_reached, c.method, c.machine,
         c.cycles, c.run;
