-- SPDX-License-Identifier: GPL-3.0-or-later
-- The example (example.h) as version 12 of the schema stored it.
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
INSERT INTO invocations VALUES('385c36d96f7ea96d52d62e08e3b19208','["flexcim","run","traces/\"tiny\""]','1.2.3+0123456789ab','gcc 12.2.0 -O3','{"sqlite":"3.40.1"}','vm, Linux 6.18.44-fc-v657 x86_64, Intel(R) Xeon(R) Processor',2,'2026-11-30T08:02:30.872Z','2026-11-30T08:02:33.093Z');
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
INSERT INTO perplexities VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',NULL,'c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','test',32,4064,'f32','1.2.3+0123456789ab',20.499999999999999999,'385c36d96f7ea96d52d62e08e3b19208');
INSERT INTO perplexities VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','test',32,4064,'f32','1.2.3+0123456789ab',24.249999999999999999,'385c36d96f7ea96d52d62e08e3b19208');
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
INSERT INTO accuracies VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',NULL,'085154084c7427596104bc42f51f59f6d3ffd3d5f49f098210c20449fb7b2c71','test',0,'f32','1.2.3+0123456789ab',8,0.75,0.16366339999999998666,0.625,0.18298130000000001338,'11110110','11010110','385c36d96f7ea96d52d62e08e3b19208');
INSERT INTO accuracies VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','085154084c7427596104bc42f51f59f6d3ffd3d5f49f098210c20449fb7b2c71','test',0,'f32','1.2.3+0123456789ab',8,0.375,0.18298130000000001338,0.5,0.18898219999999998908,'00110100','10110100','385c36d96f7ea96d52d62e08e3b19208');
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
INSERT INTO traces VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','7dd7b75279c694f012997fa484a70fc8f9d24b65e4164ef6c491112f8faf1131','sparse','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','tiny.trace');
INSERT INTO traces VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','71dfdf1ccd5f86daf4686c8e774497b10e8acb713caf92238af50516edd919d9','sparse','c51e455b41df6c017327e16001dd064b8b6733faeaa69b23d9bd79c8079237d5','tiny.trace');
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
INSERT INTO machines VALUES('81db8ebbbbc69c6c6ad4a6aa92b76e0c08af547da236b9e2c9dbe1d8285a8130','small',8,replace('macros: 1\n','\n',char(10)),NULL);
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
INSERT INTO runs VALUES('169ff0ccc4b5b953','e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab','fast',1,'done',NULL,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:31.448Z','2026-11-30T08:02:31.660Z');
INSERT INTO runs VALUES('68cd6be4e3aacd73','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab','fast',1,'done',NULL,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.040Z','2026-11-30T08:02:32.204Z');
INSERT INTO runs VALUES('8f478cdcd7f79988','e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab','fast',1,'done',NULL,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:31.224Z','2026-11-30T08:02:31.416Z');
INSERT INTO runs VALUES('f5675ec8f18369ca','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab','fast',1,'done',NULL,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.228Z','2026-11-30T08:02:32.457Z');
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
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,2,2,2,2,1000,784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,2,2,2,2,3000,2784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('169ff0ccc4b5b953','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,4,8,4,8,500,284,100,50,30,25,11,4096,1,NULL);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,1,8,1,8,1000,784,100,50,30,25,11,1024,1,NULL);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,1,4,1,4,1500,1284,100,50,30,25,11,2048,1,NULL);
INSERT INTO layer_results VALUES('68cd6be4e3aacd73','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,2,2,2,2,1000,784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,2,2,2,2,2000,1784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,2,2,2,2,3000,2784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('8f478cdcd7f79988','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1,NULL);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,64,4,8,2,2,1000,784,100,50,30,25,11,4096,1,NULL);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,64,1,8,2,2,2000,1784,100,50,30,25,11,1024,1,NULL);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,64,1,4,2,2,3000,2784,100,50,30,25,11,2048,1,NULL);
INSERT INTO layer_results VALUES('f5675ec8f18369ca','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,64,2,2,2,2,4000,3784,100,50,30,25,11,8192,1,NULL);
CREATE TABLE counters (
    block       TEXT NOT NULL,         -- sub_macro_array, activation_buffer
    counter     TEXT NOT NULL,
    unit        TEXT NOT NULL,         -- bytes, cycles, operations, ...
    description TEXT NOT NULL,
    PRIMARY KEY (block, counter)
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES('channel','weights','bytes','of an operator on the channel');
INSERT INTO counters VALUES('clocks','memory','clocks','of an operator');
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
INSERT INTO experiments VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','tiny','sweep',5,replace('name: tiny\n','\n',char(10)));
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
INSERT INTO experiment_points VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,'e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','{"macros":"1"}');
INSERT INTO experiment_points VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,'e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','{"macros":"1"}');
INSERT INTO experiment_points VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,'bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','{"macros":"1"}');
INSERT INTO experiment_points VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,'bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','{"macros":"1"}');
INSERT INTO experiment_points VALUES('8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',4,'bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','81db8ebbbbc69c6c6ad4a6aa92b76e0c08af547da236b9e2c9dbe1d8285a8130','{"macros":"1"}');
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
INSERT INTO costs VALUES('base','and_gate','logic','1-bit product',0.28000000000000002664,0.61399999999999999023,47.799999999999997156,3.0699999999999998401,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'KULeuven-MICAS/zigzag-imc, digital IMC model: NAND2, half its input capacitance, weight side static','published');
INSERT INTO costs VALUES('base','bank_line','sram','bit that passes by a bank of 256 KB',36.299999999999997158,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'the line a um, half of the bits change, past the side of sram_256k_256 (672 um)','computed');
INSERT INTO costs VALUES('base','bus','wire','bit that changes, a um between buffers and macros',0.10799999999999999877,0.0,0.0,0.0,1.0,1.0,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'as `line`; how long: views, v_pitch','computed');
INSERT INTO costs VALUES('base','carry','logic','none: delay only',0.0,0.0,96.0,0.0,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'KULeuven-MICAS/zigzag-imc, digital IMC model: full adder, carry in to carry out','published');
INSERT INTO costs VALUES('base','cell_bit','sram','bit written, or read from a store',48.0,0.16800000000000001043,0.0,35.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, 8 KB of 64-bit words: a bit of it','computed');
INSERT INTO costs VALUES('base','clock_network','wire','clock and um2 of the machine',0.0016000000000000000766,0.0,0.0,0.0,1.0,1.0,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'10 mm of wire a mm2 at 0.2 fF/um, 0.9 V','assumed');
INSERT INTO costs VALUES('base','ddr5_6400','dram','bit moved',7524.199999999999818,0.0,0.0,0.0,0.67000000000000003996,1.5300000000000000266,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'between LPDDR4 (8, Accelergy) and DDR4 (18.3, DRAMsim3): 12 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4; band: from LPDDR4 to DDR4','assumed');
INSERT INTO costs VALUES('base','ddr5_6400_standby','dram','none: power',0.0,0.0,0.0,1675810683.9000000953,0.5,1.75,0.67000000000000003996,1.5300000000000000266,'none',350.0,28.0,0.9000000000000000222,'what is left of that figure on a full stream: 1.676 W; band: from LPDDR4 to DDR4','computed');
INSERT INTO costs VALUES('base','dram','dram','bit moved',8000.0,0.0,0.0,0.0,0.5,1.75,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'LPDDR4 8 pJ/bit (Accelergy hwcomponents-cacti); 4 to 14 are published; band: 4 to 14 pJ/bit are published','published');
INSERT INTO costs VALUES('base','full_adder','logic','addition of a bit that changes',3.3999999999999999111,4.7900000000000000355,229.0,23.949999999999999288,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'KULeuven-MICAS/zigzag-imc, digital IMC model: 3 NAND2 and 2 XOR2; delay from input to sum','published');
INSERT INTO costs VALUES('base','hbm2','dram','bit moved',2489.3000000000001818,0.0,0.0,0.0,0.48999999999999999111,1.5,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'O''Connor et al., MICRO 2017: 3.97 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4; band: DRAMsim3 has 1.96 pJ/bit','published');
INSERT INTO costs VALUES('base','hbm2_standby','dram','none: power',0.0,0.0,0.0,2672601951.0,0.5,1.75,0.48999999999999999111,1.5,'none',350.0,28.0,0.9000000000000000222,'what is left of that figure on a full stream: 2.673 W; band: DRAMsim3 has 1.96 pJ/bit','computed');
INSERT INTO costs VALUES('base','hbm3','dram','bit moved',2251.0,0.0,0.0,0.0,0.5,1.5,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'AttAcc, six parts together: 3.59 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4; band: as hbm2','published');
INSERT INTO costs VALUES('base','hbm3_standby','dram','none: power',0.0,0.0,0.0,7226500459.3999996184,0.5,1.75,0.5,1.5,'none',350.0,28.0,0.9000000000000000222,'what is left of that figure on a full stream: 7.227 W; band: as hbm2','computed');
INSERT INTO costs VALUES('base','line','wire','bit that changes, a um of its line',0.10799999999999999877,0.0,0.0,0.0,1.0,1.0,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'half of C V^2, C = 0.2 fF/um (Accelergy hwcomponents), and a third of it for a chain of drivers of fan-out 4; how long: views, v_pitch','computed');
INSERT INTO costs VALUES('base','line_driver','logic','none: area only',0.0,2.4599999999999999644,0.0,12.30000000000000071,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'four NAND2 a line; its energy is the line''s','assumed');
INSERT INTO costs VALUES('base','lpddr5_6400','dram','bit moved',3762.099999999999909,0.0,0.0,0.0,0.5,1.5,1.0,1.0,'none',350.0,28.0,0.9000000000000000222,'LLMServingSim: 6 pJ/bit; 62.7 % of it moving, 37.3 % standing by, as DRAMsim3 splits a stream of LPDDR4; band: 3 to 9 pJ/bit are published','published');
INSERT INTO costs VALUES('base','lpddr5_6400_standby','dram','none: power',0.0,0.0,0.0,830755509.70000004765,0.5,1.75,0.5,1.5,'none',350.0,28.0,0.9000000000000000222,'what is left of that figure on a full stream: 0.831 W; band: 3 to 9 pJ/bit are published','computed');
INSERT INTO costs VALUES('base','memory_interface','logic','none: area only',0.0,50000.0,0.0,0.0,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'1 GB/s of pins with their controller; its energy is in that of the bits moved','assumed');
INSERT INTO costs VALUES('base','multiplier_adder','logic','addition of a bit that changes, in a multiplier',3.3999999999999999111,4.7900000000000000355,229.0,23.949999999999999288,1.0,2.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'a full adder; up to twice its energy, as literature has of multipliers (experiments/silicon)','computed');
INSERT INTO costs VALUES('base','register_bit','logic','clock',1.6999999999999999555,3.6800000000000001598,0.0,18.399999999999998578,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'KULeuven-MICAS/zigzag-imc, digital IMC model: flip-flop, 6 NAND2','published');
INSERT INTO costs VALUES('base','scan_element','logic','state element and token',6000.0,0.0,0.0,0.0,0.6670000000000000373,1.3329999999999999626,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'two products, an exponential and two sums of 16 bits: 4 to 8 pJ','computed');
INSERT INTO costs VALUES('base','scan_lane','logic','none: area only',0.0,5170.0,0.0,25850.0,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'three 16-bit multipliers and two 32-bit adders of this table''s full adders and AND gates, and an exponential as the softmax of vector_lane','computed');
INSERT INTO costs VALUES('base','select_2_bit','logic','choice',0.51000000000000000888,1.9599999999999999644,95.599999999999994313,9.8000000000000007105,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'own synthesis (yosys, osu018 and ASAP7), relative to the full adder: area 0.36 to 0.46, energy 0.15; delay of two gates','computed');
INSERT INTO costs VALUES('base','select_4_bit','logic','choice',0.75,4.3099999999999996092,191.19999999999998862,21.55000000000000071,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'own synthesis (yosys, osu018 and ASAP7), relative to the full adder: area 0.82 to 1.0, energy 0.22; delay of four gates','computed');
INSERT INTO costs VALUES('base','sram_128k_256','sram','bit read',120.0,209000.0,0.0,31000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_128k_256_write','sram','bit written',133.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_128k_64','sram','bit read',209.0,188000.0,0.0,31000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_128k_64_write','sram','bit written',152.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_16k_256','sram','bit read',24.0,23000.0,0.0,4200000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_16k_256_write','sram','bit written',69.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_16k_64','sram','bit read',79.0,22000.0,0.0,4200000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_16k_64_write','sram','bit written',64.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_256k_256','sram','bit read',179.0,451000.0,0.0,62000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_256k_256_write','sram','bit written',192.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_256k_64','sram','bit read',277.0,381000.0,0.0,62000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_256k_64_write','sram','bit written',220.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_32k_256','sram','bit read',46.0,45000.0,0.0,8400000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_32k_256_write','sram','bit written',80.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_32k_64','sram','bit read',96.0,49000.0,0.0,8400000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_32k_64_write','sram','bit written',82.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_64k_256','sram','bit read',89.0,88000.0,0.0,17000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_64k_256_write','sram','bit written',102.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_64k_64','sram','bit read',130.0,102000.0,0.0,17000000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_64k_64_write','sram','bit written',115.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_8k_256','sram','bit read',19.0,14000.0,0.0,2300000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_8k_256_write','sram','bit written',41.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_8k_64','sram','bit read',41.0,11000.0,0.0,2300000.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','sram_8k_64_write','sram','bit written',48.0,0.0,0.0,0.0,0.5,1.5,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'CACTI 7, 28 nm ITRS-HP, one port, 350 K','computed');
INSERT INTO costs VALUES('base','vector_gate','logic','element',1600.0,0.0,0.0,0.0,0.5,3.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'AccelTran (14 nm): SiLU 0.8 pJ, twice that at 28 nm; band: synthesised units of other nodes and widths','computed');
INSERT INTO costs VALUES('base','vector_lane','logic','none: area only',0.0,2141.0,0.0,10705.0,1.0,1.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'arXiv 2604.23647, 28 nm: softmax 942 and layer norm 1199 um2','published');
INSERT INTO costs VALUES('base','vector_norm','logic','element',4600.0,0.0,0.0,0.0,0.5,3.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'AccelTran (14 nm, 0.8 V, 20 bits): 2.3 pJ, twice that at 28 nm; band: synthesised units of other nodes and widths','computed');
INSERT INTO costs VALUES('base','vector_other','logic','element',750.0,0.0,0.0,0.0,0.5,3.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'a product and a sum of 8 bits with registers: 0.5 to 1 pJ; band: synthesised units of other nodes and widths','assumed');
INSERT INTO costs VALUES('base','vector_softmax','logic','element',1150.0,0.0,0.0,0.0,0.5,3.0,0.5,2.0,'high-performance',350.0,28.0,0.9000000000000000222,'8605654 (APCCAS 2018), TSMC 28 nm: power of 6.976 G elements/s; band: synthesised units of other nodes and widths','published');
INSERT INTO costs VALUES('base','weight_bit','sram','none: it stands',0.0,0.21499999999999999666,0.0,0.06750000000000000444,0.5,1.5,0.29999999999999998889,2.5,'low-standby',350.0,28.0,0.9000000000000000222,'a bit of sram_256k_256; its leakage in low-standby devices (currents)','computed');
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
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','area','macro','adders','full_adder','','','always',100.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','area','output_buffer','banks','sram_8k_64','','','always',2.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','energy','macro','adders','full_adder','macro','cell_operations','product',10.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','energy','macro','lines','line','macro','cell_operations','input',3.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','energy','macro','registers','register_bit','macro','cell_operations','always',4.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','energy','output_buffer','writes','sram_8k_64_write','output_buffer','bytes_written','always',8.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','path','product','adders','full_adder','','','always',7.0);
INSERT INTO machine_parts VALUES('962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','path','tree','adder','carry','','','always',20.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','area','macro','adders','full_adder','','','always',100.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','area','output_buffer','banks','sram_8k_64','','','always',2.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','energy','macro','adders','full_adder','macro','cell_operations','product',10.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','energy','macro','lines','line','macro','cell_operations','input',3.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','energy','macro','registers','register_bit','macro','cell_operations','always',4.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','energy','output_buffer','writes','sram_8k_64_write','output_buffer','bytes_written','always',8.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','path','product','adders','full_adder','','','always',7.0);
INSERT INTO machine_parts VALUES('d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','path','tree','adder','carry','','','always',20.0);
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
INSERT INTO layer_activities VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',0,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',1,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',2,0.4000000000000000222,0.0,0.5,0.0,'counted');
INSERT INTO layer_activities VALUES('e517be9da7d1a2e1eca1a89ec5ad93a9beac073cd9bd7f2c74703e8c8c4e611e','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c',3,0.4000000000000000222,0.0,0.5,0.0,'counted');
CREATE TABLE nodes (
    node_nm     REAL PRIMARY KEY,
    a2 REAL NOT NULL, a1 REAL NOT NULL, a0 REAL NOT NULL,
    area_factor REAL NOT NULL CHECK (area_factor > 0),
    nominal_v   REAL NOT NULL CHECK (nominal_v > 0),
    kind        TEXT NOT NULL CHECK (kind IN ('planar', 'multigate'))
) STRICT, WITHOUT ROWID;
INSERT INTO nodes VALUES(7.0,0.17760000000000000786,-0.09096999999999999531,0.024469999999999998696,0.058999999999999996891,0.69999999999999995559,'multigate');
INSERT INTO nodes VALUES(10.0,0.20680000000000001159,-0.093109999999999998321,0.023750000000000000277,0.10000000000000000555,0.75,'multigate');
INSERT INTO nodes VALUES(14.0,0.23630000000000001003,-0.096750000000000002664,0.022390000000000000179,0.17000000000000001221,0.8000000000000000444,'multigate');
INSERT INTO nodes VALUES(16.0,0.29580000000000000737,-0.12410000000000000197,0.030239999999999999519,0.19000000000000000222,0.8000000000000000444,'multigate');
INSERT INTO nodes VALUES(20.0,0.37299999999999999822,-0.15820000000000000728,0.041040000000000000091,0.20999999999999999222,0.9000000000000000222,'multigate');
INSERT INTO nodes VALUES(28.0,0.76160000000000005471,-0.57426699999999997192,0.3276800000000000268,0.37666699999999997405,0.9000000000000000222,'planar');
INSERT INTO nodes VALUES(32.0,0.95589999999999997193,-0.78229999999999999538,0.47099999999999997424,0.46000000000000001998,0.9000000000000000222,'planar');
INSERT INTO nodes VALUES(45.0,1.1029999999999999804,-0.36199999999999998845,0.2767000000000000015,1.0,0.9000000000000000222,'planar');
INSERT INTO nodes VALUES(65.0,3.7549999999999998934,-4.3979999999999996873,1.9750000000000000888,1.5149999999999999023,1.1000000000000000888,'planar');
CREATE TABLE unit_parts (
    machine_hash TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    block        TEXT NOT NULL,
    name         TEXT NOT NULL,        -- what they are for
    component    TEXT NOT NULL,        -- of the cost table
    components   REAL NOT NULL CHECK (components > 0),
    PRIMARY KEY (machine_hash, block, name, component)
) STRICT, WITHOUT ROWID;
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
INSERT INTO inferences VALUES('0d40cafdcd18df23','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','low',2,1120,640,159,161,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:33.028Z');
INSERT INTO inferences VALUES('3ca847a3f8429fe4','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','high',2,1190,680,169,171,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:33.065Z');
INSERT INTO inferences VALUES('51e560bbfde700ab','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','middle',2,700,400,99,101,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.844Z');
INSERT INTO inferences VALUES('570a259107247d0d','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','low',2,770,440,109,111,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.894Z');
INSERT INTO inferences VALUES('b657441d7f42f104','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','962463d0e1d606724e28d16a6de3eb4626d9333e1e2b0b0e89a26a254117e8d2','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','high',2,840,480,119,121,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.940Z');
INSERT INTO inferences VALUES('faae5e8f33625ab5','bdfa6efa7de74d4ee4c246d4c81441660dd93842609452a3aa6f322071429198','8950abfda7b727630760dd35bcf5c3daa7631aff223a90f7728c0d2521dde10c','d6a98598212ed729f5b9a4d1b7ff4dcc1341bbfc740993325b9107298521422f','1.2.3+0123456789ab',8,4,2,'lpddr5-6400','prefetch','middle',2,1050,600,149,151,'385c36d96f7ea96d52d62e08e3b19208','2026-11-30T08:02:32.992Z');
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
INSERT INTO operator_results VALUES('0d40cafdcd18df23',0,'prompt','q','linear',NULL,0,640,640);
INSERT INTO operator_results VALUES('0d40cafdcd18df23',1,'prompt','softmax','vector',0,640,0,640);
INSERT INTO operator_results VALUES('0d40cafdcd18df23',2,'decoding','q','linear',1,640,480,1120);
INSERT INTO operator_results VALUES('3ca847a3f8429fe4',0,'prompt','q','linear',NULL,0,680,680);
INSERT INTO operator_results VALUES('3ca847a3f8429fe4',1,'prompt','softmax','vector',0,680,0,680);
INSERT INTO operator_results VALUES('3ca847a3f8429fe4',2,'decoding','q','linear',1,680,510,1190);
INSERT INTO operator_results VALUES('51e560bbfde700ab',0,'prompt','q','linear',NULL,0,400,400);
INSERT INTO operator_results VALUES('51e560bbfde700ab',1,'prompt','softmax','vector',0,400,0,400);
INSERT INTO operator_results VALUES('51e560bbfde700ab',2,'decoding','q','linear',1,400,300,700);
INSERT INTO operator_results VALUES('570a259107247d0d',0,'prompt','q','linear',NULL,0,440,440);
INSERT INTO operator_results VALUES('570a259107247d0d',1,'prompt','softmax','vector',0,440,0,440);
INSERT INTO operator_results VALUES('570a259107247d0d',2,'decoding','q','linear',1,440,330,770);
INSERT INTO operator_results VALUES('b657441d7f42f104',0,'prompt','q','linear',NULL,0,480,480);
INSERT INTO operator_results VALUES('b657441d7f42f104',1,'prompt','softmax','vector',0,480,0,480);
INSERT INTO operator_results VALUES('b657441d7f42f104',2,'decoding','q','linear',1,480,360,840);
INSERT INTO operator_results VALUES('faae5e8f33625ab5',0,'prompt','q','linear',NULL,0,600,600);
INSERT INTO operator_results VALUES('faae5e8f33625ab5',1,'prompt','softmax','vector',0,600,0,600);
INSERT INTO operator_results VALUES('faae5e8f33625ab5',2,'decoding','q','linear',1,600,450,1050);
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
INSERT INTO operator_counters VALUES('0d40cafdcd18df23',0,'channel','weights',14400);
INSERT INTO operator_counters VALUES('0d40cafdcd18df23',0,'clocks','memory',160);
INSERT INTO operator_counters VALUES('0d40cafdcd18df23',2,'channel','weights',14400);
INSERT INTO operator_counters VALUES('0d40cafdcd18df23',2,'clocks','memory',160);
INSERT INTO operator_counters VALUES('3ca847a3f8429fe4',0,'channel','weights',15300);
INSERT INTO operator_counters VALUES('3ca847a3f8429fe4',0,'clocks','memory',170);
INSERT INTO operator_counters VALUES('3ca847a3f8429fe4',2,'channel','weights',15300);
INSERT INTO operator_counters VALUES('3ca847a3f8429fe4',2,'clocks','memory',170);
INSERT INTO operator_counters VALUES('51e560bbfde700ab',0,'channel','weights',9000);
INSERT INTO operator_counters VALUES('51e560bbfde700ab',0,'clocks','memory',100);
INSERT INTO operator_counters VALUES('51e560bbfde700ab',2,'channel','weights',9000);
INSERT INTO operator_counters VALUES('51e560bbfde700ab',2,'clocks','memory',100);
INSERT INTO operator_counters VALUES('570a259107247d0d',0,'channel','weights',9900);
INSERT INTO operator_counters VALUES('570a259107247d0d',0,'clocks','memory',110);
INSERT INTO operator_counters VALUES('570a259107247d0d',2,'channel','weights',9900);
INSERT INTO operator_counters VALUES('570a259107247d0d',2,'clocks','memory',110);
INSERT INTO operator_counters VALUES('b657441d7f42f104',0,'channel','weights',10800);
INSERT INTO operator_counters VALUES('b657441d7f42f104',0,'clocks','memory',120);
INSERT INTO operator_counters VALUES('b657441d7f42f104',2,'channel','weights',10800);
INSERT INTO operator_counters VALUES('b657441d7f42f104',2,'clocks','memory',120);
INSERT INTO operator_counters VALUES('faae5e8f33625ab5',0,'channel','weights',13500);
INSERT INTO operator_counters VALUES('faae5e8f33625ab5',0,'clocks','memory',150);
INSERT INTO operator_counters VALUES('faae5e8f33625ab5',2,'channel','weights',13500);
INSERT INTO operator_counters VALUES('faae5e8f33625ab5',2,'clocks','memory',150);
CREATE TABLE currents (
    device     TEXT NOT NULL
               CHECK (device IN ('high-performance', 'low-standby')),
    kelvin     REAL NOT NULL CHECK (kelvin > 0),
    leakage_na REAL NOT NULL CHECK (leakage_na > 0),
    supply_v   REAL NOT NULL CHECK (supply_v > 0),
    PRIMARY KEY (device, kelvin)
) STRICT, WITHOUT ROWID;
INSERT INTO currents VALUES('high-performance',300.0,179.80000000000001136,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',310.0,182.59999999999999431,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',320.0,186.30000000000001137,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',330.0,194.59999999999999431,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',340.0,214.80000000000001136,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',350.0,287.5,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',360.0,529.39999999999997727,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',370.0,978.39999999999997725,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',380.0,1530.4000000000000909,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',390.0,2551.5999999999999089,0.85999999999999998667);
INSERT INTO currents VALUES('high-performance',400.0,5652.0,0.85999999999999998667);
INSERT INTO currents VALUES('low-standby',300.0,0.2248999999999999888,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',310.0,0.24199999999999999289,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',320.0,0.27239999999999997548,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',330.0,0.32740000000000002433,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',340.0,0.42720000000000002415,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',350.0,0.61339999999999994528,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',360.0,0.96679999999999999271,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',370.0,1.6391999999999999904,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',380.0,2.9510000000000000675,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',390.0,5.5199999999999995736,0.92000000000000003996);
INSERT INTO currents VALUES('low-standby',400.0,10.570000000000000284,0.92000000000000003996);
CREATE UNIQUE INDEX perplexity_key ON perplexities (model_hash,
    coalesce(plan_hash, ''), tokens_hash, tensor, "rows", arithmetic, version);
CREATE UNIQUE INDEX accuracy_key ON accuracies (model_hash,
    coalesce(plan_hash, ''), tasks_hash, longest, arithmetic, version);
CREATE VIEW v_run AS
SELECT r.run, r.status, m.name AS model, p.method,
       p.sparsity_asked, p.sparsity_reached,
       CASE WHEN min(l.n * 100 + l.m) < max(l.n * 100 + l.m) THEN 'mixed'
            WHEN l.n = l.m THEN 'dense' ELSE l.n || ':' || l.m END AS pattern,
       CASE WHEN min(l.run_as_n * 100 + l.run_as_m)
                 < max(l.run_as_n * 100 + l.run_as_m) THEN 'mixed'
            WHEN l.run_as_n = l.run_as_m THEN 'dense'
            ELSE l.run_as_n || ':' || l.run_as_m END AS run_as,
       CASE WHEN min(l.tokens) < max(l.tokens) THEN 'mixed'
            ELSE l.tokens END AS tokens,
       h.name AS machine,
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
       l.outputs_verified, l.merged, r.status, r.way, r.version,
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
CREATE VIEW v_plan AS
SELECT plan_hash, model_hash, method
       || CASE WHEN instr(parameters, '"released":true') THEN '+released'
               ELSE '' END
       || CASE WHEN instr(text, '"statistics":"sequential"')
                AND (weight_update = 'none' OR weight_update LIKE '%-dense')
               THEN '+sequential' ELSE '' END
       || CASE WHEN instr(parameters, '"aware":true') THEN '+aware' ELSE '' END
       || CASE WHEN instr(text, '"propagate":0') OR instr(text, '"propagate":1')
               THEN '+propagate' ELSE '' END
       || CASE WHEN weight_update = 'reconstruct' AND mask_score = 'sparsegpt'
               THEN '+refit' ELSE '' END
       || CASE weight_update WHEN 'none' THEN '' ELSE '+' || weight_update END
       AS word
FROM plans;
CREATE VIEW v_latest_perplexity AS
SELECT model_hash, plan_hash, tokens_hash, tensor, "rows", arithmetic, perplexity
FROM (SELECT p.*, row_number() OVER (
                 PARTITION BY model_hash, plan_hash, tokens_hash, tensor, "rows",
                              arithmetic
                 ORDER BY i.started_utc DESC, p.version) AS place
      FROM perplexities AS p
      JOIN invocations AS i USING (invocation))
WHERE place = 1;
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
               ORDER BY tensor = 'test' DESC, arithmetic = 'f32' DESC,
                        "rows" DESC, started_utc DESC, tokens_hash, tensor,
                        arithmetic, version) AS place
    FROM each
)
SELECT m.name AS model, p.method, p.weight_update, p.sparsity_asked,
       p.sparsity_reached, b.perplexity,
       (SELECT d.perplexity
        FROM v_latest_perplexity AS d
        WHERE d.model_hash = b.model_hash AND d.plan_hash IS NULL
          AND d.tokens_hash = b.tokens_hash AND d.tensor = b.tensor
          AND d."rows" = b."rows" AND d.arithmetic = b.arithmetic)
           AS dense_perplexity,
       b.tensor, b."rows", b.arithmetic, b.version,
       p.model_hash, p.plan_hash, b.tokens_hash
FROM plans AS p
JOIN models AS m USING (model_hash)
LEFT JOIN best AS b ON b.plan_hash = p.plan_hash AND b.place = 1;
CREATE VIEW v_accuracy AS
WITH each AS (
    SELECT a.*, i.started_utc, row_number() OVER (
               PARTITION BY a.model_hash, a.plan_hash, a.tasks_hash, a.longest
               ORDER BY a.arithmetic = 'f32' DESC, i.started_utc DESC,
                        a.arithmetic, a.version) AS place
    FROM accuracies AS a
    JOIN invocations AS i USING (invocation)
)
SELECT m.name AS model, coalesce(p.method, 'dense') AS method,
       coalesce(p.weight_update, 'none') AS weight_update, p.sparsity_asked,
       coalesce(p.sparsity_reached, 0) AS sparsity_reached, e.tasks, e.questions,
       e.acc, e.acc_error, e.acc_norm, e.acc_norm_error,
       d.acc AS dense_acc, d.acc_norm AS dense_acc_norm, e.arithmetic, e.version,
       e.model_hash, e.plan_hash, e.tasks_hash, e.longest, e.answered,
       e.answered_norm
FROM each AS e
JOIN models AS m USING (model_hash)
LEFT JOIN plans AS p ON p.plan_hash = e.plan_hash
LEFT JOIN each AS d
       ON d.model_hash = e.model_hash AND d.plan_hash IS NULL
      AND d.tasks_hash = e.tasks_hash AND d.longest = e.longest AND d.place = 1
WHERE e.place = 1;
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
CREATE VIEW v_point AS
SELECT e.name AS experiment, e.kind, p.point, m.name AS model, q.method,
       q.sparsity_asked, q.sparsity_reached,
       coalesce(r.pattern, w.pattern) AS pattern, r.run_as,
       coalesce(r.tokens, w.tokens) AS tokens,
       h.name AS machine, p.settings, coalesce(r.status, 'not begun') AS status, r.layers, r.cycles,
       r.milliseconds, r.utilisation, h.multipliers, r.reason, r.version,
       r.run, t.model_hash, t.plan_hash, p.trace_hash, p.machine_hash,
       p.experiment AS experiment_hash
FROM experiment_points AS p
JOIN experiments AS e USING (experiment)
JOIN machines AS h USING (machine_hash)
JOIN traces AS t USING (trace_hash)
JOIN models AS m USING (model_hash)
LEFT JOIN plans AS q USING (plan_hash)
LEFT JOIN (SELECT *, row_number() OVER (
                      PARTITION BY trace_hash, machine_hash
                      ORDER BY status = 'done' DESC, ended_utc DESC, run) AS place
           FROM v_run) AS r
       ON r.trace_hash = p.trace_hash AND r.machine_hash = p.machine_hash
      AND r.place = 1
-- What belongs to the trace, of a point that has no layers, from its other runs.
LEFT JOIN (SELECT trace_hash, max(pattern) AS pattern, max(tokens) AS tokens
           FROM v_run GROUP BY trace_hash) AS w
       ON w.trace_hash = p.trace_hash
;
CREATE VIEW v_outside AS
SELECT column1 AS block
FROM (VALUES ('activation_buffer'), ('output_buffer'), ('weight_loader'),
             ('weight_memory'), ('staging'), ('dram'));
CREATE VIEW v_area AS
SELECT h.name AS machine, p.block, c.cost_table,
       sum(p.components * c.area_um2) / 1e6 AS area_mm2,
       sum(p.components * c.leakage_nw) / 1e6 AS leakage_mw,
       p.block IN (SELECT block FROM v_outside) AS is_buffer,
       h.machine_hash
FROM machine_parts AS p
JOIN machines AS h USING (machine_hash)
JOIN costs AS c USING (component)
WHERE p.use = 'area' AND c.class <> 'dram'
GROUP BY p.machine_hash, p.block, c.cost_table;
CREATE VIEW v_pitch AS
SELECT h.name AS machine, k.cost_table,
       (SELECT sqrt(sum(p.components * c.area_um2) / h.multipliers)
        FROM machine_parts AS p
        JOIN costs AS c
          ON c.cost_table = k.cost_table AND c.component = p.component
        WHERE p.machine_hash = h.machine_hash AND p.use = 'area'
          AND p.block NOT IN (SELECT block FROM v_outside)) AS pitch_um,
       (SELECT sqrt(sum(p.components * c.area_um2))
        FROM machine_parts AS p
        JOIN costs AS c
          ON c.cost_table = k.cost_table AND c.component = p.component
        WHERE p.machine_hash = h.machine_hash AND p.use = 'area') AS side_um,
       h.machine_hash
FROM machines AS h
JOIN costs AS k ON k.component = 'full_adder';
CREATE VIEW v_machine AS
SELECT h.name AS machine, a.cost_table, h.multipliers,
       a.area_mm2, a.macros_mm2, a.leakage_mw, h.clock_mhz,
       1e6 / s.path_ps AS fastest_clock_mhz, s.path_ps, s.stage,
       EXISTS (SELECT 1 FROM machine_parts AS u
               WHERE u.machine_hash = h.machine_hash AND u.use = 'area'
                 AND u.name LIKE 'unlimited%') AS unlimited,
       h.machine_hash
FROM machines AS h
JOIN (SELECT machine_hash, cost_table, sum(area_mm2) AS area_mm2,
             sum(CASE WHEN is_buffer THEN 0 ELSE area_mm2 END) AS macros_mm2,
             sum(leakage_mw) AS leakage_mw
      FROM v_area
      GROUP BY machine_hash, cost_table) AS a USING (machine_hash)
LEFT JOIN (SELECT machine_hash, cost_table, stage, max(path_ps) AS path_ps
           FROM (SELECT p.machine_hash, c.cost_table, p.block AS stage,
                        sum(p.components * c.delay_ps) AS path_ps
                 FROM machine_parts AS p
                 JOIN costs AS c USING (component)
                 WHERE p.use = 'path'
                 GROUP BY p.machine_hash, c.cost_table, p.block)
           GROUP BY machine_hash, cost_table) AS s
       USING (machine_hash, cost_table);
CREATE VIEW v_standing AS
SELECT h.machine_hash, c.cost_table, c.component,
       c.leakage_nw / 1e6 / h.clock_mhz + c.area_um2 / 1e6 * k.energy_fj
           AS clock_nj,
       c.leakage_nw / h.clock_mhz
           / max(c.leakage_nw / h.clock_mhz + c.area_um2 * k.energy_fj, 1e-9)
           AS leaks,
       c.leakage_least AS leaks_least, c.leakage_most AS leaks_most
FROM machines AS h
JOIN costs AS c
JOIN costs AS k
  ON k.cost_table = c.cost_table AND k.component = 'clock_network';
CREATE VIEW v_energy_term AS
SELECT r.run, l.layer, p.block, p.name, p.component, c.cost_table,
       r.machine_hash, r.trace_hash,
       p.block IN (SELECT block FROM v_outside) AS is_memory,
       CASE WHEN p.use = 'area' OR c.class <> 'wire' THEN 0
            WHEN p.use = 'resident' THEN 3
            WHEN p.component = 'bus' THEN 2 ELSE 1 END AS is_line,
       CASE WHEN p.use = 'area' OR p.use = 'resident' AND c.class = 'sram'
            THEN 'idle'
            WHEN c.class IN ('sram', 'dram') THEN c.class
            WHEN p.activity = 'sum' THEN 'product'
            ELSE p.activity END AS goes_with,
       -- Images that were loaded more than once are held once.
       CASE WHEN p.use = 'area' THEN p.components * s.clock_nj
            WHEN p.use = 'resident' AND c.class = 'sram' THEN
           p.components * s.clock_nj * s.leaks * v.value
           * min(1.0, 8.0 * y.inputs * y.outputs * l.run_as_n
                      / (l.run_as_m * max(o.value, 1)))
            ELSE 0.0 END AS clock_nj,
       CASE WHEN p.use = 'resident' AND c.class = 'sram' THEN
           p.components * c.area_um2 * v.value
           * min(1.0, 8.0 * y.inputs * y.outputs * l.run_as_n
                      / (l.run_as_m * max(o.value, 1)))
            ELSE 0.0 END AS held_um2,
       CASE WHEN p.use = 'area' OR p.use = 'resident' AND c.class = 'sram'
            THEN 0.0
       ELSE
           v.value * p.components * c.energy_fj / 1e6
           * CASE WHEN p.activity = 'sum' THEN
                 l.kept_macs * 1.0 / max(l.kept_macs, 1, coalesce(o.value, 0))
             ELSE 1.0 END
       END AS counted_nj,
       CASE WHEN p.use <> 'energy' OR c.class IN ('sram', 'dram')
                 OR p.activity = 'always' THEN 1.0
            WHEN a.origin = 'counted' THEN
                a.input_toggle
                * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.weight_ones END
            WHEN p.activity = 'input' THEN 0.5 ELSE 0.25 END AS at,
       CASE WHEN p.use <> 'energy' OR c.class IN ('sram', 'dram')
                 OR p.activity = 'always' THEN 1.0
            WHEN a.origin = 'counted' THEN
                0.93 * a.input_toggle
                * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.weight_ones END
            WHEN p.activity = 'input' THEN 0.5 ELSE 0.25 END AS quiet,
       CASE WHEN p.use <> 'energy' OR c.class IN ('sram', 'dram')
                 OR p.activity = 'always' THEN 1.0
            WHEN a.origin = 'counted' THEN
                1.07 * a.input_toggle
                * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.weight_ones END
            WHEN p.activity = 'input' THEN 0.7071 ELSE 0.5 END AS busy,
       c.energy_least AS least, c.energy_most AS most,
       CASE p.use WHEN 'area' THEN s.leaks WHEN 'resident' THEN 1.0 ELSE 0.0 END
           AS leaks,
       s.leaks_least, s.leaks_most
FROM runs AS r
JOIN machine_parts AS p
  ON p.machine_hash = r.machine_hash AND p.use IN ('area', 'energy', 'resident')
JOIN costs AS c ON c.component = p.component
JOIN v_standing AS s
  ON s.machine_hash = r.machine_hash AND s.cost_table = c.cost_table
 AND s.component = c.component
LEFT JOIN layer_results AS l ON l.run = r.run AND p.use <> 'area'
LEFT JOIN counter_values AS v
       ON v.run = r.run AND v.layer = l.layer AND v.block = p.counter_block
      AND v.counter = p.counter
LEFT JOIN counter_values AS o
       ON (p.activity = 'sum' OR p.use = 'resident') AND o.run = r.run
      AND o.layer = l.layer
      AND o.block = CASE p.use WHEN 'resident' THEN 'weight_loader'
                    ELSE 'sub_macro_array' END
      AND o.counter = CASE p.use WHEN 'resident' THEN 'word_bits'
                      ELSE 'cell_operations' END
LEFT JOIN layers AS y
       ON p.use = 'resident' AND y.model_hash = l.model_hash
      AND y.layer = l.layer
LEFT JOIN layer_activities AS a
       ON a.trace_hash = r.trace_hash AND a.layer = l.layer
WHERE p.use = 'area' OR v.value IS NOT NULL
;
CREATE VIEW v_energy_part AS
SELECT run, layer, block, cost_table,
       always_nj + pitch_um * always_um + side_um * always_side AS always_nj,
       input_nj + pitch_um * input_um + side_um * input_side AS input_nj,
       product_nj + pitch_um * product_um AS product_nj, memory_nj, dram_nj
FROM (SELECT t.run, t.layer, t.block, t.cost_table,
             (SELECT g.pitch_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS pitch_um,
             (SELECT g.side_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS side_um,
             sum((t.goes_with = 'always') * (t.is_line = 0) * t.counted_nj)
                 AS always_nj,
             sum((t.goes_with = 'always') * (t.is_line = 1) * t.counted_nj)
                 AS always_um,
             sum((t.goes_with = 'always') * (t.is_line = 2) * t.counted_nj)
                 AS always_side,
             sum((t.goes_with = 'input') * (t.is_line = 0) * t.counted_nj)
                 AS input_nj,
             sum((t.goes_with = 'input') * (t.is_line = 1) * t.counted_nj)
                 AS input_um,
             sum((t.goes_with = 'input') * (t.is_line = 2) * t.counted_nj)
                 AS input_side,
             sum((t.goes_with = 'product') * (t.is_line = 0) * t.counted_nj)
                 AS product_nj,
             sum((t.goes_with = 'product') * (t.is_line = 1) * t.counted_nj)
                 AS product_um,
             sum((t.goes_with = 'sram') * t.counted_nj) AS memory_nj,
             sum((t.goes_with = 'dram') * t.counted_nj) AS dram_nj
      FROM v_energy_term AS t
      WHERE t.goes_with <> 'idle'
      GROUP BY t.run, t.layer, t.block, t.cost_table);
CREATE VIEW v_energy_block AS
SELECT run, block, cost_table, is_memory,
       at_nj + pitch_um * at_um + side_um * at_side
           + sqrt(held_um2) * held_side + cycles * clock_nj AS energy_nj,
       cycles * clock_nj AS idle_nj, cycles * leak_nj AS leakage_nj,
       cycles * leak_least_nj AS leakage_least_nj,
       cycles * leak_most_nj AS leakage_most_nj,
       quiet_cheap + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS quiet_cheap_nj,
       quiet_dear + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS quiet_dear_nj,
       busy_cheap + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS busy_cheap_nj,
       busy_dear + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS busy_dear_nj
FROM (SELECT t.run, t.block, t.cost_table, t.is_memory,
             (SELECT g.pitch_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS pitch_um,
             (SELECT g.side_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS side_um,
             (SELECT sum(s.cycles) FROM layer_results AS s
              WHERE s.run = t.run) AS cycles,
             sum((t.is_line = 0) * t.counted_nj * t.at) AS at_nj,
             sum((t.is_line = 0) * t.counted_nj * t.quiet * t.least)
                 AS quiet_cheap,
             sum((t.is_line = 0) * t.counted_nj * t.quiet * t.most)
                 AS quiet_dear,
             sum((t.is_line = 0) * t.counted_nj * t.busy * t.least)
                 AS busy_cheap,
             sum((t.is_line = 0) * t.counted_nj * t.busy * t.most)
                 AS busy_dear,
             sum((t.is_line = 1) * t.counted_nj * t.at) AS at_um,
             sum((t.is_line = 1) * t.counted_nj * t.quiet) AS quiet_um,
             sum((t.is_line = 1) * t.counted_nj * t.busy) AS busy_um,
             sum((t.is_line = 2) * t.counted_nj * t.at) AS at_side,
             sum((t.is_line = 2) * t.counted_nj * t.quiet) AS quiet_side,
             sum((t.is_line = 2) * t.counted_nj * t.busy) AS busy_side,
             sum((t.is_line = 3) * t.counted_nj) AS held_side,
             sum(t.held_um2) AS held_um2,
             sum(t.clock_nj) AS clock_nj,
             sum(t.leaks * t.clock_nj) AS leak_nj,
             sum(t.leaks * t.leaks_least * t.clock_nj) AS leak_least_nj,
             sum(t.leaks * t.leaks_most * t.clock_nj) AS leak_most_nj
      FROM v_energy_term AS t
      GROUP BY t.run, t.block, t.cost_table);
CREATE VIEW v_energy AS
SELECT e.run, e.cost_table,
       at_nj + pitch_um * at_um + side_um * at_side
           + sqrt(held_um2) * held_side + cycles * clock_nj AS energy_nj,
       macros_nj + pitch_um * at_um + cycles * macros_clock_nj AS macros_nj,
       cycles * macros_leak_nj AS macros_leakage_nj,
       cycles * clock_nj AS idle_nj, cycles * leak_nj AS leakage_nj,
       cycles * leak_least_nj AS leakage_least_nj,
       cycles * leak_most_nj AS leakage_most_nj,
       quiet_cheap + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS quiet_cheap_nj,
       quiet_dear + pitch_um * quiet_um + side_um * quiet_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS quiet_dear_nj,
       busy_cheap + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_least_nj) AS busy_cheap_nj,
       busy_dear + pitch_um * busy_um + side_um * busy_side
           + sqrt(held_um2) * held_side
           + cycles * (clock_nj - leak_nj + leak_most_nj) AS busy_dear_nj,
       e.held_um2 / 1e6 AS weights_mm2,
       coalesce((SELECT avg(a.input_toggle) FROM layer_activities AS a
                 WHERE a.trace_hash = e.trace_hash), 0.5) AS input_toggle,
       coalesce((SELECT avg(a.weight_ones) FROM layer_activities AS a
                 WHERE a.trace_hash = e.trace_hash), 0.5) AS weight_ones,
       coalesce((SELECT max(a.origin) FROM layer_activities AS a
                 WHERE a.trace_hash = e.trace_hash), 'assumed') AS activity,
       c.node_nm, c.voltage_v, m.device AS memory_device, m.kelvin
FROM (SELECT t.run, t.cost_table, t.trace_hash,
             sum((t.is_line = 0) * (NOT t.is_memory) * t.counted_nj * t.at)
                 AS macros_nj,
             sum((NOT t.is_memory) * t.clock_nj) AS macros_clock_nj,
             sum((NOT t.is_memory) * t.leaks * t.clock_nj) AS macros_leak_nj,
             (SELECT g.pitch_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS pitch_um,
             (SELECT g.side_um FROM v_pitch AS g
              WHERE g.machine_hash = t.machine_hash
                AND g.cost_table = t.cost_table) AS side_um,
             (SELECT sum(s.cycles) FROM layer_results AS s
              WHERE s.run = t.run) AS cycles,
             sum((t.is_line = 0) * t.counted_nj * t.at) AS at_nj,
             sum((t.is_line = 0) * t.counted_nj * t.quiet * t.least)
                 AS quiet_cheap,
             sum((t.is_line = 0) * t.counted_nj * t.quiet * t.most)
                 AS quiet_dear,
             sum((t.is_line = 0) * t.counted_nj * t.busy * t.least)
                 AS busy_cheap,
             sum((t.is_line = 0) * t.counted_nj * t.busy * t.most)
                 AS busy_dear,
             sum((t.is_line = 1) * t.counted_nj * t.at) AS at_um,
             sum((t.is_line = 1) * t.counted_nj * t.quiet) AS quiet_um,
             sum((t.is_line = 1) * t.counted_nj * t.busy) AS busy_um,
             sum((t.is_line = 2) * t.counted_nj * t.at) AS at_side,
             sum((t.is_line = 2) * t.counted_nj * t.quiet) AS quiet_side,
             sum((t.is_line = 2) * t.counted_nj * t.busy) AS busy_side,
             sum((t.is_line = 3) * t.counted_nj) AS held_side,
             sum(t.held_um2) AS held_um2,
             sum(t.clock_nj) AS clock_nj,
             sum(t.leaks * t.clock_nj) AS leak_nj,
             sum(t.leaks * t.leaks_least * t.clock_nj) AS leak_least_nj,
             sum(t.leaks * t.leaks_most * t.clock_nj) AS leak_most_nj
      FROM v_energy_term AS t
      GROUP BY t.run, t.cost_table) AS e
JOIN costs AS c
  ON c.cost_table = e.cost_table AND c.component = 'full_adder'
JOIN costs AS m
  ON m.cost_table = e.cost_table AND m.component = 'sram_8k_64';
CREATE VIEW v_priced AS
SELECT c.model, c.method, c.sparsity_asked, c.sparsity_reached, c.perplexity,
       c.machine, c.cycles, c.milliseconds, e.energy_nj, e.macros_nj,
       e.leakage_nj, m.area_mm2, m.macros_mm2,
       c.cycles / (m.fastest_clock_mhz * 1000.0) AS own_milliseconds,
       e.energy_nj * c.milliseconds / 1e6
           AS energy_delay_uj_s,
       e.quiet_cheap_nj, e.quiet_dear_nj, e.busy_cheap_nj, e.busy_dear_nj,
       e.leakage_least_nj, e.leakage_most_nj, e.input_toggle, e.weight_ones,
       e.activity, e.node_nm, e.voltage_v, e.memory_device, e.kelvin,
       m.fastest_clock_mhz, m.unlimited, c.run, c.model_hash, c.plan_hash,
       c.trace_hash,
       c.machine_hash
FROM v_comparison AS c
LEFT JOIN v_energy AS e ON e.run = c.run AND e.cost_table = 'base'
LEFT JOIN v_machine AS m
       ON m.machine_hash = c.machine_hash AND m.cost_table = 'base';
CREATE VIEW v_front AS
WITH point AS (
    SELECT p.model, p.method, p.sparsity_asked, p.sparsity_reached, p.machine,
           p.perplexity, p.cycles, p.energy_nj, p.area_mm2, p.run, p.model_hash,
           p.plan_hash, p.machine_hash,
           q.tokens_hash || ' ' || q.tensor || ' ' || q."rows" || ' '
               || q.arithmetic || ' ' || p.model_hash AS measured
    FROM v_priced AS p
    JOIN v_perplexity AS q USING (plan_hash)
    WHERE p.perplexity IS NOT NULL
), each AS (
    SELECT a.*,
           NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.cycles <= a.cycles
                 AND (b.perplexity < a.perplexity OR b.cycles < a.cycles))
               AS on_cycles,
           a.energy_nj IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.energy_nj <= a.energy_nj
                 AND (b.perplexity < a.perplexity
                      OR b.energy_nj < a.energy_nj)) AS on_energy,
           a.area_mm2 IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM point AS b
               WHERE b.measured = a.measured
                 AND b.perplexity <= a.perplexity AND b.area_mm2 <= a.area_mm2
                 AND (b.perplexity < a.perplexity OR b.area_mm2 < a.area_mm2))
               AS on_area
    FROM point AS a
)
SELECT model, method, sparsity_asked, sparsity_reached, machine, perplexity,
       cycles, energy_nj, area_mm2, on_cycles, on_energy, on_area, run,
       model_hash, plan_hash, machine_hash
FROM each
WHERE on_cycles OR on_energy OR on_area;
CREATE VIEW v_change AS
WITH each AS (
    SELECT v.*, p.parameters, p.weight_update || p.agreement AS how,
           row_number() OVER (
               PARTITION BY v.version, v.model_hash, v.method, p.parameters,
                            p.weight_update, p.agreement, v.sparsity_asked,
                            v.machine
               ORDER BY v.ended_utc DESC, v.run) AS age
    FROM v_run AS v
    LEFT JOIN plans AS p USING (plan_hash)
    WHERE v.status = 'done'
)
SELECT b.model, b.method, b.sparsity_asked, b.sparsity_reached, b.machine,
       b.version AS before, a.version AS after,
       b.cycles AS cycles_before, a.cycles AS cycles_after,
       (a.cycles - b.cycles) * 1.0 / b.cycles AS change,
       a.plan_hash IS NOT b.plan_hash AS changed_plan,
       a.trace_hash <> b.trace_hash AS changed_trace,
       a.machine_hash <> b.machine_hash AS changed_machine,
       b.run AS run_before, a.run AS run_after
FROM each AS b
JOIN each AS a
  ON a.model_hash = b.model_hash AND a.method IS b.method
 AND a.parameters IS b.parameters AND a.how IS b.how
 AND a.sparsity_asked IS b.sparsity_asked AND a.machine = b.machine
WHERE a.version <> b.version AND a.age = 1 AND b.age = 1;
CREATE VIEW v_inference_term AS
WITH activity AS (
    SELECT trace_hash, avg(input_toggle) AS toggle, avg(weight_ones) AS ones
    FROM layer_activities
    GROUP BY trace_hash
    HAVING max(origin = 'assumed') = 0
)
SELECT i.inference, o.operator, c.cost_table, i.machine_hash, p.block, p.name,
       CASE WHEN p.block = 'memory' THEN 'moving'
            WHEN p.block IN ('vector_unit', 'scan_unit') THEN p.block
            WHEN p.block IN ('activation_buffer', 'output_buffer', 'staging',
                             'state_store', 'weight_memory', 'weight_loader',
                             'image_decoder')
                 THEN 'buffers'
            WHEN p.name IN ('weight writes', 'metadata writes',
                            'select writes') THEN 'cell_writes'
            ELSE 'array' END AS part,
       CASE WHEN c.class <> 'wire' THEN 0 WHEN p.component = 'bus' THEN 2
            ELSE 1 END AS is_line,
       v.value * p.components * c.energy_fj / 1e6
       * CASE WHEN p.activity = 'sum' THEN
             coalesce(k.value, 0) * 1.0
             / max(coalesce(k.value, 0), 1, coalesce(w.value, 0))
         ELSE 1.0 END AS spent_nj,
       CASE WHEN c.class IN ('sram', 'dram') OR p.activity = 'always' THEN 1.0
            WHEN o.kind = 'linear' AND a.toggle IS NOT NULL THEN
                a.toggle * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.ones END
            WHEN p.activity = 'input' THEN 0.5 ELSE 0.25 END AS at,
       CASE WHEN c.class IN ('sram', 'dram') OR p.activity = 'always' THEN 1.0
            WHEN o.kind = 'linear' AND a.toggle IS NOT NULL THEN
                0.93 * a.toggle
                * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.ones END
            WHEN p.activity = 'input' THEN 0.5 ELSE 0.25 END AS quiet,
       CASE WHEN c.class IN ('sram', 'dram') OR p.activity = 'always' THEN 1.0
            WHEN o.kind = 'linear' AND a.toggle IS NOT NULL THEN
                1.07 * a.toggle
                * CASE p.activity WHEN 'input' THEN 1.0 ELSE a.ones END
            WHEN p.activity = 'input' THEN 0.7071 ELSE 0.5 END AS busy,
       c.energy_least AS cheap, c.energy_most AS dear
FROM inferences AS i
JOIN operator_results AS o USING (inference)
JOIN operator_counters AS v
  ON v.inference = o.inference AND v.operator = o.operator
JOIN machine_parts AS p
  ON p.machine_hash = i.machine_hash AND p.use = 'energy'
 AND p.counter_block = v.block AND p.counter = v.counter
 -- Staging is counted as it is coded here, and decoded in a replay.
 AND NOT (p.block = 'staging' AND p.counter_block = 'weight_loader')
JOIN costs AS c ON c.component = p.component
LEFT JOIN activity AS a ON a.trace_hash = i.trace_hash
LEFT JOIN operator_counters AS k
       ON p.activity = 'sum' AND k.inference = o.inference
      AND k.operator = o.operator AND k.block = 'accelerator'
      AND k.counter = 'kept_macs'
LEFT JOIN operator_counters AS w
       ON p.activity = 'sum' AND w.inference = o.inference
      AND w.operator = o.operator AND w.block = 'sub_macro_array'
      AND w.counter = 'cell_operations'
UNION ALL
SELECT i.inference, o.operator, s.cost_table, i.machine_hash, p.block, p.name,
       CASE p.block WHEN 'memory' THEN 'standing_by' ELSE 'leakage' END, 0,
       p.components * s.clock_nj * max(0, o.clocks - coalesce(u.value, 0)),
       1.0, 1.0, 1.0, 1 - (1 - s.leaks_least) * s.leaks,
       1 + (s.leaks_most - 1) * s.leaks
FROM inferences AS i
JOIN operator_results AS o USING (inference)
JOIN (SELECT machine_hash, block, name, component, components
      FROM machine_parts WHERE use = 'area'
      UNION ALL
      SELECT machine_hash, block, name, component, components
      FROM unit_parts) AS p ON p.machine_hash = i.machine_hash
JOIN v_standing AS s
  ON s.machine_hash = i.machine_hash AND s.component = p.component
LEFT JOIN operator_counters AS u
       ON p.block IN ('vector_unit', 'scan_unit')
      AND u.inference = o.inference AND u.operator = o.operator
      AND u.block = p.block AND u.counter = 'busy_clocks'
;
CREATE VIEW v_inference_energy AS
SELECT inference, operator, cost_table, part,
       at_nj + pitch_um * at_um + side_um * at_side AS energy_nj,
       low_nj + pitch_um * low_um + side_um * low_side AS low_nj,
       high_nj + pitch_um * high_um + side_um * high_side AS high_nj
FROM (SELECT t.inference, t.operator, t.cost_table, t.part,
             coalesce((SELECT g.pitch_um FROM v_pitch AS g
                       WHERE g.machine_hash = t.machine_hash
                         AND g.cost_table = t.cost_table), 0) AS pitch_um,
             coalesce((SELECT g.side_um FROM v_pitch AS g
                       WHERE g.machine_hash = t.machine_hash
                         AND g.cost_table = t.cost_table), 0) AS side_um,
             sum((t.is_line = 0) * t.spent_nj * t.at) AS at_nj,
             sum((t.is_line = 1) * t.spent_nj * t.at) AS at_um,
             sum((t.is_line = 2) * t.spent_nj * t.at) AS at_side,
             sum((t.is_line = 0) * t.spent_nj * t.quiet * t.cheap) AS low_nj,
             sum((t.is_line = 1) * t.spent_nj * t.quiet) AS low_um,
             sum((t.is_line = 2) * t.spent_nj * t.quiet) AS low_side,
             sum((t.is_line = 0) * t.spent_nj * t.busy * t.dear) AS high_nj,
             sum((t.is_line = 1) * t.spent_nj * t.busy) AS high_um,
             sum((t.is_line = 2) * t.spent_nj * t.busy) AS high_side
      FROM v_inference_term AS t
      GROUP BY t.inference, t.operator, t.cost_table, t.part);
CREATE VIEW v_operator AS
WITH count AS (
    SELECT inference, operator,
           sum((block = 'channel') * value) AS bytes,
           sum((block = 'channel' AND counter = 'weights') * value)
               AS weight_bytes,
           sum((block = 'channel' AND counter = 'head') * value) AS head_bytes,
           sum((block = 'channel' AND counter = 'embedding') * value)
               AS embedding_bytes,
           sum((block = 'channel' AND counter = 'keys') * value) AS key_bytes,
           sum((block = 'channel' AND counter = 'reread') * value)
               AS reread_bytes,
           sum((block = 'channel' AND counter = 'state') * value)
               AS state_bytes,
           sum((block = 'channel' AND counter = 'activations') * value)
               AS activation_bytes,
           sum((counter = 'metadata_bits') * value) AS metadata_bits,
           sum((block = 'weight_loader' AND counter = 'select_bits') * value)
               AS select_bits,
           sum((counter = 'kept_macs') * value) AS kept_macs
    FROM operator_counters GROUP BY inference, operator
), energy AS (
    SELECT inference, operator, sum(energy_nj) / 1e3 AS energy_uj,
           sum((part = 'array') * energy_nj) / 1e3 AS array_uj,
           sum((part = 'cell_writes') * energy_nj) / 1e3 AS cell_writes_uj,
           sum((part = 'buffers') * energy_nj) / 1e3 AS buffers_uj,
           sum((part = 'vector_unit') * energy_nj) / 1e3 AS vector_uj,
           sum((part = 'scan_unit') * energy_nj) / 1e3 AS scan_uj,
           sum((part = 'moving') * energy_nj) / 1e3 AS moving_uj,
           sum((part = 'standing_by') * energy_nj) / 1e3 AS standing_by_uj,
           sum((part = 'leakage') * energy_nj) / 1e3 AS leakage_uj
    FROM v_inference_energy WHERE cost_table = 'base'
    GROUP BY inference, operator
)
SELECT m.name AS model, w.pattern, h.name AS machine, i.prompt,
       i."generate", i.batch, i.edge, o.phase, o.operator, o.name, o.kind, o.clocks,
       o.clocks / (h.clock_mhz * 1e3) AS milliseconds,
       coalesce((SELECT s.counter FROM operator_counters AS s
                 WHERE s.inference = o.inference AND s.operator = o.operator
                   AND s.block = 'clocks'
                 ORDER BY s.value DESC, s.counter LIMIT 1),
                CASE WHEN o.clocks > 0 THEN 'memory' END) AS bound,
       coalesce(c.kept_macs, 0) AS kept_macs, coalesce(c.bytes, 0) AS bytes,
       coalesce(c.weight_bytes, 0) AS weight_bytes,
       coalesce(c.head_bytes, 0) AS head_bytes,
       coalesce(c.embedding_bytes, 0) AS embedding_bytes,
       coalesce(c.key_bytes, 0) AS key_bytes,
       coalesce(c.reread_bytes, 0) AS reread_bytes,
       coalesce(c.state_bytes, 0) AS state_bytes,
       coalesce(c.activation_bytes, 0) AS activation_bytes,
       coalesce(c.metadata_bits, 0) / 8 AS metadata_loaded_bytes,
       coalesce(c.select_bits, 0) / 8 AS select_loaded_bytes,
       e.energy_uj, e.array_uj, e.cell_writes_uj, e.buffers_uj, e.vector_uj,
       e.scan_uj, e.moving_uj, e.standing_by_uj, e.leakage_uj, i.inference,
       i.trace_hash, i.machine_hash
FROM inferences AS i
JOIN operator_results AS o USING (inference)
JOIN models AS m ON m.model_hash = i.model_hash
JOIN machines AS h ON h.machine_hash = i.machine_hash
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = i.trace_hash
LEFT JOIN count AS c
       ON c.inference = o.inference AND c.operator = o.operator
LEFT JOIN energy AS e
       ON e.inference = o.inference AND e.operator = o.operator;
CREATE VIEW v_trace_pattern AS
SELECT trace_hash, CASE count(DISTINCT pattern) WHEN 1 THEN max(pattern)
                   ELSE 'mixed' END AS pattern
FROM (SELECT trace_hash, CASE n WHEN m THEN 'dense'
                         ELSE n || ':' || m END AS pattern
      FROM list_layers
      UNION ALL
      SELECT t.trace_hash, CASE l.n WHEN l.m THEN 'dense'
                           ELSE l.n || ':' || l.m END
      FROM traces AS t JOIN plan_layers AS l ON l.plan_hash = t.plan_hash)
GROUP BY trace_hash;
CREATE VIEW v_inference AS
WITH energy AS (
    SELECT i.inference,
           sum(e.energy_nj) AS at_nj, sum(e.low_nj) AS low_nj,
           sum(e.high_nj) AS high_nj,
           sum((o.phase = 'decoding') * e.energy_nj) AS token_nj,
           sum((o.phase = 'decoding') * e.low_nj) AS token_low_nj,
           sum((o.phase = 'decoding') * e.high_nj) AS token_high_nj
    FROM inferences AS i
    JOIN operator_results AS o USING (inference)
    JOIN v_inference_energy AS e
      ON e.inference = o.inference AND e.operator = o.operator
     AND e.cost_table = 'base'
    GROUP BY i.inference
), each AS (
    SELECT i.*, h.clock_mhz * 1e3 AS clocks_per_ms, h.name AS machine,
           nullif(i."generate" - 1, 0) AS steps, e.at_nj, e.low_nj, e.high_nj,
           e.token_nj, e.token_low_nj, e.token_high_nj
    FROM inferences AS i
    JOIN machines AS h USING (machine_hash)
    LEFT JOIN energy AS e USING (inference)
)
SELECT n.name AS model, p.method, p.sparsity_reached, w.pattern,
       NULL AS perplexity,
       q.perplexity AS perplexity_f32,
       (SELECT x.perplexity FROM perplexities AS x
        JOIN invocations AS y USING (invocation)
        WHERE x.plan_hash = t.plan_hash AND x.arithmetic = 'w8a8'
        ORDER BY x.tensor = 'test' DESC, x."rows" DESC, y.started_utc DESC
        LIMIT 1) AS perplexity_int8,
       CASE WHEN t.plan_hash IS NULL THEN 'a list of shapes has no values'
            ELSE 'attention and states are computed in f32' END AS without,
       i.machine, i.memory, i.prompt, i."generate", i.batch, i.overlap,
       i.prompt_clocks / i.clocks_per_ms AS time_to_first_token_ms,
       l.prompt_clocks / l.clocks_per_ms AS time_to_first_token_ms_low,
       g.prompt_clocks / g.clocks_per_ms AS time_to_first_token_ms_high,
       (i.clocks - i.prompt_clocks) / i.clocks_per_ms / i.steps
           AS ms_per_token,
       (l.clocks - l.prompt_clocks) / l.clocks_per_ms / l.steps
           AS ms_per_token_low,
       (g.clocks - g.prompt_clocks) / g.clocks_per_ms / g.steps
           AS ms_per_token_high,
       i.first_clocks / i.clocks_per_ms AS ms_first_token,
       i.last_clocks / i.clocks_per_ms AS ms_last_token,
       i.batch * 1e3 * i.clocks_per_ms * i.steps / (i.clocks - i.prompt_clocks)
           AS tokens_per_s,
       g.batch * 1e3 * g.clocks_per_ms * g.steps / (g.clocks - g.prompt_clocks)
           AS tokens_per_s_low,
       l.batch * 1e3 * l.clocks_per_ms * l.steps / (l.clocks - l.prompt_clocks)
           AS tokens_per_s_high,
       (i.at_nj - i.token_nj) / 1e3 AS prompt_uj,
       (l.low_nj - l.token_low_nj) / 1e3 AS prompt_uj_low,
       (g.high_nj - g.token_high_nj) / 1e3 AS prompt_uj_high,
       i.token_nj / 1e3 / i.steps / i.batch AS uj_per_token,
       l.token_low_nj / 1e3 / l.steps / l.batch AS uj_per_token_low,
       g.token_high_nj / 1e3 / g.steps / g.batch AS uj_per_token_high,
       i.clocks, i.prompt_clocks, i.version, i.ended_utc, i.inference,
       i.model_hash, t.plan_hash, i.trace_hash, i.machine_hash
FROM each AS i
JOIN models AS n ON n.model_hash = i.model_hash
JOIN traces AS t ON t.trace_hash = i.trace_hash
LEFT JOIN plans AS p USING (plan_hash)
LEFT JOIN v_perplexity AS q USING (plan_hash)
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = i.trace_hash
LEFT JOIN each AS l
       ON l.trace_hash = i.trace_hash AND l.machine_hash = i.machine_hash
      AND l.version = i.version AND l.prompt = i.prompt
      AND l."generate" = i."generate" AND l.batch = i.batch AND l.edge = 'low'
LEFT JOIN each AS g
       ON g.trace_hash = i.trace_hash AND g.machine_hash = i.machine_hash
      AND g.version = i.version AND g.prompt = i.prompt
      AND g."generate" = i."generate" AND g.batch = i.batch AND g.edge = 'high'
WHERE i.edge = 'middle';
CREATE VIEW v_inference_speed_up AS
SELECT n.name AS model, w.pattern, h.name AS machine, r.name AS rival, a.memory, a.prompt,
       a."generate", a.batch,
       b.prompt_clocks * h.clock_mhz / (a.prompt_clocks * r.clock_mhz)
           AS prompt_speed_up,
       CASE WHEN a."generate" > 1 THEN
           (b.clocks - b.prompt_clocks) * h.clock_mhz
           / ((a.clocks - a.prompt_clocks) * r.clock_mhz) END
           AS decoding_speed_up,
       b.clocks * h.clock_mhz / (a.clocks * r.clock_mhz) AS whole_speed_up,
       (SELECT s.speed_up
        FROM runs AS x
        JOIN machines AS y USING (machine_hash)
        JOIN v_speed_up AS s ON s.run = x.run AND s.rival = r.name
        WHERE x.trace_hash = a.trace_hash AND y.name = h.name
          AND x.status = 'done'
        ORDER BY x.ended_utc DESC, s.rival_run LIMIT 1) AS linear_only_speed_up,
       a.inference, b.inference AS rival_inference, a.trace_hash
FROM inferences AS a
JOIN inferences AS b
  ON b.trace_hash = a.trace_hash AND b.prompt = a.prompt
 AND b."generate" = a."generate" AND b.batch = a.batch
 AND b.version = a.version AND b.edge = 'middle' AND a.edge = 'middle'
JOIN models AS n ON n.model_hash = a.model_hash
JOIN machines AS h ON h.machine_hash = a.machine_hash
JOIN machines AS r ON r.machine_hash = b.machine_hash
LEFT JOIN v_trace_pattern AS w ON w.trace_hash = a.trace_hash;
COMMIT;
PRAGMA application_id = 1181500237;
PRAGMA user_version = 12;
