/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/* Makes a kind of counter known, or its new description. */
int counter_know(struct store *store, const struct store_counter *counter,
                 struct error *err);

/* Tells that the counter is in another unit in the file: -1, ERROR_DATA. */
int counter_differs(const struct store *store,
                    const struct store_counter *counter, struct error *err);
