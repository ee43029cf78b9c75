/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/cost_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
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

int cost_node_put(char **table, const struct store_node *to, bool *jumps,
                  struct store *store, struct error *err)
{
    if (!(to->voltage >= 0.3 && to->voltage <= 1.5))
        return error_set(
            err, ERROR_USAGE,
            "--voltage: %g is not in 0.3..1.5, where the published "
            "factors hold",
            to->voltage);
    *table = memory_printf("%gnm-%gV", to->node, to->voltage);
    if (store_scale_costs(store, *table, to, jumps, err) == 0)
        return 0;
    free(*table);
    *table = NULL;
    return -1;
}
