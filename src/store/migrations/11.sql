-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a price was computed for (device, temperature) and how sure it is; how
-- devices leak; parts that stand for each bit of resident weights.
ALTER TABLE costs RENAME TO costs_8;
CREATE TABLE costs (
    cost_table TEXT NOT NULL,
    component  TEXT NOT NULL,
    class      TEXT NOT NULL
               CHECK (class IN ('logic', 'wire', 'sram', 'dram')),
    action     TEXT NOT NULL,
    energy_fj  REAL NOT NULL CHECK (energy_fj >= 0),
    area_um2   REAL NOT NULL CHECK (area_um2 >= 0),
    delay_ps   REAL NOT NULL CHECK (delay_ps >= 0),
    leakage_nw REAL NOT NULL CHECK (leakage_nw >= 0),
    energy_least  REAL NOT NULL CHECK (energy_least BETWEEN 0 AND 1),
    energy_most   REAL NOT NULL CHECK (energy_most >= 1),
    leakage_least REAL NOT NULL CHECK (leakage_least BETWEEN 0 AND 1),
    leakage_most  REAL NOT NULL CHECK (leakage_most >= 1),
    device     TEXT NOT NULL
               CHECK (device IN ('high-performance', 'low-standby', 'none')),
    kelvin     REAL NOT NULL CHECK (kelvin > 0),
    node_nm    REAL NOT NULL CHECK (node_nm > 0),
    voltage_v  REAL NOT NULL CHECK (voltage_v > 0),
    source     TEXT NOT NULL,
    sure       TEXT NOT NULL
               CHECK (sure IN ('published', 'computed', 'assumed')),
    PRIMARY KEY (cost_table, component)
) STRICT, WITHOUT ROWID;

INSERT INTO costs
SELECT cost_table, component, class, action, energy_fj, area_um2, delay_ps,
       leakage_nw, CASE class WHEN 'sram' THEN 0.5 WHEN 'dram' THEN 0.5 ELSE 1.0 END,
       CASE class WHEN 'sram' THEN 1.5 WHEN 'dram' THEN 1.75 ELSE 1.0 END,
       CASE class WHEN 'sram' THEN 0.5 WHEN 'logic' THEN 0.5 ELSE 1.0 END,
       CASE class WHEN 'sram' THEN 2.0 WHEN 'logic' THEN 2.0 ELSE 1.0 END,
       CASE class WHEN 'sram' THEN 'high-performance'
                  WHEN 'logic' THEN 'high-performance' ELSE 'none' END,
       350.0, node_nm, voltage_v, source, sure
FROM costs_8;
DROP TABLE costs_8;

ALTER TABLE machine_parts RENAME TO machine_parts_8;
CREATE TABLE machine_parts (
    machine_hash  TEXT NOT NULL REFERENCES machines ON DELETE CASCADE,
    use           TEXT NOT NULL
                  CHECK (use IN ('area', 'energy', 'path', 'resident')),
    block         TEXT NOT NULL,
    name          TEXT NOT NULL,
    component     TEXT NOT NULL,
    counter_block TEXT NOT NULL,
    counter       TEXT NOT NULL,
    activity      TEXT NOT NULL
                  CHECK (activity IN ('always', 'input', 'product', 'sum')),
    components    REAL NOT NULL CHECK (components > 0),
    PRIMARY KEY (machine_hash, use, block, name, component, counter_block,
                 counter)
) STRICT, WITHOUT ROWID;
INSERT INTO machine_parts SELECT * FROM machine_parts_8;
DROP TABLE machine_parts_8;

CREATE TABLE currents (
    device     TEXT NOT NULL
               CHECK (device IN ('high-performance', 'low-standby')),
    kelvin     REAL NOT NULL CHECK (kelvin > 0),
    leakage_na REAL NOT NULL CHECK (leakage_na > 0),
    supply_v   REAL NOT NULL CHECK (supply_v > 0),
    PRIMARY KEY (device, kelvin)
) STRICT, WITHOUT ROWID;

UPDATE costs
SET energy_least = iif(energy_fj > 0, b.low, energy_least),
    energy_most = iif(energy_fj > 0, b.high, energy_most),
    leakage_least = iif(class = 'dram' AND leakage_nw > 0, b.low, leakage_least),
    leakage_most = iif(class = 'dram' AND leakage_nw > 0, b.high, leakage_most)
FROM cost_bands AS b
WHERE b.component = costs.component;
DROP TABLE cost_bands;
