-- SPDX-License-Identifier: GPL-3.0-or-later
-- What do the plans of a limit of cycles save on the three readings?
--
-- Cycles as a share of what dense takes on the same reading; least and most over
-- all plans of these patterns.
SELECT r.model, replace(replace(r.machine, '-reach-8', ''), 'small', 'flexcim')
           AS reading,
       CASE WHEN p.text LIKE '%"4:12"%' OR p.text LIKE '%"6:16"%'
            THEN 'with M over 8' ELSE 'M up to 8' END AS offered,
       count(*) AS plans,
       round(min(r.cycles * 1.0 / d.cycles), 3) AS least,
       round(max(r.cycles * 1.0 / d.cycles), 3) AS most
FROM v_latest_run AS r
JOIN plans AS p USING (plan_hash)
JOIN v_latest_run AS d
  ON d.model_hash = r.model_hash AND d.sparsity_reached = 0
 AND d.machine = replace(r.machine, '-reach-8', '') AND d.method = 'uniform'
WHERE r.sparsity_reached > 0
GROUP BY r.model, reading, offered
ORDER BY r.model, reading, offered;
