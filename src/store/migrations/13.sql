-- SPDX-License-Identifier: GPL-3.0-or-later
-- Of a multiplier's adders the first row is plain ones; as many adders as it has,
-- AND gates are more than adders.
INSERT INTO machine_parts (machine_hash, use, block, name, component,
                           counter_block, counter, activity, components)
SELECT a.machine_hash, a.use, a.block, a.name, 'full_adder', a.counter_block,
       a.counter, a.activity, g.components - a.components
FROM machine_parts AS a
JOIN machine_parts AS g
    USING (machine_hash, use, block, name, counter_block, counter)
WHERE a.component = 'multiplier_adder' AND g.component = 'and_gate';

DELETE FROM machine_parts AS a
WHERE component = 'multiplier_adder'
  AND components <= (SELECT f.components FROM machine_parts AS f
                     WHERE f.component = 'full_adder'
                       AND f.machine_hash = a.machine_hash AND f.use = a.use
                       AND f.block = a.block AND f.name = a.name
                       AND f.counter_block = a.counter_block
                       AND f.counter = a.counter);

UPDATE machine_parts AS a
SET components = a.components - f.components
FROM machine_parts AS f
WHERE a.component = 'multiplier_adder' AND f.component = 'full_adder'
  AND f.machine_hash = a.machine_hash AND f.use = a.use AND f.block = a.block
  AND f.name = a.name AND f.counter_block = a.counter_block
  AND f.counter = a.counter;
