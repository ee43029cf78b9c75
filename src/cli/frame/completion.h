/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Scripts that complete command lines, made from the commands themselves, on
 * standard output. */
void completion_print_bash(void);
void completion_print_zsh(void);
