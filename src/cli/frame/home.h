/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What `flexcim` alone prints: the road, the commands most used with an example
 * each, then the rest. */
void home_print(void);

const char *home_road(void); /* its first paragraph and picture */
