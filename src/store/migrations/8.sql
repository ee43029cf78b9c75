-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many sub-macros were added for one output.
ALTER TABLE layer_results ADD COLUMN merged INTEGER
    CHECK (merged > 0 AND (merged & (merged - 1)) = 0);
