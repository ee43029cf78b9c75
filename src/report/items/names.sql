WITH model_name AS (
    SELECT model_hash, CASE count(*) OVER (PARTITION BY name) WHEN 1 THEN name
               ELSE name || ' ' || substr(model_hash, 1, 6) END AS model
    FROM models
), machine_name AS (
    -- With a memory for whole inferences it is another machine.
    SELECT machine_hash, CASE count(*) OVER (
               PARTITION BY name, machine_hash IN (SELECT machine_hash
                                                   FROM inferences))
               WHEN 1 THEN name
               ELSE name || ' ' || substr(machine_hash, 1, 6) END AS machine
    FROM machines
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
)
