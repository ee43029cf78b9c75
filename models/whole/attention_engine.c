/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/whole.h"

static void attention_engine_count(struct whole *whole, const struct task *task)
{
    whole_count(whole, task->name, COUNTER_ENGINE_MACS, task->elements);
    whole_count(whole, task->name, COUNTER_ENGINE_CLOCKS, task->clocks);
    state_store_move(whole, task);
}

void attention_engine_init(struct token_unit *unit, struct whole *whole)
{
    token_unit_init(unit, whole, "attention_engine");
    unit->count = attention_engine_count;
}
