-- SPDX-License-Identifier: GPL-3.0-or-later
-- What patterns a list of shapes was asked for.  Of earlier lists it is not known
-- until they are run again.
CREATE TABLE list_layers (
    trace_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m),
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16 AND m % 2 = 0),
    PRIMARY KEY (trace_hash, layer),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer)
) STRICT, WITHOUT ROWID;
