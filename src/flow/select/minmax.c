/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/select/minmax.h"

bool minmax(double *values, size_t count)
{
    double least = count > 0 ? values[0] : 0, most = least;

    for (size_t i = 1; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = most > least ? (values[i] - least) / (most - least) : 0.5;
    return most > least;
}
