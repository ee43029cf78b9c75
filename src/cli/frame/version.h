/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What a bug report and a run's row need to know of this program. */

const char *version_number(void);   /* 0.2.0 */
const char *version_text(void);     /* 0.2.0+3a354c2d1e0f, -dirty if changed */
const char *version_compiler(void); /* with version and options */

/* The libraries as loaded: a JSON object, name: version.  free() it. */
char *version_libraries(void);

void version_print(void); /* all of it, for people */
