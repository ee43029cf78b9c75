-- SPDX-License-Identifier: GPL-3.0-or-later
-- The paper’s claims on trial
--
-- A row is a claim under one condition: perplexity of ‘flow’ up to 36 % lower than
-- that of uniform patterns (number: 0.36), 1.75 times less time, 1.5 times less
-- energy than rivals.  From and to span what is not sure.  What a condition means
-- tells ‘flexcim query claims --sql’.
SELECT claim, scope, verdict, number, "from", "to", without_leakage, rival, model, plan, masks,
       accuracy, equal, clock, why
FROM (@QUESTION@);
