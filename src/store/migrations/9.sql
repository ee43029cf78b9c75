-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whole inferences, what they need beside the array, and what that costs.

-- What stands beside the array and its buffers if a machine runs whole
-- inferences: vector and scan unit, state store, staging, decoder, memory.
CREATE TABLE unit_parts (
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    block        TEXT NOT NULL,
    name         TEXT NOT NULL,        -- what they are for
    component    TEXT NOT NULL,        -- of the cost table
    components   REAL NOT NULL CHECK (components > 0),
    PRIMARY KEY (machine_hash, block, name, component)
) STRICT, WITHOUT ROWID;

-- Between which factors of its costs a component lies that is not sure; SRAM and
-- the activity of logic have their own bands in the views.
CREATE TABLE cost_bands (
    component TEXT PRIMARY KEY,
    low       REAL NOT NULL CHECK (low > 0 AND low <= 1),
    high      REAL NOT NULL CHECK (high >= 1),
    source    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A whole inference of a trace on a machine: a prompt, then one token a step,
-- for so many sequences at once.
CREATE TABLE inferences (
    inference    TEXT PRIMARY KEY      -- 16 hex digits, made from trace_hash,
                 CHECK (length(inference) = 16), -- machine_hash, version, prompt,
                                       -- generate, batch, edge
    trace_hash   TEXT NOT NULL,
    model_hash   TEXT NOT NULL,        -- of the trace
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    version      TEXT NOT NULL,        -- of the program, with its commit
    prompt       INTEGER NOT NULL CHECK (prompt > 0),   -- tokens a sequence
    "generate"   INTEGER NOT NULL CHECK ("generate" > 0), -- likewise
    batch        INTEGER NOT NULL CHECK (batch > 0),    -- sequences
    memory       TEXT NOT NULL,        -- kind, or channel, or resident
    overlap      TEXT NOT NULL,        -- of operators: prefetch, none
    edge         TEXT NOT NULL         -- middle: rows of the machine that have a
                 CHECK (edge IN ('middle', 'low', 'high')), -- band as they are;
                                       -- low: all where they take less time,
                                       -- high: where they take more
    last_operator INTEGER NOT NULL CHECK (last_operator >= 0),
    clocks       INTEGER NOT NULL CHECK (clocks > 0), -- in all
    prompt_clocks INTEGER NOT NULL     -- until the first token
                 CHECK (prompt_clocks > 0),
    first_clocks INTEGER CHECK (first_clocks > 0), -- of the first decoding step
    last_clocks  INTEGER CHECK (last_clocks > 0),  -- and of the last
    invocation   TEXT NOT NULL REFERENCES invocations,
    ended_utc    TEXT NOT NULL,
    CHECK (("generate" = 1) = (first_clocks IS NULL)),
    CHECK (("generate" = 1) = (last_clocks IS NULL)),
    CHECK (prompt_clocks + coalesce(first_clocks, 0) <= clocks),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE,
    -- The operators' clocks add up to all of them.
    FOREIGN KEY (inference, last_operator, clocks)
        REFERENCES operator_results (inference, operator, until_clock)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- One operator of an inference, over all decoder blocks, in the prompt or in all
-- decoding steps.
CREATE TABLE operator_results (
    inference   TEXT NOT NULL REFERENCES inferences ON DELETE CASCADE,
    operator    INTEGER NOT NULL CHECK (operator >= 0), -- place in the list
    phase       TEXT NOT NULL CHECK (phase IN ('prompt', 'decoding')),
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,         -- linear, product, vector, scan, move
    previous    INTEGER                -- operator before it; NULL: the first
                CHECK ((previous IS NULL) = (operator = 0)
                       AND coalesce(previous + 1 = operator, 1)),
    from_clock  INTEGER NOT NULL       -- clocks of those before it
                CHECK (from_clock >= 0 AND (operator > 0 OR from_clock = 0)),
    clocks      INTEGER NOT NULL CHECK (clocks >= 0),
    until_clock INTEGER NOT NULL CHECK (until_clock = from_clock + clocks),
    PRIMARY KEY (inference, operator),
    UNIQUE (inference, operator, until_clock),
    FOREIGN KEY (inference, previous, from_clock)
        REFERENCES operator_results (inference, operator, until_clock)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- What was counted in it: the blocks' counters, bytes on the channel by class
-- (block `channel`), and clocks by what was waited for (block `clocks`).
CREATE TABLE operator_counters (
    inference TEXT NOT NULL,
    operator  INTEGER NOT NULL,
    block     TEXT NOT NULL,
    counter   TEXT NOT NULL,
    value     INTEGER NOT NULL CHECK (value > 0), -- in counters.unit
    PRIMARY KEY (inference, operator, block, counter),
    FOREIGN KEY (inference, operator)
        REFERENCES operator_results (inference, operator) ON DELETE CASCADE,
    FOREIGN KEY (block, counter) REFERENCES counters (block, counter)
) STRICT, WITHOUT ROWID;

INSERT INTO costs (cost_table, component, class, action, energy_fj, area_um2,
                   delay_ps, leakage_nw, node_nm, voltage_v, source, sure)
SELECT t.cost_table, column1, column2, column3, column4, column5, column6,
       column7, 28, 0.9, 'as in base', column9
FROM (SELECT DISTINCT cost_table FROM costs WHERE cost_table <> 'base') AS t
JOIN (VALUES
    ('vector_softmax', 'logic', 'element', 1150.0, 0.0, 0.0, 0.0,
     '8605654 (APCCAS 2018), TSMC 28 nm: power of 6.976 G elements/s', 'published'),
    ('vector_norm', 'logic', 'element', 4600.0, 0.0, 0.0, 0.0,
     'AccelTran (14 nm, 0.8 V, 20 bits): 2.3 pJ, twice that at 28 nm', 'computed'),
    ('vector_gate', 'logic', 'element', 1600.0, 0.0, 0.0, 0.0,
     'AccelTran (14 nm): SiLU 0.8 pJ, twice that at 28 nm', 'computed'),
    ('vector_other', 'logic', 'element', 750.0, 0.0, 0.0, 0.0,
     'a product and a sum of 8 bits with registers: 0.5 to 1 pJ', 'assumed'),
    ('vector_lane', 'logic', 'none: area only', 0.0, 2141.0, 0.0, 10705.0,
     'arXiv 2604.23647, 28 nm: softmax 942 and layer norm 1199 um2', 'published'),
    ('scan_element', 'logic', 'state element and token', 6000.0, 0.0, 0.0, 0.0,
     'two products, an exponential and two sums of 16 bits: 4 to 8 pJ', 'computed'),
    ('scan_lane', 'logic', 'none: area only', 0.0, 5170.0, 0.0, 25850.0,
     'three 16-bit multipliers and two 32-bit adders of this table''s full adders and AND gates, and an exponential as the softmax of vector_lane', 'computed'),
    ('lpddr5_6400', 'dram', 'bit moved', 3762.1, 0.0, 0.0, 0.0,
     'LLMServingSim: 6 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4', 'published'),
    ('lpddr5_6400_standby', 'dram', 'none: power', 0.0, 0.0, 0.0, 830755509.7,
     'what is left of that figure on a full stream: 0.831 W', 'computed'),
    ('ddr5_6400', 'dram', 'bit moved', 7524.2, 0.0, 0.0, 0.0,
     'between LPDDR4 (8, Accelergy) and DDR4 (18.3, DRAMsim3): 12 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4', 'assumed'),
    ('ddr5_6400_standby', 'dram', 'none: power', 0.0, 0.0, 0.0, 1675810683.9,
     'what is left of that figure on a full stream: 1.676 W', 'computed'),
    ('hbm2', 'dram', 'bit moved', 2489.3, 0.0, 0.0, 0.0,
     'O''Connor et al., MICRO 2017: 3.97 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4', 'published'),
    ('hbm2_standby', 'dram', 'none: power', 0.0, 0.0, 0.0, 2672601951.0,
     'what is left of that figure on a full stream: 2.673 W', 'computed'),
    ('hbm3', 'dram', 'bit moved', 2251.0, 0.0, 0.0, 0.0,
     'AttAcc, six parts together: 3.59 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4', 'published'),
    ('hbm3_standby', 'dram', 'none: power', 0.0, 0.0, 0.0, 7226500459.4,
     'what is left of that figure on a full stream: 7.227 W', 'computed'));
