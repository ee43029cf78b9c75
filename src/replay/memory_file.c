/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay/memory_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/inference/own_memory.h"
#include "replay/data_file.h"
#include "replay/yaml_file.h"

enum { SECTION = sizeof "dram." - 1 };

static int memory_file_set_entry(struct machine *machine, bool *seen,
                                 const struct yaml_entry *entry,
                                 struct error *err)
{
    size_t row = 0;

    if (strcmp(entry->path, "source") == 0 && entry->item == YAML_SINGLE)
        return 0;
    while (own_memory_rows[row] &&
           strcmp(own_memory_rows[row] + SECTION, entry->path) != 0)
        row++;
    if (!own_memory_rows[row] || entry->item != YAML_SINGLE)
        return error_set(err, ERROR_DATA,
                         "%s: a kind of memory has peak, ceiling, busy, "
                         "interval, wait, moving and standing, a number each",
                         entry->path);
    seen[row] = true;
    return machine_set(machine, own_memory_rows[row], entry->value, err);
}

static int memory_file_set_all(struct machine *machine,
                               const struct yaml_file *yaml, struct error *err)
{
    bool seen[MEMORY_ROWS] = { false };

    for (size_t i = 0; i < yaml->entries; i++)
        if (memory_file_set_entry(machine, seen, &yaml->entry[i], err) < 0)
            return yaml_error(yaml, &yaml->entry[i], err);
    for (size_t row = 0; own_memory_rows[row]; row++)
        if (!seen[row])
            return error_set(err, ERROR_DATA,
                             "%s: does not say `%s` of the memory; `flexcim "
                             "machines flexcim` tells what that is",
                             yaml->name, own_memory_rows[row] + SECTION);
    return 0;
}

int memory_file_set(struct machine *machine, const char *path,
                    struct error *err)
{
    char *name = data_name(path);
    struct yaml_file yaml;
    int status;

    status = machine_set(machine, "dram.kind", "own", err);
    if (status == 0)
        status = machine_set(machine, "dram.name", name, err);
    if (status == 0 && (status = yaml_file_read(&yaml, path, err)) == 0) {
        status = memory_file_set_all(machine, &yaml, err);
        if (status == 0 && own_memory_check(machine, err) < 0)
            status = error_prefix(err, "%s: ", path);
        yaml_file_release(&yaml);
    }
    free(name);
    return status;
}
