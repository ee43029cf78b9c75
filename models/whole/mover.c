/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/whole.h"

void mover_init(struct token_unit *unit, struct whole *whole)
{
    token_unit_init(unit, whole, "mover");
    unit->count = state_store_move;
    unit->takes_turns = false;
}
