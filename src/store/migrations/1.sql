-- SPDX-License-Identifier: GPL-3.0-or-later
-- The tables of version 1.  What they mean stands in schema.sql.

CREATE TABLE invocations (
    invocation    TEXT PRIMARY KEY CHECK (length(invocation) = 32),
    arguments     TEXT NOT NULL CHECK (json_valid(arguments)),
    version       TEXT NOT NULL,
    compiler      TEXT NOT NULL,
    libraries     TEXT NOT NULL CHECK (json_valid(libraries)),
    host          TEXT NOT NULL,
    workers       INTEGER NOT NULL CHECK (workers > 0),
    started_utc   TEXT NOT NULL,
    ended_utc     TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    model_hash     TEXT PRIMARY KEY CHECK (length(model_hash) = 64),
    name           TEXT NOT NULL,
    family         TEXT,
    decoder_blocks INTEGER NOT NULL CHECK (decoder_blocks > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE layers (
    model_hash    TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    layer         INTEGER NOT NULL CHECK (layer >= 0),
    name          TEXT NOT NULL,
    decoder_block INTEGER NOT NULL CHECK (decoder_block >= 0),
    inputs        INTEGER NOT NULL CHECK (inputs > 0),
    outputs       INTEGER NOT NULL CHECK (outputs > 0),
    PRIMARY KEY (model_hash, layer),
    UNIQUE (model_hash, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE plans (
    plan_hash        TEXT PRIMARY KEY CHECK (length(plan_hash) = 64),
    model_hash       TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    trace_hash       TEXT NOT NULL CHECK (length(trace_hash) = 64),
    method           TEXT NOT NULL,
    parameters       TEXT NOT NULL CHECK (json_valid(parameters)),
    mask_score       TEXT NOT NULL,
    weight_update    TEXT NOT NULL,
    agreement        INTEGER NOT NULL CHECK (agreement > 0),
    sparsity_asked   REAL CHECK (sparsity_asked BETWEEN 0 AND 1),
    sparsity_reached REAL NOT NULL CHECK (sparsity_reached BETWEEN 0 AND 1),
    text             TEXT NOT NULL CHECK (json_valid(text)),
    UNIQUE (plan_hash, model_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_layers (
    plan_hash  TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m),
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16 AND m % 2 = 0),
    score      REAL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (plan_hash, layer),
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer)
) STRICT, WITHOUT ROWID;

CREATE TABLE perplexities (
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,
    tokens_hash TEXT NOT NULL CHECK (length(tokens_hash) = 64),
    tensor      TEXT NOT NULL,
    "rows"      INTEGER NOT NULL CHECK ("rows" > 0),
    tokens      INTEGER NOT NULL CHECK (tokens > 0),
    arithmetic  TEXT NOT NULL,
    version     TEXT NOT NULL,
    perplexity  REAL NOT NULL CHECK (perplexity >= 1),
    invocation  TEXT NOT NULL REFERENCES invocations,
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX perplexity_key ON perplexities (model_hash,
    coalesce(plan_hash, ''), tokens_hash, tensor, "rows", arithmetic, version);

CREATE TABLE traces (
    trace_hash  TEXT PRIMARY KEY CHECK (length(trace_hash) = 64),
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,
    kind        TEXT NOT NULL CHECK (kind IN ('recorded',
                                'sparse',
                                'shapes')),
    tokens_hash TEXT,
    path        TEXT NOT NULL,
    UNIQUE (trace_hash, model_hash),
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE machines (
    machine_hash TEXT PRIMARY KEY CHECK (length(machine_hash) = 64),
    name         TEXT NOT NULL,
    multipliers  INTEGER NOT NULL CHECK (multipliers > 0),
    text         TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    run          TEXT PRIMARY KEY CHECK (length(run) = 16),
    trace_hash   TEXT NOT NULL,
    model_hash   TEXT NOT NULL,
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    version      TEXT NOT NULL,
    way          TEXT NOT NULL CHECK (way IN ('fast', 'slow')),
    seed         INTEGER NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    reason       TEXT CHECK ((reason IS NOT NULL) = (status = 'failed')),
    invocation   TEXT NOT NULL REFERENCES invocations,
    started_utc  TEXT NOT NULL,
    ended_utc    TEXT CHECK ((ended_utc IS NULL) = (status = 'running')),
    UNIQUE (run, model_hash),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE layer_results (
    run        TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    tokens     INTEGER NOT NULL CHECK (tokens > 0),
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m),
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16),
    run_as_n   INTEGER NOT NULL CHECK (run_as_n BETWEEN 1 AND run_as_m),
    run_as_m   INTEGER NOT NULL CHECK (run_as_m BETWEEN 2 AND 16),
    cycles     INTEGER NOT NULL CHECK (cycles > 0),
    compute_cycles          INTEGER NOT NULL CHECK (compute_cycles >= 0),
    weight_load_cycles      INTEGER NOT NULL CHECK (weight_load_cycles >= 0),
    memory_stall_cycles     INTEGER NOT NULL CHECK (memory_stall_cycles >= 0),
    activation_stall_cycles INTEGER NOT NULL CHECK (activation_stall_cycles >= 0),
    output_stall_cycles     INTEGER NOT NULL CHECK (output_stall_cycles >= 0),
    drain_cycles            INTEGER NOT NULL CHECK (drain_cycles >= 0),
    kept_macs  INTEGER NOT NULL CHECK (kept_macs >= 0),
    outputs_verified INTEGER NOT NULL CHECK (outputs_verified IN (0, 1)),
    PRIMARY KEY (run, layer),
    FOREIGN KEY (run, model_hash)
        REFERENCES runs (run, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer), CHECK (compute_cycles + weight_load_cycles + memory_stall_cycles
           + activation_stall_cycles + output_stall_cycles + drain_cycles
           = cycles)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    block       TEXT NOT NULL,
    counter     TEXT NOT NULL,
    unit        TEXT NOT NULL,
    description TEXT NOT NULL,
    PRIMARY KEY (block, counter)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter_values (
    run     TEXT NOT NULL,
    layer   INTEGER NOT NULL,
    block   TEXT NOT NULL,
    counter TEXT NOT NULL,
    value   INTEGER NOT NULL CHECK (value >= 0),
    PRIMARY KEY (run, layer, block, counter),
    FOREIGN KEY (run, layer)
        REFERENCES layer_results (run, layer) ON DELETE CASCADE,
    FOREIGN KEY (block, counter) REFERENCES counters (block, counter)
) STRICT, WITHOUT ROWID;
