-- SPDX-License-Identifier: GPL-3.0-or-later
-- How far do perplexities depend on which calibration rows were drawn?
--
-- One row for plans that differ in nothing but their calibration rows
-- (`--draw`), measured on the same rows in the same arithmetic.
SELECT model, method, weight_update AS weights, sparsity_asked AS asked,
       coalesce(budget, '') AS budget, "rows", draws,
       round(least, 3) AS least, round(most, 3) AS most,
       round(100 * apart, 2) AS apart_percent
FROM (
@drawn@
)
ORDER BY model, sparsity_asked, budget, least;
