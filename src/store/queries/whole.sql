-- SPDX-License-Identifier: GPL-3.0-or-later
-- What do whole inferences take at an experiment's points, and which does no other beat?
--
-- :experiment  its name or hash; all experiments unless said
-- :version     of the program that ran them; the newest unless said
--
-- `unbeaten` are points than which no other of the experiment, model and
-- inference is as good in first token, milliseconds and joules a token, area and
-- perplexity, and better in one.  Area is with vector unit, scan unit, engine and
-- state store.  What is not known of a point counts as equal
-- to what is not known of another; perplexities of other rows are not compared.
-- What a search ran with fewer tokens, and not at the ends of the band, is left out.
WITH point AS MATERIALIZED (
    SELECT p.*, i.prompt, i."generate", i.batch, i.time_to_first_token_ms,
           i.ms_per_token, i.uj_per_token, i.leakage_uj_per_token,
           m.whole_mm2 AS area_mm2, q.perplexity, q.measured,
           coalesce(i.time_to_first_token_ms, 9e999) AS first,
           coalesce(i.ms_per_token, 9e999) AS time,
           coalesce(i.uj_per_token, 9e999) AS energy,
           coalesce(m.whole_mm2, 9e999) AS area,
           coalesce(q.perplexity, 9e999) AS loss
    FROM v_point AS p
    JOIN (SELECT *, row_number() OVER (
                        PARTITION BY trace_hash, machine_hash, prompt,
                                     "generate", batch
                        ORDER BY ended_utc DESC, inference) AS age
          FROM v_inference
          WHERE version = coalesce(:version, version)
            AND time_to_first_token_ms_low IS NOT NULL) AS i
      ON i.trace_hash = p.trace_hash AND i.machine_hash = p.machine_hash
     AND i.age = 1
    LEFT JOIN v_machine AS m
           ON m.machine_hash = p.machine_hash AND m.cost_table = 'base'
    LEFT JOIN v_perplexity AS q ON q.plan_hash = p.plan_hash
    WHERE :experiment IS NULL OR p.experiment = :experiment
       OR p.experiment_hash = :experiment
)
SELECT a.experiment, a.point, a.model, a.method, a.pattern, a.machine,
       a.settings, a.prompt, a."generate", a.batch,
       round(a.time_to_first_token_ms, 4) AS first_token_ms,
       round(a.ms_per_token, 4) AS ms_per_token,
       round(a.uj_per_token, 3) AS uj_per_token,
       round(a.leakage_uj_per_token, 3) AS leakage_uj,
       round(a.area_mm2, 4) AS area_mm2, round(a.perplexity, 3) AS perplexity,
       CASE WHEN EXISTS (
           SELECT 1 FROM point AS b
           WHERE b.experiment_hash = a.experiment_hash
             AND b.model_hash = a.model_hash AND b.prompt = a.prompt
             AND b."generate" = a."generate" AND b.batch = a.batch
             AND (a.measured IS NULL OR b.measured = a.measured)
             AND b.first <= a.first AND b.time <= a.time
             AND b.energy <= a.energy AND b.area <= a.area
             AND b.loss <= a.loss
             AND (b.first < a.first OR b.time < a.time OR b.energy < a.energy
                  OR b.area < a.area OR b.loss < a.loss))
            THEN 'no' ELSE 'yes' END AS unbeaten
FROM point AS a
ORDER BY a.experiment, a.experiment_hash, a.model, a.prompt, a."generate",
         a.batch, a.point;
