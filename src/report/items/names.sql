WITH model_name AS (
    SELECT model_hash, CASE count(*) OVER (PARTITION BY name) WHEN 1 THEN name
               ELSE name || ' ' || substr(model_hash, 1, 6) END AS model
    FROM models
), machine_text AS (
    -- Machines of one name by what an experiment set; with a memory for whole
    -- inferences it is another machine.
    SELECT machine_hash, name,
           name || coalesce((SELECT group_concat(' ' || e.key || '=' || e.value, '')
                             FROM json_each(
                                 (SELECT p.settings FROM experiment_points AS p
                                  WHERE p.machine_hash = machines.machine_hash
                                  ORDER BY p.experiment, p.point LIMIT 1)) AS e),
                            '') AS text,
           machine_hash IN (SELECT machine_hash FROM inferences) AS is_whole
    FROM machines
), machine_name AS (
    SELECT machine_hash,
           CASE WHEN count(*) OVER (PARTITION BY name, is_whole) = 1 THEN name
                WHEN count(*) OVER (PARTITION BY text, is_whole) = 1 THEN text
                ELSE text || ' ' || substr(machine_hash, 1, 6) END AS machine
    FROM machine_text
), plan_text AS (
    SELECT plan_hash, model_hash, replace(word, '+', ' ')
           || printf(' %g %%', round(100 * coalesce(sparsity_asked,
                                                    sparsity_reached), 1)) AS text
    FROM plans JOIN v_plan USING (plan_hash, model_hash)
), plan_name AS (
    SELECT plan_hash, CASE count(*) OVER (PARTITION BY model_hash, text)
               WHEN 1 THEN text
               ELSE text || ' ' || substr(plan_hash, 1, 6) END AS plan
    FROM plan_text
), told_run AS (
    -- Runs that have a row or a bar each, the last first.  Points of experiments
    -- have figures of their own: of more than thirty runs they are left out; where
    -- there is nothing else, those stay that no other beats.
    SELECT run, row_number() OVER (ORDER BY ended_utc DESC, run) AS place
    FROM (SELECT run, ended_utc, is_point, count(*) OVER () AS many,
                 min(is_point) OVER () AS only_points
          FROM (SELECT run, ended_utc,
                       (trace_hash, machine_hash) IN
                           (SELECT trace_hash, machine_hash
                            FROM experiment_points) AS is_point
                FROM v_latest_run))
    WHERE many <= 30
       OR is_point = only_points
          AND (NOT is_point
               OR run IN (SELECT run FROM v_priced_point WHERE on_front))
)
