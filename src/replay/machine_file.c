/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A machine from YAML: the standards of all parameters, then what the file
 * `extends`, then the file's entries, then --set.  Each is set by the same code
 * as a default (base/parameter.h), and whatever was set wrong is told with
 * file, line and column.  Printing it again in the order of the table gives its
 * canonical text, whose hash is the machine's name in the store.
 */
#include "replay/machine_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "models/inference/own_memory.h"
#include "models/price/part.h"
#include "replay/data_file.h"
#include "replay/memory_file.h"
#include "replay/yaml_file.h"

static const struct data_kind kind = { "machine", "models/machines",
                                       "machines" };

enum { MAX_EXTENDS = 8 };

size_t machine_names(char ***names)
{
    return data_names(&kind, names);
}

static int machine_file_read_machine(struct machine *machine, const char *path,
                                     unsigned depth, struct error *err);

/* Where a path that stands in the file `path` leads to: it counts from that
 * file's folder.  free() it. */
static char *beside(const char *path, const char *named)
{
    const char *slash = strrchr(path, '/');

    if (named[0] == '/' || !slash)
        return memory_text(named);
    return memory_printf("%.*s/%s", (int)(slash - path), path, named);
}

/* The machine that `extends` names. */
static int extend(struct machine *machine, const char *path, const char *base,
                  unsigned depth, struct error *err)
{
    char *found;
    int status;

    if (depth >= MAX_EXTENDS)
        return error_set(err, ERROR_DATA,
                         "extends: more than %d machines, or one that extends "
                         "itself",
                         MAX_EXTENDS);
    found =
        data_is_path(base) ? beside(path, base) : data_path(&kind, base, err);
    if (!found)
        return -1;
    status = machine_file_read_machine(machine, found, depth + 1, err);
    free(found);
    return status;
}

/* A row from outside: of a memory a file may stand for its kind; a path counts
 * from the folder of the file `from`, or if NULL from where the program runs.
 * What an own kind had is gone with it. */
static int set_row(struct machine *machine, const char *from, const char *path,
                   const char *value, struct error *err)
{
    bool was_own = memory_is_own(machine);
    char *found;
    int status;

    if (strcmp(path, "dram.kind") == 0 && data_is_path(value)) {
        found = from ? beside(from, value) : memory_text(value);
        status = memory_file_set(machine, found, err);
        free(found);
    } else {
        status = machine_set(machine, path, value, err);
    }
    if (was_own && !memory_is_own(machine))
        own_memory_forget(machine);
    return status;
}

/* `seen` has a flag for each row of the table. */
static int machine_file_set_entry(struct machine *machine, bool *seen,
                                  const struct yaml_file *yaml,
                                  const struct yaml_entry *entry,
                                  struct error *err)
{
    size_t rows, at = 0;
    const struct parameter *const *table = machine_parameters(&rows);

    if (entry->item != YAML_SINGLE)
        return error_set(err, ERROR_DATA,
                         "%s: a list, where one value is expected",
                         entry->path);
    if (set_row(machine, yaml->name, entry->path, entry->value, err) < 0)
        return -1;
    while (strcmp(table[at]->path, entry->path) != 0)
        at++;
    if (seen[at])
        return error_set(err, ERROR_DATA, "%s is there already", entry->path);
    seen[at] = true;
    return 0;
}

static int set_entries(struct machine *machine, const struct yaml_file *yaml,
                       struct error *err)
{
    size_t rows;
    bool *seen;
    int status = 0;

    machine_parameters(&rows);
    seen = memory_new(rows, sizeof *seen);
    for (size_t i = 0; status == 0 && i < yaml->entries; i++) {
        const struct yaml_entry *entry = &yaml->entry[i];

        if (strcmp(entry->path, "extends") == 0 && entry->item == YAML_SINGLE)
            continue;
        if (machine_file_set_entry(machine, seen, yaml, entry, err) < 0)
            status = yaml_error(yaml, entry, err);
    }
    free(seen);
    return status;
}

static int apply(struct machine *machine, const struct yaml_file *yaml,
                 const char *path, unsigned depth, struct error *err)
{
    for (size_t i = 0; i < yaml->entries; i++) {
        const struct yaml_entry *entry = &yaml->entry[i];

        if (strcmp(entry->path, "extends") == 0 && entry->item == YAML_SINGLE &&
            extend(machine, path, entry->value, depth, err) < 0)
            return yaml_error(yaml, entry, err);
    }
    return set_entries(machine, yaml, err);
}

static int machine_file_read_machine(struct machine *machine, const char *path,
                                     unsigned depth, struct error *err)
{
    struct yaml_file yaml;
    int status;

    if (yaml_file_read(&yaml, path, err) < 0)
        return -1;
    status = apply(machine, &yaml, path, depth, err);
    if (status == 0 && machine_check(machine, err) < 0)
        status = error_prefix(err, "%s: ", path);
    yaml_file_release(&yaml);
    return status;
}

