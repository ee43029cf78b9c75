-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machines know their parts, layers their activity, and there are prices.

-- What components cost.  `base` comes with the program, and every machine is
-- priced from the same table; `flexcim costs FILE` adds another, whole.
CREATE TABLE costs (
    cost_table TEXT NOT NULL,
    component  TEXT NOT NULL,
    class      TEXT NOT NULL
               CHECK (class IN ('logic', 'wire', 'sram', 'dram')),
    action     TEXT NOT NULL,          -- what energy_fj is spent on, a time
    energy_fj  REAL NOT NULL CHECK (energy_fj >= 0),
    area_um2   REAL NOT NULL CHECK (area_um2 >= 0),   -- of one
    delay_ps   REAL NOT NULL CHECK (delay_ps >= 0),   -- through one
    leakage_nw REAL NOT NULL CHECK (leakage_nw >= 0), -- of one
    node_nm    REAL NOT NULL CHECK (node_nm > 0),
    voltage_v  REAL NOT NULL CHECK (voltage_v > 0),
    source     TEXT NOT NULL,
    sure       TEXT NOT NULL           -- published: in the source; computed:
               CHECK (sure IN ('published', 'computed', 'assumed')), -- from it
    PRIMARY KEY (cost_table, component)
) STRICT, WITHOUT ROWID;

-- What a machine is made of, and what a count of its work uses of it.
CREATE TABLE machine_parts (
    machine_hash  TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    use           TEXT NOT NULL        -- area: so many stand in the block;
                  CHECK (use IN ('area', 'energy', 'path')), -- energy: a count
                                       -- of the counter uses so many; path: so
                                       -- many in a row in a pipeline stage
    block         TEXT NOT NULL,       -- path: the stage
    name          TEXT NOT NULL,       -- what they are for
    component     TEXT NOT NULL,       -- of the cost table
    counter_block TEXT NOT NULL,       -- energy; otherwise ''
    counter       TEXT NOT NULL,
    activity      TEXT NOT NULL        -- what the energy goes with: always;
                  CHECK (activity IN ('always', -- input: bits that change;
                                      'input',  -- product: these x ones of the
                                      'product', -- weights; sum: these x cells
                                      'sum')),  -- with a kept weight
    components    REAL NOT NULL CHECK (components > 0),
    PRIMARY KEY (machine_hash, use, block, name, component, counter_block,
                 counter)
) STRICT, WITHOUT ROWID;

-- What the bits of a layer's inputs and weights do, all shares 0..1.
CREATE TABLE layer_activities (
    trace_hash   TEXT NOT NULL,
    model_hash   TEXT NOT NULL,
    layer        INTEGER NOT NULL,
    input_toggle REAL NOT NULL         -- bits that change from token to token
                 CHECK (input_toggle BETWEEN 0 AND 1),
    input_zeros  REAL NOT NULL         -- inputs that are 0
                 CHECK (input_zeros BETWEEN 0 AND 1),
    weight_ones  REAL NOT NULL         -- bits of kept weights that are 1
                 CHECK (weight_ones BETWEEN 0 AND 1),
    weight_zeros REAL NOT NULL         -- kept weights that are 0
                 CHECK (weight_zeros BETWEEN 0 AND 1),
    origin       TEXT NOT NULL         -- counted: all of the trace's
                 CHECK (origin IN ('counted', 'assumed')),
    PRIMARY KEY (trace_hash, layer),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer)
) STRICT, WITHOUT ROWID;

-- Energy factor of a node: a2 V^2 + a1 V + a0, relative to another node's; area
-- relative to 45 nm.  Stillmaker and Baas, Integration 58 (2017).
CREATE TABLE nodes (
    node_nm     REAL PRIMARY KEY,
    a2 REAL NOT NULL, a1 REAL NOT NULL, a0 REAL NOT NULL,
    area_factor REAL NOT NULL CHECK (area_factor > 0),
    nominal_v   REAL NOT NULL CHECK (nominal_v > 0),
    kind        TEXT NOT NULL CHECK (kind IN ('planar', 'multigate'))
) STRICT, WITHOUT ROWID;
