-- SPDX-License-Identifier: GPL-3.0-or-later
-- From how many inputs on does a sparser pattern than 4:8 pay, by a layer's outputs?
--
-- For all merged and as needed: saves, the least number of inputs from which on the
-- pattern takes at least 5 % fewer cycles than 4:8; in full, that from which on it
-- takes no more than its share of them, N/4, and a tenth; none: there is no such
-- number up to 2048 inputs.
WITH layer AS (
    SELECT l.inputs, l.outputs, l.tokens, p.pattern, p.machine, l.cycles
    FROM v_point AS p
    JOIN v_layer AS l USING (run)
    WHERE p.experiment = 'sizes'
), compared AS (
    SELECT s.*, s.cycles <= 0.95 * h.cycles AS saves,
           s.cycles <= 1.1 * substr(s.pattern, 1, 1) / 4.0 * h.cycles AS in_full
    FROM layer AS s
    JOIN layer AS h USING (inputs, outputs, tokens, machine)
    WHERE h.pattern = '4:8' AND s.pattern <> '4:8'
), least AS (
    SELECT c.outputs, c.tokens, c.pattern, c.machine,
           min(CASE WHEN NOT EXISTS (
               SELECT 1 FROM compared AS d
               WHERE d.outputs = c.outputs AND d.tokens = c.tokens
                 AND d.pattern = c.pattern AND d.machine = c.machine
                 AND d.inputs >= c.inputs AND NOT d.saves)
               THEN c.inputs END) AS saves,
           min(CASE WHEN NOT EXISTS (
               SELECT 1 FROM compared AS d
               WHERE d.outputs = c.outputs AND d.tokens = c.tokens
                 AND d.pattern = c.pattern AND d.machine = c.machine
                 AND d.inputs >= c.inputs AND NOT d.in_full)
               THEN c.inputs END) AS in_full
    FROM compared AS c
    GROUP BY c.outputs, c.tokens, c.pattern, c.machine
)
SELECT CASE m.tokens WHEN 1 THEN 'one token' ELSE 'prompt' END AS phase,
       m.outputs, m.pattern,
       coalesce(m.saves, 'none') AS merged_saves,
       coalesce(a.saves, 'none') AS adaptive_saves,
       coalesce(m.in_full, 'none') AS merged_in_full,
       coalesce(a.in_full, 'none') AS adaptive_in_full
FROM least AS m
JOIN least AS a USING (outputs, tokens, pattern)
WHERE m.machine = 'flexcim-merged' AND a.machine = 'flexcim'
ORDER BY m.tokens DESC, m.outputs, m.pattern DESC;
