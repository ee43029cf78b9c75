/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "llm/quantization.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_KEY = 100 };

/* Absent, or one of two texts. */
static bool is_absent_or(const struct config *config, const char *section,
                         const char *key, const char *one, const char *other)
{
    char path[LONGEST_KEY];
    char *value;
    bool is;

    snprintf(path, sizeof path, "%s.%s", section, key);
    value = config_value(config, path);
    is = !value || strcmp(value, one) == 0 || strcmp(value, other) == 0;
    free(value);
    return is;
}

static bool says_dense(const struct config *config, const char *section)
{
    const char *dense = "\"dense\"";

    return is_absent_or(config, section, "format", dense, dense) &&
           is_absent_or(config, section, "sparsity_config.format", dense,
                        dense) &&
           is_absent_or(config, section, "config_groups", "{}", "{}") &&
           is_absent_or(config, section, "kv_cache_scheme", "null", "{}") &&
           is_absent_or(config, section, "quant_method",
                        "\"compressed-tensors\"", "\"sparseml\"");
}

static int check_section(struct remarks *remarks, const struct config *config,
                         const char *section, struct error *err)
{
    static const char *const known[] = { "format",
                                         "quant_method",
                                         "sparsity_config",
                                         "config_groups",
                                         "quantization_status",
                                         "kv_cache_scheme",
                                         "ignore",
                                         "version",
                                         "global_compression_ratio",
                                         "transform_config",
                                         NULL };
    char *value = config_value(config, section);
    struct error unknown;
    int status = 0;

    if (!value)
        return 0;
    if (value[0] != '{' || !says_dense(config, section) ||
        config_only(config, section, known, &unknown) < 0)
        status = error_set(
            err, ERROR_DATA,
            "%s: `%s` is %.200s; only one that says dense is supported",
            config_path(config), section, value);
    else
        remarks_add(remarks,
                    "%s: `%s` says that the weights are dense; it is not used",
                    config_path(config), section);
    free(value);
    return status;
}

int quantization_check(struct remarks *remarks, const struct config *config,
                       struct error *err)
{
    if (check_section(remarks, config, "quantization_config", err) < 0)
        return -1;
    return check_section(remarks, config, "compression_config", err);
}
