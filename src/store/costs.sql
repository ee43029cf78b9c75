-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The cost table `base`: 28 nm, 0.9 V; one toggling event of logic costs
-- C V^2, as in zigzag-imc's digital model, whose C its authors fitted to four
-- chips' area and two chips' energy; a line's C is not fitted, and a change of
-- it costs half of C V^2.  Memory is CACTI's.  Leakage of logic is 5 nW/um2,
-- an assumption.  CACTI's energies are up to 1.7 times lower than Horowitz'
-- (ISSCC 2014), so memory is carried with +-50 %.
DELETE FROM costs WHERE cost_table = 'base';
INSERT INTO costs (cost_table, component, class, action, energy_fj, area_um2,
                   delay_ps, leakage_nw, energy_least, energy_most,
                   leakage_least, leakage_most, device, kelvin, node_nm,
                   voltage_v, source, sure)
SELECT 'base', column1, column2, column3, column4, column5, column6, column7,
       CASE WHEN column1 = 'multiplier_adder' THEN 0.636
            WHEN column2 IN ('sram', 'dram') THEN 0.5 ELSE 1.0 END,
       CASE WHEN column1 = 'multiplier_adder' THEN 1.271
            WHEN column2 = 'sram' THEN 1.5 WHEN column2 = 'dram' THEN 1.75
            ELSE 1.0 END,
       -- a process spreads by half to twice, which is assumed; low-standby is
       -- as sure as the two nodes agree between which it stands
       CASE WHEN column1 = 'weight_bit' THEN 0.3
            WHEN column2 IN ('sram', 'logic') THEN 0.5 ELSE 1.0 END,
       CASE WHEN column1 = 'weight_bit' THEN 2.5
            WHEN column2 IN ('sram', 'logic') THEN 2.0 ELSE 1.0 END,
       CASE WHEN column1 = 'weight_bit' THEN 'low-standby'
            WHEN column2 IN ('sram', 'logic') THEN 'high-performance'
            ELSE 'none' END,
       350.0, 28.0, 0.9, column8, column9
