-- SPDX-License-Identifier: GPL-3.0-or-later
-- The example (example.h) as version 2 of the schema stored it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO invocations VALUES('c1384d81a2c2fb1ef9f1be3fab2b6fca','["flexcim","run","traces/\"tiny\""]','1.2.3+0123456789ab','gcc 12.2.0 -O3','{"sqlite":"3.40.1"}','node, Linux 6.1.0 x86_64, processor unknown',2,'2026-11-22T10:23:19.162Z','2026-11-22T10:23:19.404Z');
CREATE TABLE models (
    model_hash     TEXT PRIMARY KEY    -- of the checkpoint's config and weights
                   CHECK (length(model_hash) = 64),
    name           TEXT NOT NULL,      -- the checkpoint's folder, the list's name
    family         TEXT,               -- llama, mamba2, ...; NULL: not known,
                                       -- or no model but a list of shapes
    decoder_blocks INTEGER NOT NULL CHECK (decoder_blocks > 0)
) STRICT, WITHOUT ROWID;
INSERT INTO models VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','tiny','llama',2);
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
INSERT INTO layers VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,'blocks.0.q',0,16,8);
INSERT INTO layers VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,'blocks.0.o',0,8,16);
INSERT INTO layers VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,'blocks.1.q',1,16,8);
INSERT INTO layers VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,'blocks.1.o',1,8,16);
CREATE TABLE plans (
    plan_hash        TEXT PRIMARY KEY  -- of the plan's canonical JSON
                     CHECK (length(plan_hash) = 64),
    model_hash       TEXT NOT NULL REFERENCES models ON DELETE CASCADE,
    trace_hash       TEXT NOT NULL     -- of the recorded trace it rests on
                     CHECK (length(trace_hash) = 64),
    method           TEXT NOT NULL,    -- uniform, flow, block-error, ...
    parameters       TEXT NOT NULL     -- of the method, a JSON object
                     CHECK (json_valid(parameters)),
    mask_score       TEXT NOT NULL,    -- what masks are made from: wanda, ...
    weight_update    TEXT NOT NULL,    -- of kept weights: none, sparsegpt
    agreement        INTEGER NOT NULL  -- outputs that share a mask; 1: free
                     CHECK (agreement > 0),
    sparsity_asked   REAL              -- NULL: a pattern was asked for instead
                     CHECK (sparsity_asked BETWEEN 0 AND 1),
    sparsity_reached REAL NOT NULL
                     CHECK (sparsity_reached BETWEEN 0 AND 1),
    text             TEXT NOT NULL     -- the plan itself, canonical JSON
                     CHECK (json_valid(text)),
    UNIQUE (plan_hash, model_hash)
) STRICT, WITHOUT ROWID;
INSERT INTO plans VALUES('71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','51498c9294651b6a98d528c5f9585aff83484d142bd74407d4fad8e19dd0bf6f','uniform','{}','wanda','none',1,NULL,0.0,'{"bound":null,"checkpoint":"8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c","format":"flexcim-plan","layers":[{"block":0,"inputs":16,"name":"blocks.0.q","outputs":8,"pattern":"dense","reason":"as the example says","score":null},{"block":0,"inputs":8,"name":"blocks.0.o","outputs":16,"pattern":"dense","reason":"as the example says","score":null},{"block":1,"inputs":16,"name":"blocks.1.q","outputs":8,"pattern":"dense","reason":"as the example says","score":null},{"block":1,"inputs":8,"name":"blocks.1.o","outputs":16,"pattern":"dense","reason":"as the example says","score":null}],"mask":{"agreement":1,"score":"wanda","statistics":"dense","update":"none"},"method":"uniform","model":"tiny","objective":null,"parameters":{},"patterns":[],"reason":"","sparsity":{"asked":null,"next":null,"reached":0.0},"tokens":"c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5","trace":"51498c9294651b6a98d528c5f9585aff83484d142bd74407d4fad8e19dd0bf6f","version":1}');
INSERT INTO plans VALUES('7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','51498c9294651b6a98d528c5f9585aff83484d142bd74407d4fad8e19dd0bf6f','flow','{}','wanda','none',1,0.59999999999999997779,0.53125,'{"bound":null,"checkpoint":"8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c","format":"flexcim-plan","layers":[{"block":0,"inputs":16,"name":"blocks.0.q","outputs":8,"pattern":"4:8","reason":"as the example says","score":0.0},{"block":0,"inputs":8,"name":"blocks.0.o","outputs":16,"pattern":"1:8","reason":"as the example says","score":0.25},{"block":1,"inputs":16,"name":"blocks.1.q","outputs":8,"pattern":"1:4","reason":"as the example says","score":0.5},{"block":1,"inputs":8,"name":"blocks.1.o","outputs":16,"pattern":"dense","reason":"as the example says","score":0.75}],"mask":{"agreement":1,"score":"wanda","statistics":"dense","update":"none"},"method":"flow","model":"tiny","objective":null,"parameters":{},"patterns":[],"reason":"","sparsity":{"asked":0.59999999999999998,"next":null,"reached":0.53125},"tokens":"c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5","trace":"51498c9294651b6a98d528c5f9585aff83484d142bd74407d4fad8e19dd0bf6f","version":1}');
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
INSERT INTO plan_layers VALUES('71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,2,2,NULL,'as the example says');
INSERT INTO plan_layers VALUES('71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,2,2,NULL,'as the example says');
INSERT INTO plan_layers VALUES('71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,2,2,NULL,'as the example says');
INSERT INTO plan_layers VALUES('71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,2,2,NULL,'as the example says');
INSERT INTO plan_layers VALUES('7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,4,8,0.0,'as the example says');
INSERT INTO plan_layers VALUES('7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,1,8,0.25,'as the example says');
INSERT INTO plan_layers VALUES('7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,1,4,0.5,'as the example says');
INSERT INTO plan_layers VALUES('7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,2,2,0.75,'as the example says');
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
INSERT INTO perplexities VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',NULL,'c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','test',32,4064,'f32','1.2.3+0123456789ab',20.499999999999999999,'c1384d81a2c2fb1ef9f1be3fab2b6fca');
INSERT INTO perplexities VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','test',32,4064,'f32','1.2.3+0123456789ab',24.249999999999999999,'c1384d81a2c2fb1ef9f1be3fab2b6fca');
CREATE TABLE traces (
    trace_hash  TEXT PRIMARY KEY       -- of the file
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
INSERT INTO traces VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','sparse','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','tiny.trace');
INSERT INTO traces VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','sparse','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','tiny.trace');
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
INSERT INTO machines VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','flexcim',16,replace('name: an example\n','\n',char(10)),500.0);
INSERT INTO machines VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','dense',16,replace('name: an example\n','\n',char(10)),500.0);
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
INSERT INTO runs VALUES('169ff0ccc4b5b953','e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab','fast',1,'done',NULL,'c1384d81a2c2fb1ef9f1be3fab2b6fca','2026-11-22T10:23:19.240Z','2026-11-22T10:23:19.280Z');
INSERT INTO runs VALUES('68cd6be4e3aacd73','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab','fast',1,'done',NULL,'c1384d81a2c2fb1ef9f1be3fab2b6fca','2026-11-22T10:23:19.385Z','2026-11-22T10:23:19.390Z');
INSERT INTO runs VALUES('8f478cdcd7f79988','e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab','fast',1,'done',NULL,'c1384d81a2c2fb1ef9f1be3fab2b6fca','2026-11-22T10:23:19.196Z','2026-11-22T10:23:19.239Z');
INSERT INTO runs VALUES('f5675ec8f18369ca','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab','fast',1,'done',NULL,'c1384d81a2c2fb1ef9f1be3fab2b6fca','2026-11-22T10:23:19.391Z','2026-11-22T10:23:19.401Z');
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
    PRIMARY KEY (run, layer),
    FOREIGN KEY (run, model_hash)
        REFERENCES runs (run, model_hash) ON DELETE CASCADE,
    FOREIGN KEY (model_hash, layer) REFERENCES layers (model_hash, layer),
    CHECK (compute_cycles + weight_load_cycles + memory_stall_cycles
           + activation_stall_cycles + output_stall_cycles + drain_cycles
           = cycles)
) STRICT, WITHOUT ROWID;
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,2,2,2,2,1000,784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,2,2,2,2,3000,2784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,4,8,4,8,500,284,100,50,30,25,11,4096,1);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,1,8,1,8,1000,784,100,50,30,25,11,1024,1);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,1,4,1,4,1500,1284,100,50,30,25,11,2048,1);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,2,2,2,2,1000,784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,2,2,2,2,3000,2784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,4,8,2,2,1000,784,100,50,30,25,11,4096,1);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,1,8,2,2,2000,1784,100,50,30,25,11,1024,1);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,1,4,2,2,3000,2784,100,50,30,25,11,2048,1);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1);
CREATE TABLE counters (
    block       TEXT NOT NULL,         -- macro, merging, activation_buffer, ...
    counter     TEXT NOT NULL,
    unit        TEXT NOT NULL,         -- bytes, cycles, operations, ...
    description TEXT NOT NULL,
    PRIMARY KEY (block, counter)
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES('macro','cell_operations','operations','products made');
INSERT INTO counters VALUES('output_buffer','bytes_written','bytes','finished outputs');
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
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',0,'macro','cell_operations',7000);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',0,'output_buffer','bytes_written',1000);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',1,'macro','cell_operations',14000);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',1,'output_buffer','bytes_written',2001);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',2,'macro','cell_operations',21000);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',2,'output_buffer','bytes_written',3002);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',3,'macro','cell_operations',28000);
INSERT INTO counter_values VALUES('169ff0ccc4b5b953',3,'output_buffer','bytes_written',4003);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',0,'macro','cell_operations',3500);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',0,'output_buffer','bytes_written',500);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',1,'macro','cell_operations',7000);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',1,'output_buffer','bytes_written',1001);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',2,'macro','cell_operations',10500);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',2,'output_buffer','bytes_written',1502);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',3,'macro','cell_operations',14000);
INSERT INTO counter_values VALUES('68cd6be4e3aacd73',3,'output_buffer','bytes_written',2003);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',0,'macro','cell_operations',7000);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',0,'output_buffer','bytes_written',1000);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',1,'macro','cell_operations',14000);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',1,'output_buffer','bytes_written',2001);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',2,'macro','cell_operations',21000);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',2,'output_buffer','bytes_written',3002);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',3,'macro','cell_operations',28000);
INSERT INTO counter_values VALUES('8f478cdcd7f79988',3,'output_buffer','bytes_written',4003);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',0,'macro','cell_operations',7000);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',0,'output_buffer','bytes_written',1000);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',1,'macro','cell_operations',14000);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',1,'output_buffer','bytes_written',2001);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',2,'macro','cell_operations',21000);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',2,'output_buffer','bytes_written',3002);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',3,'macro','cell_operations',28000);
INSERT INTO counter_values VALUES('f5675ec8f18369ca',3,'output_buffer','bytes_written',4003);
CREATE UNIQUE INDEX perplexity_key ON perplexities (model_hash,
    coalesce(plan_hash, ''), tokens_hash, tensor, "rows", arithmetic, version);
