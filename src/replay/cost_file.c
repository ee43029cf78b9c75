/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cost tables that options of a command ask for.  A file of the user's is
 * `base` with other numbers, and goes by the file's name.  Another node, and
 * then another device or temperature of what leaks, are computed from such a
 * table or from `base`, and the result is named after them, so that the same
 * options find the same table and two of one name do not differ.
 */
#include "replay/cost_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "replay/data_file.h"
#include "replay/yaml_file.h"

static bool is_source(const struct yaml_entry *entry)
{
    return strcmp(entry->path, "source") == 0 && entry->item == YAML_SINGLE;
}

static int put_entry(struct store *store, const char *table, const char *source,
                     const struct yaml_entry *entry, struct error *err)
{
    const char *dot = strrchr(entry->path, '.');
    struct store_cost cost = { .table = table, .source = source };
    char *component;
    int status;

    if (!dot || entry->item != YAML_SINGLE)
        return error_set(err, ERROR_DATA,
                         "%s: expected `source`, or a component with its "
                         "numbers",
                         entry->path);
    if (!number_f64(&cost.value, entry->value) || !(cost.value >= 0))
        return error_set(err, ERROR_DATA, "%s: %s is no number from 0 up",
                         entry->path, entry->value);
    component = memory_printf("%.*s", (int)(dot - entry->path), entry->path);
    cost.component = component;
    cost.column = dot + 1;
    status = store_put_cost(store, &cost, err);
    free(component);
    return status;
}

static int put_entries(struct store *store, const char *table,
                       const struct yaml_file *yaml, struct error *err)
{
    const char *source = yaml->name;

    for (size_t i = 0; i < yaml->entries; i++) {
        if (is_source(&yaml->entry[i]))
            source = yaml->entry[i].value;
    }
    for (size_t i = 0; i < yaml->entries; i++) {
        if (!is_source(&yaml->entry[i]) &&
            put_entry(store, table, source, &yaml->entry[i], err) < 0)
            return yaml_error(yaml, &yaml->entry[i], err);
    }
    return 0;
}

static int put_table(struct store *store, const char *table,
                     const struct yaml_file *yaml, struct error *err)
{
    if (strcmp(table, "base") == 0)
        return error_set(err, ERROR_DATA,
                         "%s: `base` is the program's own table; call the file "
                         "otherwise",
                         yaml->name);
    if (store_begin(store, err) < 0)
        return -1;
    if (store_begin_costs(store, table, err) < 0 ||
        put_entries(store, table, yaml, err) < 0) {
        store_rollback(store);
        return -1;
    }
    return store_commit(store, err);
}

int cost_file_put(char **table, const char *path, struct store *store,
                  struct error *err)
{
    struct yaml_file yaml;
    int status;

    if (yaml_file_read(&yaml, path, err) < 0)
        return -1;
    *table = data_name(path);
    status = put_table(store, *table, &yaml, err);
    yaml_file_release(&yaml);
    if (status < 0) {
        free(*table);
        *table = NULL;
    }
    return status;
}

const char cost_node_jump[] = "between 28 nm (planar) and %g nm (multigate) "
                              "the published factors jump by "
                              "about 1.6; do not compare numbers of the two";

bool cost_variant_any(const struct cost_variant *variant)
{
    return !isnan(variant->node) || !isnan(variant->voltage) ||
           !isnan(variant->kelvin) || variant->memory;
}

static int check_variant(const struct cost_variant *variant, struct error *err)
{
    if (isnan(variant->node) && !isnan(variant->voltage))
        return error_set(err, ERROR_USAGE,
                         "--voltage says nothing without --node NM");
    if (!isnan(variant->node) &&
        !(variant->voltage >= 0.3 && variant->voltage <= 1.5))
        return error_set(
            err, ERROR_USAGE,
            "--voltage: %g is not in 0.3..1.5, where the published "
            "factors hold",
            variant->voltage);
    if (variant->memory && strcmp(variant->memory, "low-standby") != 0 &&
        strcmp(variant->memory, "high-performance") != 0)
        return error_set(err, ERROR_USAGE,
                         "--memory: %s is neither high-performance nor "
                         "low-standby",
                         variant->memory);
    if (!isnan(variant->kelvin) &&
        !(variant->kelvin >= 300 && variant->kelvin <= 400))
        return error_set(err, ERROR_USAGE,
                         "--kelvin: %g is not in 300..400, where it is known "
                         "what devices leak",
                         variant->kelvin);
    return 0;
}

static struct cost_variant with_voltage(const struct cost_variant *asked)
{
    struct cost_variant whole = *asked;

    if (!isnan(whole.node) && isnan(whole.voltage))
        whole.voltage = 0.9;
    return whole;
}

static char *variant_name(const struct cost_variant *variant)
{
    struct text name;
    char *whole, *cut;

    text_init(&name);
    if (strcmp(variant->from, "base") != 0)
        text_addf(&name, "-%s", variant->from);
    if (!isnan(variant->node))
        text_addf(&name, "-%gnm-%gV", variant->node, variant->voltage);
    if (!isnan(variant->kelvin))
        text_addf(&name, "-%gK", variant->kelvin);
    if (variant->memory)
        text_addf(&name, "-%s", variant->memory);

    whole = text_take(&name);
    cut = memory_text(whole + 1);
    free(whole);
    return cut;
}

int cost_variant_put(char **table, const struct cost_variant *asked,
                     bool *jumps, struct store *store, struct error *err)
{
    const struct cost_variant whole = with_voltage(asked), *variant = &whole;
    const struct store_leakage leakage = { variant->memory, variant->kelvin };
    const char *from = variant->from;
    int status = 0;

    *jumps = false;
    if (check_variant(variant, err) < 0 || store_begin(store, err) < 0)
        return -1;
    *table = variant_name(variant);
    if (!isnan(variant->node)) {
        status = store_scale_costs(store, *table,
                                   &(struct store_node){ from, variant->node,
                                                         variant->voltage },
                                   jumps, err);
        from = *table;
    }
    if (status == 0 && (leakage.memory || !isnan(leakage.kelvin)))
        status = store_leak_costs(store, *table, from, &leakage, err);
    if (status == 0)
        return store_commit(store, err);
    store_rollback(store);
    free(*table);
    *table = NULL;
    return -1;
}
