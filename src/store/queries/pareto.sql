-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which plans and machines does no other beat in perplexity and cycles, energy or area?
--
-- Compared within one model, number of tokens, and rows and arithmetic that
-- perplexity is of.  `front` says in which of the three, beside perplexity, no other
-- is as good and better in one.
SELECT f.model, f.tokens, q."rows", q.arithmetic, f.machine, f.method,
       f.sparsity_asked AS asked, round(f.sparsity_reached, 4) AS reached,
       round(f.perplexity, 3) AS perplexity, f.cycles,
       round(f.energy_nj / 1000, 1) AS energy_uj,
       round(f.leakage_nj / 1000, 1) AS leakage_uj,
       round(f.area_mm2, 2) AS area_mm2,
       trim(CASE WHEN on_cycles THEN 'cycles ' ELSE '' END
            || CASE WHEN on_energy THEN 'energy ' ELSE '' END
            || CASE WHEN on_area THEN 'area' ELSE '' END) AS front
FROM v_front AS f
LEFT JOIN v_perplexity AS q USING (plan_hash)
ORDER BY f.model, f.tokens, q."rows" DESC, q.arithmetic, f.cycles, f.perplexity,
         f.machine, f.method, f.run;
