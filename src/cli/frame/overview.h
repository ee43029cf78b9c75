/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What `flexcim` alone prints: the pipeline, the commands most used with an
 * example each, then the rest. */
void overview_print(void);

const char *overview_pipeline(void); /* its first paragraph and picture */
