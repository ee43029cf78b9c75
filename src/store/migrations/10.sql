-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many questions models and plans answer right.
CREATE TABLE accuracies (
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,
    tasks_hash  TEXT NOT NULL
                CHECK (length(tasks_hash) = 64),
    tasks       TEXT NOT NULL,
    longest     INTEGER NOT NULL
                CHECK (longest >= 0),
    arithmetic  TEXT NOT NULL,
    version     TEXT NOT NULL,
    questions   INTEGER NOT NULL CHECK (questions > 0),
    acc         REAL NOT NULL CHECK (acc BETWEEN 0 AND 1),
    acc_error   REAL NOT NULL CHECK (acc_error >= 0),
    acc_norm    REAL NOT NULL CHECK (acc_norm BETWEEN 0 AND 1),
    acc_norm_error REAL NOT NULL CHECK (acc_norm_error >= 0),
    answered    TEXT NOT NULL
                CHECK (length(answered) = questions),
    answered_norm TEXT NOT NULL
                CHECK (length(answered_norm) = questions),
    invocation  TEXT NOT NULL REFERENCES invocations,
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX accuracy_key ON accuracies (model_hash,
    coalesce(plan_hash, ''), tasks_hash, longest, arithmetic, version);