static int apply_setting(struct machine *machine, const char *setting,
                         struct error *err)
{
    const char *equals = strchr(setting, '=');
    char *path;
    int status;

    if (!equals)
        return error_set(err, ERROR_USAGE,
                         "%s: a setting is written PATH=VALUE, such as "
                         "macro.rows=64",
                         setting);
    path = memory_printf("%.*s", (int)(equals - setting), setting);
    status = set_row(machine, NULL, path, equals + 1, err);
    free(path);
    if (status < 0)
        err->kind = ERROR_USAGE;
    return status;
}

static int apply_settings(struct machine *machine, const char *const *settings,
                          size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (apply_setting(machine, settings[i], err) < 0)
            return -1;
    }
    if (count > 0 && machine_check(machine, err) < 0) {
        err->kind = ERROR_USAGE;
        return -1;
    }
    return 0;
}

static void machine_file_identify(struct machine_file *file)
{
    struct text text;

    text_init(&text);
    machine_print(&text, &file->machine);
    hash_bytes(file->hash, text.at, text.length);
    free(file->text);
    file->text = text_take(&text);
    text_release(&text);
}

int machine_file_change(struct machine_file *file, const char *path,
                        const char *value, struct error *err)
{
    if (set_row(&file->machine, NULL, path, value, err) < 0)
        return -1;
    machine_file_identify(file);
    return 0;
}

int machine_file_read(struct machine_file *file, const char *name,
                      const char *const *settings, size_t count,
                      struct error *err)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    char *path = data_path(&kind, name, err);
    int status;

    *file = (struct machine_file){ 0 };
    if (!path)
        return -1;
    parameter_defaults(&file->machine, table, rows);
    status = machine_file_read_machine(&file->machine, path, 0, err);
    if (status == 0)
        status = apply_settings(&file->machine, settings, count, err);
    if (status == 0) {
        file->name = data_name(path);
        machine_file_identify(file);
    }
    free(path);
    return status;
}

int machine_file_put(const struct machine_file *file, struct store *store,
                     struct error *err)
{
    struct store_part parts[PART_MAX];
    struct part_list list;
    struct store_machine row = { .hash = file->hash,
                                 .name = file->name,
                                 .text = file->text,
                                 .multipliers =
                                     machine_multipliers(&file->machine),
                                 .clock_mhz = file->machine.clock,
                                 .parts = parts };

    part_list_make(&list, &file->machine);
    for (row.count = 0; row.count < list.count; row.count++) {
        const struct part *part = &list.at[row.count];
        bool counts = part->use == PART_ENERGY || part->use == PART_RESIDENT;

        parts[row.count] = (struct store_part){
            .use = part_use_names[part->use],
            .block = part->block,
            .name = part->name,
            .component = part->component,
            .counter_block = counts ? counter_table[part->counter].block : "",
            .counter = counts ? counter_table[part->counter].name : "",
            .activity = part_activity_names[part->activity],
            .components = part->count,
        };
    }
    return store_put_machine(store, &row, err);
}

void machine_file_release(struct machine_file *file)
{
    free(file->name);
    free(file->text);
    *file = (struct machine_file){ 0 };
}

static void print_quoted(struct text *text, const char *words)
{
    text_add(text, "\"");
    for (; *words; words++) {
        if (*words == '"' || *words == '\\')
            text_addf(text, "\\%c", *words);
        else if ((unsigned char)*words < ' ')
            text_addf(text, "\\x%02x", (unsigned)*words);
        else
            text_add_bytes(text, words, 1);
    }
    text_add(text, "\"");
}

/* One line, under the name of its section where that is another than of the
 * line before. */
static void machine_file_print_row(struct text *text,
                                   const struct machine *machine,
                                   const struct parameter *row,
                                   const struct parameter *before)
{
    const char *path = row->path, *dot = strchr(path, '.');
    size_t section = dot ? (size_t)(dot - path) + 1 : 0;

    if (section > 0 && (!before || strncmp(path, before->path, section) != 0))
        text_addf(text, "%.*s:\n", (int)section - 1, path);
    text_addf(text, "%s%s: ", section ? "  " : "", path + section);
    if (row->type == PARAMETER_TEXT_FIELD)
        print_quoted(text, (const char *)machine + row->offset);
    else
        parameter_print(text, machine, row);
    text_add(text, "\n");
}

void machine_print(struct text *text, const struct machine *machine)
{
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    const struct parameter *before = NULL;

    for (size_t i = 0; i < rows; i++) {
        if (!machine_tells(machine, table[i]))
            continue;
        machine_file_print_row(text, machine, table[i], before);
        before = table[i];
    }
}
