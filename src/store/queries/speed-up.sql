-- SPDX-License-Identifier: GPL-3.0-or-later
-- How much faster is each machine in a whole inference, beside the pruned layers alone?
--
-- :against  the machine that speed-up is measured against; dense unless said
SELECT model, pattern, machine, memory, prompt, "generate", batch,
       round(prompt_speed_up, 4) AS prompt_speed_up,
       round(decoding_speed_up, 4) AS decoding_speed_up,
       round(whole_speed_up, 4) AS whole_speed_up,
       round(linear_only_speed_up, 4) AS linear_only_speed_up
FROM v_inference_speed_up
WHERE rival = coalesce(:against, 'dense') AND machine <> rival
ORDER BY model, pattern, memory, prompt, "generate", batch, machine, inference;