CREATE VIEW v_run AS
SELECT r.run, r.status, m.name AS model, p.method,
       p.sparsity_asked, p.sparsity_reached, h.name AS machine,
       count(l.layer) AS layers,
       sum(l.cycles) AS cycles,
       sum(l.compute_cycles) AS compute_cycles,
       sum(l.weight_load_cycles) AS weight_load_cycles,
       sum(l.memory_stall_cycles) AS memory_stall_cycles,
       sum(l.activation_stall_cycles) AS activation_stall_cycles,
       sum(l.output_stall_cycles) AS output_stall_cycles,
       sum(l.drain_cycles) AS drain_cycles,
       sum(l.kept_macs) AS kept_macs,
       -- of all products that could have been made, the share of useful ones
       sum(l.kept_macs) * 1.0 / (sum(l.cycles) * h.multipliers) AS utilisation,
       min(l.outputs_verified) AS outputs_verified,
       sum(l.cycles) / (h.clock_mhz * 1000.0) AS milliseconds,
       r.way, r.seed, r.version, r.started_utc, r.ended_utc, r.reason,
       r.model_hash, t.plan_hash, r.trace_hash, r.machine_hash, r.invocation
FROM runs AS r
JOIN models AS m USING (model_hash)
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash)
LEFT JOIN plans AS p USING (plan_hash)
LEFT JOIN layer_results AS l USING (run)
GROUP BY r.run
;
CREATE VIEW v_latest_run AS
SELECT *
FROM (SELECT v.*, row_number() OVER (
                 PARTITION BY trace_hash, machine_hash
                 ORDER BY ended_utc DESC, run) AS age
      FROM v_run AS v
      WHERE status = 'done')
