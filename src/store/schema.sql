-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The results of flexcim: one SQLite file.  These are its tables; the views
-- that answer most questions stand in views.sql.  `flexcim schema` prints both,
-- `flexcim query` lists the questions that are ready to be asked.
--
--     models ─┬─ layers          what a language model is made of
--             ├─ plans ── plan_layers          how sparse each layer may be
--             ├─ perplexities                  what that costs
--             ├─ accuracies                    and in right answers
--             ├─ list_layers                   the same of a list of shapes
--             └─ traces ── runs ─┬─ layer_results ── counter_values
--                machines ───────┘             what it takes on a machine
--                inferences ── operator_results ── operator_counters
--     costs ── machine_parts, layer_activities   what that costs
--     invocations                who asked for it, when and where
--
-- Every row is keyed by what it was made from: a file that was given by the
-- SHA-256 of its content, as sha256sum prints it; a trace, a plan and a run by
-- what goes into it.  So the same work done again finds its own rows, files of
-- several computers can be merged, and perplexities meet cycles whichever
-- command came first.  Times, hosts, paths, names and the last bits of what was
-- computed (which differ between kinds of CPU) are in no key.  Traces and plans
-- of version 1 of their formats are keyed by their content.
--
-- A column says its unit in its name.  An INTEGER column without one is a count
-- of what the table is about.  0 is no, 1 is yes.  Times are UTC, ISO 8601.

PRAGMA application_id = 1181500237; -- 'FlCM'
PRAGMA user_version = 13;           -- grows with every change, also of a view

-- One start of the program.  All that may differ between two computers that
-- get the same result is here, in runs.started_utc and ended_utc, and in
-- traces.path.
CREATE TABLE invocations (
    invocation    TEXT PRIMARY KEY     -- random, 32 hex digits
                  CHECK (length(invocation) = 32),
    arguments     TEXT NOT NULL        -- the command line, a JSON array
                  CHECK (json_valid(arguments)),
    version       TEXT NOT NULL,       -- of the program, with its commit
    compiler      TEXT NOT NULL,       -- with version and options
    libraries     TEXT NOT NULL        -- as loaded: a JSON object name: version
                  CHECK (json_valid(libraries)),
    host          TEXT NOT NULL,       -- node, system and processor
    workers       INTEGER NOT NULL     -- threads that shared the work
                  CHECK (workers > 0),
    started_utc   TEXT NOT NULL,
    ended_utc     TEXT                 -- NULL: still at work, or killed
) STRICT, WITHOUT ROWID;

-- A language model, or a list of shapes that stands for one.
CREATE TABLE models (
    model_hash     TEXT PRIMARY KEY    -- of the checkpoint's config and weights
                   CHECK (length(model_hash) = 64),
    name           TEXT NOT NULL,      -- the checkpoint's folder, the list's name
    family         TEXT,               -- llama, mamba2, ...; NULL: not known,
                                       -- or no model but a list of shapes
    decoder_blocks INTEGER NOT NULL CHECK (decoder_blocks > 0)
) STRICT, WITHOUT ROWID;

-- One pruned linear map: outputs[T][O] = inputs[T][K] · weights[O][K]ᵀ.
CREATE TABLE layers (
    model_hash    TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    layer         INTEGER NOT NULL     -- place in the model, from 0
                  CHECK (layer >= 0),
    name          TEXT NOT NULL,       -- as in the checkpoint, without .weight
    decoder_block INTEGER NOT NULL     -- that it belongs to, from 0
                  CHECK (decoder_block >= 0),
    inputs        INTEGER NOT NULL CHECK (inputs > 0),  -- K
    outputs       INTEGER NOT NULL CHECK (outputs > 0), -- O
    PRIMARY KEY (model_hash, layer),
    UNIQUE (model_hash, name)
) STRICT, WITHOUT ROWID;

