-- SPDX-License-Identifier: GPL-3.0-or-later
-- Experiments, and the points that they ask for.
CREATE TABLE experiments (
    experiment TEXT PRIMARY KEY        -- of the text
               CHECK (length(experiment) = 64),
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL           -- sweep: every point is replayed;
               CHECK (kind IN ('sweep', 'explore')), -- explore: some are tried
    points     INTEGER NOT NULL        -- in the space
               CHECK (points > 0),
    text       TEXT NOT NULL           -- the question itself, files by hash
) STRICT, WITHOUT ROWID;

CREATE TABLE experiment_points (
    experiment   TEXT NOT NULL REFERENCES experiments ON DELETE CASCADE,
    point        INTEGER NOT NULL      -- place in the space, from 0
                 CHECK (point >= 0),
    trace_hash   TEXT NOT NULL REFERENCES traces ON DELETE CASCADE,
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    settings     TEXT NOT NULL         -- what is special about the machine, a
                 CHECK (json_valid(settings)), -- JSON object path: value
    PRIMARY KEY (experiment, point)
) STRICT, WITHOUT ROWID;