WHERE age = 1;
CREATE VIEW v_layer AS
SELECT l.run, m.name AS model, h.name AS machine, y.decoder_block,
       l.layer, y.name, l.tokens, y.inputs, y.outputs,
       CASE WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       CASE WHEN l.run_as_n = l.run_as_m THEN 'dense'
            ELSE l.run_as_n || ':' || l.run_as_m END AS run_as,
       l.cycles, l.compute_cycles, l.weight_load_cycles, l.memory_stall_cycles,
       l.activation_stall_cycles, l.output_stall_cycles, l.drain_cycles,
       l.kept_macs,
       l.kept_macs * 1.0 / (l.cycles * h.multipliers) AS utilisation,
       l.outputs_verified, r.status, r.way, r.version,
       r.model_hash, t.plan_hash, r.trace_hash, r.machine_hash
FROM layer_results AS l
JOIN runs AS r USING (run)
JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
JOIN models AS m ON m.model_hash = r.model_hash
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash);
CREATE VIEW v_counter AS
SELECT v.run, l.model, l.machine, l.decoder_block, l.layer, l.name,
       v.block, v.counter, v.value, c.unit, c.description
FROM counter_values AS v
JOIN counters AS c USING (block, counter)
JOIN v_layer AS l ON l.run = v.run AND l.layer = v.layer;
CREATE VIEW v_perplexity AS
WITH each AS (
    SELECT p.plan_hash, q.*, i.started_utc
    FROM plans AS p
    JOIN (SELECT model_hash, plan_hash AS of_plan, tokens_hash, tensor, "rows",
                 arithmetic, version, perplexity, invocation
          FROM perplexities) AS q
      ON q.model_hash = p.model_hash
     AND (q.of_plan = p.plan_hash
          OR q.of_plan IS NULL AND p.sparsity_reached = 0)
    JOIN invocations AS i USING (invocation)
), best AS (
    SELECT *, row_number() OVER (
               PARTITION BY plan_hash
               ORDER BY "rows" DESC, started_utc DESC, tokens_hash, tensor,
                        arithmetic, version) AS place
    FROM each
)
SELECT m.name AS model, p.method, p.weight_update, p.sparsity_asked,
       p.sparsity_reached, b.perplexity,
       (SELECT d.perplexity
        FROM perplexities AS d
        JOIN invocations AS i USING (invocation)
        WHERE d.model_hash = b.model_hash AND d.plan_hash IS NULL
          AND d.tokens_hash = b.tokens_hash AND d.tensor = b.tensor
          AND d."rows" = b."rows" AND d.arithmetic = b.arithmetic
        ORDER BY i.started_utc DESC, d.version LIMIT 1) AS dense_perplexity,
       b.tensor, b."rows", b.arithmetic, b.version,
       p.model_hash, p.plan_hash, b.tokens_hash
