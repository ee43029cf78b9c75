/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/whole.h"

void state_store_load(struct whole *whole, uint32_t name,
                      const struct task_wave *wave)
{
    whole_count(whole, name, COUNTER_STATE_READ, wave->kept);
}

void state_store_move(struct whole *whole, const struct task *task)
{
    whole_count(whole, task->name, COUNTER_STATE_READ, task->kept_read);
    whole_count(whole, task->name, COUNTER_STATE_WRITTEN, task->kept_written);
    whole_count(whole, task->name, COUNTER_STAGED_BYTES,
                task->fetched + task->saved + task->staged);
}