FROM (VALUES
    ('and_gate', 'logic', '1-bit product', 0.28, 0.614, 47.8, 3.07,
     'KULeuven-MICAS/zigzag-imc, digital IMC model: NAND2, half its input capacitance, weight side static', 'published'),
    ('full_adder', 'logic', 'addition of a bit that changes', 3.4, 4.79, 229.0, 23.95,
     'KULeuven-MICAS/zigzag-imc, digital IMC model: 3 NAND2 and 2 XOR2; delay from input to sum', 'published'),
    ('multiplier_adder', 'logic', 'addition of a bit that changes, in a multiplier', 5.35, 6.13, 229.0, 30.65,
     'own synthesis (experiments/synthesis), relative to trees of full adders: a multiplication takes 1.45 of their energy, as glitches run through it, and 1.21 of their area, all of it in the rows behind the first; band: a full adder''s energy to twice that, as literature has of multipliers (experiments/silicon)', 'computed'),
    ('carry', 'logic', 'none: delay only', 0.0, 0.0, 96.0, 0.0,
     'KULeuven-MICAS/zigzag-imc, digital IMC model: full adder, carry in to carry out', 'published'),
    ('register_bit', 'logic', 'clock', 1.7, 3.68, 0.0, 18.4,
     'KULeuven-MICAS/zigzag-imc, digital IMC model: flip-flop, 6 NAND2', 'published'),
    ('select_2_bit', 'logic', 'choice', 0.51, 1.96, 95.6, 9.8,
     'own synthesis (yosys, osu018 and ASAP7), relative to the full adder: area 0.36 to 0.46, energy 0.15; delay of two gates', 'computed'),
    ('select_4_bit', 'logic', 'choice', 0.75, 4.31, 191.2, 21.55,
     'own synthesis (yosys, osu018 and ASAP7), relative to the full adder: area 0.82 to 1.0, energy 0.22; delay of four gates', 'computed'),
    ('line_driver', 'logic', 'none: area only', 0.0, 2.46, 0.0, 12.3,
     'four NAND2 a line; its energy is the line''s', 'assumed'),
    ('line', 'wire', 'bit that changes, a um of its line', 0.108, 0.0, 0.0, 0.0,
     'half of C V^2, C = 0.2 fF/um (Accelergy hwcomponents), and a third of it for a chain of drivers of fan-out 4; how long: views, v_pitch', 'computed'),
    ('bus', 'wire', 'bit that changes, a um between buffers and macros', 0.108, 0.0, 0.0, 0.0,
     'as `line`; how long: views, v_pitch', 'computed'),
    ('clock_network', 'wire', 'clock and um2 of the machine', 0.0016, 0.0, 0.0, 0.0,
     '10 mm of wire a mm2 at 0.2 fF/um, 0.9 V', 'assumed'),
    ('cell_bit', 'sram', 'bit written, or read from a store', 48.0, 0.168, 0.0, 35.0,
     'CACTI 7, 28 nm ITRS-HP, 8 KB of 64-bit words: a bit of it', 'computed'),
    ('sram_8k_64', 'sram', 'bit read', 41.0, 11000.0, 0.0, 2300000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_8k_64_write', 'sram', 'bit written', 48.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_8k_256', 'sram', 'bit read', 19.0, 14000.0, 0.0, 2300000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_8k_256_write', 'sram', 'bit written', 41.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_16k_64', 'sram', 'bit read', 79.0, 22000.0, 0.0, 4200000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_16k_64_write', 'sram', 'bit written', 64.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_16k_256', 'sram', 'bit read', 24.0, 23000.0, 0.0, 4200000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_16k_256_write', 'sram', 'bit written', 69.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_32k_64', 'sram', 'bit read', 96.0, 49000.0, 0.0, 8400000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_32k_64_write', 'sram', 'bit written', 82.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_32k_256', 'sram', 'bit read', 46.0, 45000.0, 0.0, 8400000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_32k_256_write', 'sram', 'bit written', 80.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_64k_64', 'sram', 'bit read', 130.0, 102000.0, 0.0, 17000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_64k_64_write', 'sram', 'bit written', 115.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_64k_256', 'sram', 'bit read', 89.0, 88000.0, 0.0, 17000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_64k_256_write', 'sram', 'bit written', 102.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_128k_64', 'sram', 'bit read', 209.0, 188000.0, 0.0, 31000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_128k_64_write', 'sram', 'bit written', 152.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_128k_256', 'sram', 'bit read', 120.0, 209000.0, 0.0, 31000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_128k_256_write', 'sram', 'bit written', 133.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_256k_64', 'sram', 'bit read', 277.0, 381000.0, 0.0, 62000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_256k_64_write', 'sram', 'bit written', 220.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_256k_256', 'sram', 'bit read', 179.0, 451000.0, 0.0, 62000000.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('sram_256k_256_write', 'sram', 'bit written', 192.0, 0.0, 0.0, 0.0,
     'CACTI 7, 28 nm ITRS-HP, one port, 350 K', 'computed'),
    ('bank_line', 'sram', 'bit that passes by a bank of 256 KB', 36.3, 0.0, 0.0, 0.0,
     'the line a um, half of the bits change, past the side of sram_256k_256 (672 um)', 'computed'),
    ('weight_bit', 'sram', 'none: it stands', 0.0, 0.215, 0.0, 0.0675,
     'a bit of sram_256k_256; its leakage in low-standby devices (currents)', 'computed'),
    ('memory_interface', 'logic', 'none: area only', 0.0, 50000.0, 0.0, 0.0,
     '1 GB/s of pins with their controller; its energy is in that of the bits moved', 'assumed'),
    ('dram', 'dram', 'bit moved', 8000.0, 0.0, 0.0, 0.0,
     'LPDDR4 8 pJ/bit (Accelergy hwcomponents-cacti); 4 to 14 are published', 'published'),
    -- What only whole inferences have.
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

-- How far off components may be, as factors, where their class does not say it.
UPDATE costs
SET energy_least = iif(energy_fj > 0, b.low, energy_least),
    energy_most = iif(energy_fj > 0, b.high, energy_most),
    leakage_least = iif(class = 'dram' AND leakage_nw > 0, b.low, leakage_least),
    leakage_most = iif(class = 'dram' AND leakage_nw > 0, b.high, leakage_most),
    source = source || iif(instr(source, b.why) > 0, '', '; band: ' || b.why)
FROM (SELECT column1 AS component, column2 AS low, column3 AS high, column4 AS why
      FROM (VALUES
    ('vector_softmax', 0.5, 3.0, 'synthesised units of other nodes and widths'),
    ('vector_norm', 0.5, 3.0, 'synthesised units of other nodes and widths'),
    ('vector_gate', 0.5, 3.0, 'synthesised units of other nodes and widths'),
    ('vector_other', 0.5, 3.0, 'synthesised units of other nodes and widths'),
    ('scan_element', 0.667, 1.333, '4 to 8 pJ'),
    ('dram', 0.5, 1.75, '4 to 14 pJ/bit are published'),
    ('lpddr5_6400', 0.5, 1.5, '3 to 9 pJ/bit are published'),
    ('lpddr5_6400_standby', 0.5, 1.5, '3 to 9 pJ/bit are published'),
    ('ddr5_6400', 0.67, 1.53, 'from LPDDR4 to DDR4'),
    ('ddr5_6400_standby', 0.67, 1.53, 'from LPDDR4 to DDR4'),
    ('hbm2', 0.49, 1.5, 'DRAMsim3 has 1.96 pJ/bit'),
    ('hbm2_standby', 0.49, 1.5, 'DRAMsim3 has 1.96 pJ/bit'),
    ('hbm3', 0.5, 1.5, 'as hbm2'),
    ('hbm3_standby', 0.5, 1.5, 'as hbm2'))) AS b
WHERE cost_table = 'base' AND costs.component = b.component;

-- 28 and 22 nm lie in the jump from planar to multigate: about 1.6 times is
-- uncertain across it.  28 nm stands between 32 and 20 nm.
DELETE FROM nodes;
INSERT INTO nodes (node_nm, a2, a1, a0, area_factor, nominal_v, kind) VALUES
    (65, 3.755, -4.398, 1.975, 1.515, 1.1, 'planar'),
    (45, 1.103, -0.362, 0.2767, 1.0, 0.9, 'planar'),
    (32, 0.9559, -0.7823, 0.471, 0.46, 0.9, 'planar'),
    (28, 0.7616, -0.574267, 0.32768, 0.376667, 0.9, 'planar'),
    (20, 0.373, -0.1582, 0.04104, 0.21, 0.9, 'multigate'),
    (16, 0.2958, -0.1241, 0.03024, 0.19, 0.8, 'multigate'),
    (14, 0.2363, -0.09675, 0.02239, 0.17, 0.8, 'multigate'),
    (10, 0.2068, -0.09311, 0.02375, 0.10, 0.75, 'multigate'),
    (7, 0.1776, -0.09097, 0.02447, 0.059, 0.7, 'multigate');

-- nA a um of width: sub-threshold and gate together, 0.6 of what CACTI 7 has for
-- 32 nm and 0.4 of 22 nm, supplies likewise.  The one entry of 22nm.dat that
-- breaks its doubling each 10 K (low-standby, 360 K: 0.355 nA after 0.773) is
-- taken as 1.55.
DELETE FROM currents;
INSERT INTO currents (device, kelvin, leakage_na, supply_v) VALUES
    ('high-performance', 300, 179.8, 0.86), ('high-performance', 310, 182.6, 0.86),
    ('high-performance', 320, 186.3, 0.86), ('high-performance', 330, 194.6, 0.86),
    ('high-performance', 340, 214.8, 0.86), ('high-performance', 350, 287.5, 0.86),
    ('high-performance', 360, 529.4, 0.86), ('high-performance', 370, 978.4, 0.86),
    ('high-performance', 380, 1530.4, 0.86), ('high-performance', 390, 2551.6, 0.86),
    ('high-performance', 400, 5652.0, 0.86),
    ('low-standby', 300, 0.2249, 0.92), ('low-standby', 310, 0.2420, 0.92),
    ('low-standby', 320, 0.2724, 0.92), ('low-standby', 330, 0.3274, 0.92),
    ('low-standby', 340, 0.4272, 0.92), ('low-standby', 350, 0.6134, 0.92),
    ('low-standby', 360, 0.9668, 0.92), ('low-standby', 370, 1.6392, 0.92),
    ('low-standby', 380, 2.951, 0.92), ('low-standby', 390, 5.520, 0.92),
    ('low-standby', 400, 10.57, 0.92);