FROM plans AS p
JOIN models AS m USING (model_hash)
LEFT JOIN best AS b ON b.plan_hash = p.plan_hash AND b.place = 1;
CREATE VIEW v_comparison AS
SELECT r.model, r.method, q.weight_update, r.sparsity_asked, r.sparsity_reached,
       q.perplexity, q.dense_perplexity, q."rows" AS perplexity_rows,
       r.machine, r.cycles, r.milliseconds, r.utilisation, r.way, r.version, r.run,
       r.model_hash, r.plan_hash, r.trace_hash, r.machine_hash
FROM v_latest_run AS r
LEFT JOIN v_perplexity AS q USING (plan_hash);
CREATE VIEW v_speed_up AS
SELECT a.model, a.method, a.sparsity_asked, a.sparsity_reached,
       a.machine, b.machine AS rival, a.cycles, b.cycles AS rival_cycles,
       b.cycles * 1.0 / a.cycles AS speed_up, a.run, b.run AS rival_run
FROM v_latest_run AS a
JOIN v_latest_run AS b
  ON b.trace_hash = a.trace_hash AND b.version = a.version;
CREATE VIEW v_where AS
SELECT run, model, method, sparsity_asked, machine, category, spent AS cycles,
       spent * 1.0 / cycles AS share
FROM (SELECT *, 'compute' AS category, compute_cycles AS spent FROM v_run
      UNION ALL
      SELECT *, 'weight load', weight_load_cycles FROM v_run
      UNION ALL
      SELECT *, 'memory stall', memory_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'activation stall', activation_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'output stall', output_stall_cycles FROM v_run
      UNION ALL
      SELECT *, 'drain', drain_cycles FROM v_run);
CREATE VIEW v_pattern AS
SELECT m.name AS model, p.method, p.sparsity_asked, p.sparsity_reached,
       y.decoder_block, y.layer, y.name,
       CASE WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       l.score, l.reason, p.plan_hash, p.model_hash
FROM plan_layers AS l
JOIN plans AS p USING (plan_hash)
JOIN layers AS y ON y.model_hash = l.model_hash AND y.layer = l.layer
JOIN models AS m ON m.model_hash = p.model_hash;
COMMIT;
PRAGMA application_id = 1181500237;
PRAGMA user_version = 2;
