-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which plans and machines does no other beat in perplexity and cycles, energy or area?
--
-- Compared within one model, number of tokens, and rows that perplexity is of.
-- `front` says in which of the three, beside perplexity, no other is as good and
-- better in one.
SELECT model, machine, method, sparsity_asked AS asked,
       round(sparsity_reached, 4) AS reached, round(perplexity, 3) AS perplexity,
       cycles, round(energy_nj / 1000, 1) AS energy_uj,
       round(leakage_nj / 1000, 1) AS leakage_uj,
       round(area_mm2, 2) AS area_mm2,
       trim(CASE WHEN on_cycles THEN 'cycles ' ELSE '' END
            || CASE WHEN on_energy THEN 'energy ' ELSE '' END
            || CASE WHEN on_area THEN 'area' ELSE '' END) AS front
FROM v_front
ORDER BY model, cycles, perplexity, machine, method, run;
