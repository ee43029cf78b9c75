-- SPDX-License-Identifier: GPL-3.0-or-later
-- What are lines to selectors and cells in the energy of macros?
--
-- Of llama-7m's common plan of 60 %, a prompt, resident, at equal multipliers: the
-- share that goes if lines cost nothing, and FlexCiM's macro
-- energy over that of its rivals with both tables.
WITH priced AS MATERIALIZED (
    SELECT substr(r.machine, 1, instr(r.machine, '@') - 1) AS machine,
           max(CASE e.cost_table WHEN 'base' THEN e.macros_nj END) AS with_lines,
           max(CASE e.cost_table WHEN 'no-lines' THEN e.macros_nj END)
               AS without
    FROM v_latest_run AS r
    JOIN v_energy AS e USING (run)
    JOIN experiment_points AS p USING (trace_hash, machine_hash)
    JOIN traces AS t USING (trace_hash)
    WHERE t.path LIKE '%llama-7m.0.6.common.512.trace'
      AND r.machine LIKE '%@multipliers'
      AND json_extract(p.settings, '$."dram.rate"') = 'none'
    GROUP BY 1
)
SELECT 'lines' AS lines, p.machine,
       round(1 - p.without / p.with_lines, 2) AS share,
       round(f.with_lines / p.with_lines, 2) AS flexcim_takes,
       round(f.without / p.without, 2) AS without_lines
FROM priced AS p, priced AS f
WHERE f.machine = 'flexcim'
ORDER BY p.machine;
