-- SPDX-License-Identifier: GPL-3.0-or-later
-- One row a pair of a reading of FlexCiM and a rival; ratios over 1 are FlexCiM's.
--
-- masks: real (of plans of the shipped models) or seeded (of shapes).  selects: one
-- for a cell or one for a row; merged: all sub-macros for an output, or as many as a
-- layer needs.  plan, rival_plan: common (the same for both), own best, or agreed
-- (masks that 32 outputs share).  near: both plans are at most 5 % above the dense
-- perplexity on the same rows.  latency_fraction: latency if fractions of macros
-- filled the area; own_clock: by how much FlexCiM's own clock is the faster;
-- without_leakage: energy less what leaks in either machine.
CREATE TABLE pair (
    masks TEXT, network TEXT, sparsity REAL, tokens INTEGER, weights TEXT,
    equal TEXT, activity TEXT, reading TEXT, selects TEXT, merged TEXT, plan TEXT,
    rival TEXT, rival_plan TEXT, perplexity_ratio REAL, near INTEGER, area REAL,
    latency REAL, latency_fraction REAL, own_clock REAL, energy REAL, macros REAL,
    energy_delay REAL, energy_least REAL, energy_most REAL, without_leakage REAL
);
