/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Internal: the keys of a model whose values are words; bit 1 << choice of
 * `said` is set where the file says one. */
enum choice {
    CHOICE_KIND,
    CHOICE_NORM,
    CHOICE_POSITIONS,
    CHOICE_TIED,
    CHOICE_GATED,
    CHOICE_FUSED,
    CHOICE_HEAD_NORMS,
    CHOICE_SOFT_CAPS,
    CHOICE_SHARED_WEIGHED,
    CHOICES
};

extern const char *const model_kind_names[]; /* by enum model_kind; then NULL */
extern const char *const model_list_names[]; /* by enum model_list */
