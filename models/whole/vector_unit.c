/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/whole.h"

static void vector_unit_count(struct whole *whole, const struct task *task)
{
    whole_count(whole, task->name, task->work, task->elements);
    whole_count(whole, task->name, COUNTER_VECTOR_CLOCKS, task->clocks);
    state_store_move(whole, task);
}

void vector_unit_init(struct token_unit *unit, struct whole *whole)
{
    token_unit_init(unit, whole, "vector_unit");
    unit->count = vector_unit_count;
}
