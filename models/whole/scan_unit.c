/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/whole.h"

static void scan_unit_count(struct whole *whole, const struct task *task)
{
    whole_count(whole, task->name, COUNTER_SCAN_ELEMENTS, task->elements);
    whole_count(whole, task->name, COUNTER_SCAN_CLOCKS, task->clocks);
    state_store_move(whole, task);
}

void scan_unit_init(struct token_unit *unit, struct whole *whole)
{
    token_unit_init(unit, whole, "scan_unit");
    unit->count = scan_unit_count;
}
