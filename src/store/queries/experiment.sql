-- SPDX-License-Identifier: GPL-3.0-or-later
-- What came out of an experiment, point by point?
--
-- :experiment  its name; all experiments unless said
-- :version     of the program that ran the points; the newest unless said
SELECT v.experiment, v.point, v.model, v.method,
       round(v.sparsity_reached, 4) AS sparsity, v.pattern, v.run_as, v.tokens,
       v.machine, v.settings, v.status,
       v.cycles, round(v.milliseconds, 4) AS milliseconds,
       round(v.utilisation, 3) AS utilisation, v.multipliers, v.reason
FROM v_version_point AS v
WHERE iif(:version IS NULL, v.is_newest, v.version = :version)
  AND (:experiment IS NULL OR v.experiment = :experiment)
ORDER BY v.experiment, v.experiment_hash, v.point;
