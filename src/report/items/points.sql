-- SPDX-License-Identifier: GPL-3.0-or-later
-- Points of experiments: time, energy and area
--
-- One mark a point; nearer to the lower left corner is better.  Large marks are the
-- points that no other of the same experiment, model and number of tokens beats in
-- time, energy, area and perplexity together; the table of the best names some.  The
-- grey line under a mark's energy is the part of it that is leakage, which may be from
-- half to twice of that (‘flexcim costs’ has each band).  At most six plots are shown.
WITH priced AS (
    SELECT *, dense_rank() OVER (ORDER BY experiment, experiment_hash, model,
                                          pattern, tokens) AS place,
           count(*) OVER (PARTITION BY experiment_hash) AS many
    FROM v_priced_point
)
SELECT experiment || ': ' || model || coalesce(', ' || pattern, '')
           || CASE tokens WHEN 1 THEN ', 1 token'
                          ELSE coalesce(', ' || tokens || ' tokens', '') END AS panel,
       machine AS series, point, settings,
       coalesce(milliseconds, cycles) AS milliseconds,
       energy_nj / 1000 AS energy_uj, area_mm2, perplexity, on_front,
       (energy_nj - leakage_nj) / 1000 AS without_leakage_uj
FROM priced
WHERE place <= 6 AND many > 1
ORDER BY place, on_front, machine, point;
