-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machines know their clock, so that views can tell time.
ALTER TABLE machines ADD COLUMN clock_mhz REAL CHECK (clock_mhz > 0);