-- The pattern of every layer, and how it was chosen.  Sparsity is the share of
-- the weights of all layers that is not kept.
CREATE TABLE plans (
    plan_hash        TEXT PRIMARY KEY  -- of what it is (plan.h)
                     CHECK (length(plan_hash) = 64),
    model_hash       TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    trace_hash       TEXT NOT NULL     -- of the recorded trace it rests on
                     CHECK (length(trace_hash) = 64),
    method           TEXT NOT NULL,    -- uniform, flow, block-error, ...
    parameters       TEXT NOT NULL     -- of the method, a JSON object
                     CHECK (json_valid(parameters)),
    mask_score       TEXT NOT NULL,    -- what masks are made from: wanda, ...
    weight_update    TEXT NOT NULL,    -- of kept weights: none, sparsegpt
    agreement        INTEGER NOT NULL  -- outputs whose selects agree; 1: free
                     CHECK (agreement > 0),
    sparsity_asked   REAL              -- NULL: a pattern was asked for instead
                     CHECK (sparsity_asked BETWEEN 0 AND 1),
    sparsity_reached REAL NOT NULL
                     CHECK (sparsity_reached BETWEEN 0 AND 1),
    text             TEXT NOT NULL     -- the plan itself, canonical JSON
                     CHECK (json_valid(text)),
    UNIQUE (plan_hash, model_hash)
) STRICT, WITHOUT ROWID;

-- At most n weights kept of every m along the inputs; dense is n = m.
CREATE TABLE plan_layers (
    plan_hash  TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m), -- kept
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16 AND m % 2 = 0),
    score      REAL,                   -- the method's cost; NULL: it has none
    reason     TEXT NOT NULL,          -- in words
    PRIMARY KEY (plan_hash, layer),
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer)
) STRICT, WITHOUT ROWID;

-- How well a model, pruned or not, predicts a text.
CREATE TABLE perplexities (
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,                  -- NULL: dense, the checkpoint as it is
    tokens_hash TEXT NOT NULL          -- of the token file
                CHECK (length(tokens_hash) = 64),
    tensor      TEXT NOT NULL,         -- in the token file: test, ...
    "rows"      INTEGER NOT NULL       -- of that tensor, from the first
                CHECK ("rows" > 0),
    tokens      INTEGER NOT NULL       -- that were predicted
                CHECK (tokens > 0),
    arithmetic  TEXT NOT NULL,         -- of the forward pass: f32, ...
    version     TEXT NOT NULL,         -- of the program, with its commit
    perplexity  REAL NOT NULL CHECK (perplexity >= 1),
    invocation  TEXT NOT NULL REFERENCES invocations,
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT;

-- The same perplexity is there once (NULL would not count as equal).
CREATE UNIQUE INDEX perplexity_key ON perplexities (model_hash,
    coalesce(plan_hash, ''), tokens_hash, tensor, "rows", arithmetic, version);

-- How many questions a model, pruned or not, answers right (multiple choice).
CREATE TABLE accuracies (
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,                  -- NULL: dense, the checkpoint as it is
    tasks_hash  TEXT NOT NULL          -- of the file of questions, or of the ids
                CHECK (length(tasks_hash) = 64), -- that were cut from rows
    tasks       TEXT NOT NULL,         -- name of that file, or of the tensor
    longest     INTEGER NOT NULL       -- tokens of an input; 0: as the model takes
                CHECK (longest >= 0),
    arithmetic  TEXT NOT NULL,         -- of the forward pass: f32, ...
    version     TEXT NOT NULL,         -- of the program, with its commit
    questions   INTEGER NOT NULL CHECK (questions > 0),
    acc         REAL NOT NULL CHECK (acc BETWEEN 0 AND 1), -- share that is right
    acc_error   REAL NOT NULL CHECK (acc_error >= 0),      -- standard error
    acc_norm    REAL NOT NULL CHECK (acc_norm BETWEEN 0 AND 1), -- of the choice
    acc_norm_error REAL NOT NULL CHECK (acc_norm_error >= 0), -- by character
    answered    TEXT NOT NULL          -- a digit a question, 1: right
                CHECK (length(answered) = questions),
    answered_norm TEXT NOT NULL        -- a digit a question, by character
                CHECK (length(answered_norm) = questions),
    invocation  TEXT NOT NULL REFERENCES invocations,
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT;

-- The same accuracy is there once (NULL would not count as equal).
CREATE UNIQUE INDEX accuracy_key ON accuracies (model_hash,
    coalesce(plan_hash, ''), tasks_hash, longest, arithmetic, version);

-- A file of layers.
CREATE TABLE traces (
    trace_hash  TEXT PRIMARY KEY       -- of what it was made from
                CHECK (length(trace_hash) = 64),
    model_hash  TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    plan_hash   TEXT,                  -- sparse: by which it was pruned
    kind        TEXT NOT NULL
                CHECK (kind IN ('recorded',  -- weights and input statistics
                                'sparse',    -- packed weights and inputs
                                'shapes')),  -- sizes only
    tokens_hash TEXT,                  -- of the token file; shapes: NULL
    path        TEXT NOT NULL,         -- where it was when last used
    UNIQUE (trace_hash, model_hash),
    FOREIGN KEY (plan_hash, model_hash)
        REFERENCES plans (plan_hash, model_hash) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The pattern of every layer of a list of shapes, as it was asked for.
CREATE TABLE list_layers (
    trace_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m), -- kept
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16 AND m % 2 = 0),
    PRIMARY KEY (trace_hash, layer),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer)
) STRICT, WITHOUT ROWID;

-- An accelerator.  The same name with another parameter is another machine; one
-- that goes by several names has the first that it was used by.
CREATE TABLE machines (
    machine_hash TEXT PRIMARY KEY      -- of the text
                 CHECK (length(machine_hash) = 64),
    name         TEXT NOT NULL,
    multipliers  INTEGER NOT NULL      -- cells of all macros
                 CHECK (multipliers > 0),
    text         TEXT NOT NULL,        -- the description, fully resolved, YAML
    clock_mhz    REAL                  -- NULL: not known
                 CHECK (clock_mhz > 0)
) STRICT, WITHOUT ROWID;

-- One trace through one machine.
CREATE TABLE runs (
    run          TEXT PRIMARY KEY      -- 16 hex digits, made from trace_hash,
                 CHECK (length(run) = 16), -- machine_hash, version, way, seed
    trace_hash   TEXT NOT NULL,
    model_hash   TEXT NOT NULL,        -- of the trace
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    version      TEXT NOT NULL,        -- of the program, with its commit
    way          TEXT NOT NULL         -- slow: every vector through every block;
                 CHECK (way IN ('fast', 'slow')), -- fast: same numbers, sooner
    seed         INTEGER NOT NULL,
    status       TEXT NOT NULL         -- running: layers that are there count,
                 CHECK (status IN ('running', 'done', 'failed')), -- more to come
    reason       TEXT                  -- why it failed
                 CHECK ((reason IS NOT NULL) = (status = 'failed')),
    invocation   TEXT NOT NULL REFERENCES invocations,
    started_utc  TEXT NOT NULL,
    ended_utc    TEXT CHECK ((ended_utc IS NULL) = (status = 'running')),
    UNIQUE (run, model_hash),
    FOREIGN KEY (trace_hash, model_hash)
        REFERENCES traces (trace_hash, model_hash) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One layer of a run.  Every cycle is in one of the six categories.
CREATE TABLE layer_results (
    run        TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    layer      INTEGER NOT NULL,
    tokens     INTEGER NOT NULL CHECK (tokens > 0),         -- T
    n          INTEGER NOT NULL CHECK (n BETWEEN 1 AND m),  -- its own pattern
    m          INTEGER NOT NULL CHECK (m BETWEEN 2 AND 16),
    run_as_n   INTEGER NOT NULL CHECK (run_as_n BETWEEN 1 AND run_as_m),
    run_as_m   INTEGER NOT NULL                -- pattern of the machine that
               CHECK (run_as_m BETWEEN 2 AND 16), -- covers its own
    cycles     INTEGER NOT NULL CHECK (cycles > 0),
    compute_cycles          INTEGER NOT NULL CHECK (compute_cycles >= 0),
    weight_load_cycles      INTEGER NOT NULL CHECK (weight_load_cycles >= 0),
    memory_stall_cycles     INTEGER NOT NULL CHECK (memory_stall_cycles >= 0),
    activation_stall_cycles INTEGER NOT NULL
                            CHECK (activation_stall_cycles >= 0),
    output_stall_cycles     INTEGER NOT NULL CHECK (output_stall_cycles >= 0),
    drain_cycles            INTEGER NOT NULL CHECK (drain_cycles >= 0),
    kept_macs  INTEGER NOT NULL                -- kept weights × tokens
               CHECK (kept_macs >= 0),
    outputs_verified INTEGER NOT NULL          -- 1: each output was equal to the
               CHECK (outputs_verified IN (0, 1)), -- integer product; 0: unseen
    merged     INTEGER                         -- sub-macros added for an output;
               CHECK (merged > 0 AND (merged & (merged - 1)) = 0), -- NULL:
                                               -- stored before version 8
    PRIMARY KEY (run, layer),
    FOREIGN KEY (run, model_hash)
        REFERENCES runs (run, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer),
    CHECK (compute_cycles + weight_load_cycles + memory_stall_cycles
           + activation_stall_cycles + output_stall_cycles + drain_cycles
           = cycles)
) STRICT, WITHOUT ROWID;

-- What the blocks of a machine count (block: a piece of hardware).
CREATE TABLE counters (
    block       TEXT NOT NULL,         -- sub_macro_array, activation_buffer
    counter     TEXT NOT NULL,
    unit        TEXT NOT NULL,         -- bytes, cycles, operations, ...
    description TEXT NOT NULL,
    PRIMARY KEY (block, counter)
) STRICT, WITHOUT ROWID;

-- What they counted in one layer of one run, over all blocks of that name.
CREATE TABLE counter_values (
    run     TEXT NOT NULL,
    layer   INTEGER NOT NULL,
    block   TEXT NOT NULL,
    counter TEXT NOT NULL,
    value   INTEGER NOT NULL CHECK (value >= 0), -- in counters.unit
    PRIMARY KEY (run, layer, block, counter),
    FOREIGN KEY (run, layer)
        REFERENCES layer_results (run, layer) ON DELETE CASCADE,
    FOREIGN KEY (block, counter) REFERENCES counters (block, counter)
) STRICT, WITHOUT ROWID;

-- A question to many machines: a space of points, each a trace on a machine.
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

-- Points that were asked for, of an exploration those that were tried.  The run
-- is that of the trace and machine; two points may be the same machine.
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

-- What components cost.  `base` comes with the program, and every machine is
-- priced from the same table; `flexcim costs FILE` adds another, whole.  A price
-- has its band: factors between which it is believed to lie.
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
    energy_least  REAL NOT NULL CHECK (energy_least BETWEEN 0 AND 1),
    energy_most   REAL NOT NULL CHECK (energy_most >= 1),
    leakage_least REAL NOT NULL CHECK (leakage_least BETWEEN 0 AND 1),
    leakage_most  REAL NOT NULL CHECK (leakage_most >= 1),
    device     TEXT NOT NULL           -- whose leakage it is
               CHECK (device IN ('high-performance', 'low-standby', 'none')),
    kelvin     REAL NOT NULL CHECK (kelvin > 0), -- at which it leaks so
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
                  CHECK (use IN ('area', 'energy', 'path', 'resident')),
                                       -- energy: a count of the counter uses
                                       -- so many; path: so many in a row in a
                                       -- pipeline stage; resident: so many a
                                       -- bit of the weights that a run keeps
                                       -- on the chip
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

-- What a device leaks, a um of its width, at 28 nm: sub-threshold and through the
-- gate.  Power is that x supply_v.  Between two rows the logarithm is straight.
-- CACTI 7, tech_params/32nm.dat and 22nm.dat, interpolated as CACTI does.
CREATE TABLE currents (
    device     TEXT NOT NULL
               CHECK (device IN ('high-performance', 'low-standby')),
    kelvin     REAL NOT NULL CHECK (kelvin > 0),
    leakage_na REAL NOT NULL CHECK (leakage_na > 0),
    supply_v   REAL NOT NULL CHECK (supply_v > 0),
    PRIMARY KEY (device, kelvin)
) STRICT, WITHOUT ROWID;
