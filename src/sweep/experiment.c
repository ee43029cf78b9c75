/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An experiment: inputs, machines, axes (a parameter and its values) and
 * constraints.  Its points are numbered like digits of a number, one digit an
 * axis, so that none is ever stored: a point is made from its number when it is
 * needed.  Values are brought into the form that a machine prints, so that two
 * spellings are one point.
 */
#include "sweep/experiment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "replay/data_file.h"
#include "trace/operators.h"
#include "sweep/experiment_reader.h"

/* Keys with one value. */
static const struct parameter *const single[] = {
    &(const struct parameter){
        .path = "name",
        .type = PARAMETER_TEXT_FIELD,
        .offset = offsetof(struct experiment, name),
        .standard = "",
        .help = "what the experiment is called in the results" },
    &(const struct parameter){
        .path = "verify",
        .type = PARAMETER_BOOL,
        .offset = offsetof(struct experiment, verify),
        .standard = "yes",
        .help = "compare the outputs of traces with the integer product" },
    &(const struct parameter){ .path = "seed",
                               .type = PARAMETER_U64,
                               .offset = offsetof(struct experiment, seed),
                               .unit = "",
                               .maximum = 9007199254740992,
                               .standard = "0",
                               .help = "of the masks of lists of shapes" },
    &(const struct parameter){
        .path = "inference.prompt",
        .type = PARAMETER_U64,
        .offset = offsetof(struct experiment, inference.prompt),
        .unit = "tokens",
        .minimum = 1,
        .maximum = OPERATOR_MAX_TOKENS,
        .standard = "none",
        .none = true,
        .help = "of the whole inferences of all points" },
    &(const struct parameter){
        .path = "inference.generate",
        .type = PARAMETER_U64,
        .offset = offsetof(struct experiment, inference.generate),
        .unit = "tokens",
        .minimum = 1,
        .maximum = OPERATOR_MAX_TOKENS,
        .standard = "128",
        .help = "that they generate" },
    &(const struct parameter){ .path = "inference.batch",
                               .type = PARAMETER_U64,
                               .offset =
                                   offsetof(struct experiment, inference.batch),
                               .unit = "sequences",
                               .minimum = 1,
                               .maximum = OPERATOR_MAX_BATCH,
                               .standard = "1",
                               .help = "at once" },
    &(const struct parameter){
        .path = "inference.memory",
        .type = PARAMETER_TEXT_FIELD,
        .offset = offsetof(struct experiment, inference.memory),
        .standard = "lpddr5-6400",
        .help = "dram.kind of machines that have no channel" },
    &(const struct parameter){
        .path = "inference.buffers",
        .type = PARAMETER_TEXT_FIELD,
        .offset = offsetof(struct experiment, inference.buffers),
        .standard = "262144",
        .help = "capacities of machines that state none of their own" },
};

static const char *const list_names[LISTS] = {
    "traces", "shapes", "tokens", "patterns", "agreements", "machines", "where"
};

enum { SINGLES = sizeof single / sizeof *single };
static const char parameters[] = "parameters.", inference[] = "inference.";

static int experiment_unknown_key(const char *path, struct error *err)
{
    const char *names[LISTS + SINGLES + 1], *nearest;
    size_t count = 0;

    for (size_t i = 0; i < LISTS; i++)
        names[count++] = list_names[i];
    for (size_t i = 0; i < SINGLES; i++)
        names[count++] = single[i]->path;
    names[count++] = "parameters";
    nearest = nearest_name(path, names, count);
    if (nearest)
        return error_set(err, ERROR_DATA, "no key %s; did you mean %s?", path,
                         nearest);
    return error_set(err, ERROR_DATA,
                     "no key %s; parameters of machines stand under "
                     "`parameters:`",
                     path);
}

static int set_single(struct reader *reader, const struct parameter *row,
                      const struct yaml_entry *entry, struct error *err)
{
    if (entry->item != YAML_SINGLE)
        return error_set(err, ERROR_DATA,
                         "%s: a list, where one value is expected", row->path);
    if (strcmp(row->path, "inference.memory") == 0 &&
        data_is_path(entry->value) && entry->value[0] != '/') {
        char *path = memory_printf("%s%s", reader->folder, entry->value);
        int status = parameter_set(reader->experiment, row, path, err);

        free(path);
        return status;
    }
    return parameter_set(reader->experiment, row, entry->value, err);
}

static int add_to_list(struct list *list, const struct yaml_entry *entry,
                       struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->entry[i]->value, entry->value) == 0)
            return error_set(err, ERROR_DATA, "%s: %s stands there twice",
                             entry->path, entry->value);
    }
    list->entry = memory_grow(list->entry, &list->capacity, list->count + 1,
                              sizeof *list->entry);
    list->entry[list->count++] = entry;
    return 0;
}

static struct axis *find_axis(struct experiment *experiment, const char *path)
{
    for (size_t i = 0; i < experiment->axes; i++) {
        if (strcmp(experiment->axis[i].path, path) == 0)
            return &experiment->axis[i];
    }
    return NULL;
}

/* The value in the form that a machine prints; two spellings of one value are
 * the same.  free() it. */
static char *canonical_value(const struct parameter *row, const char *value,
                             struct error *err)
{
    struct machine scratch = { 0 };
    struct text text;

    if (parameter_set(&scratch, row, value, err) < 0)
        return NULL;
    text_init(&text);
    parameter_print(&text, &scratch, row);
    return text_take(&text);
}

static int experiment_add_value(struct axis *axis, const char *value,
                                struct error *err)
{
    char *canonical = canonical_value(axis->row, value, err);

    if (!canonical)
        return -1;
    for (size_t i = 0; i < axis->values; i++) {
        if (strcmp(axis->value[i], canonical) == 0) {
            free(canonical);
            return error_set(err, ERROR_DATA, "%s: %s stands there twice",
                             axis->path, value);
        }
    }
    axis->value = memory_grow(axis->value, &axis->capacity, axis->values + 1,
                              sizeof *axis->value);
    axis->value[axis->values++] = canonical;
    return 0;
}

static int add_axis_value(struct reader *reader, const char *path,
                          const struct yaml_entry *entry, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    struct axis *axis = find_axis(experiment, path);
    size_t rows;
    const struct parameter *const *table = machine_parameters(&rows);
    struct machine scratch;

    if (axis && entry->item <= 0)
        return error_set(err, ERROR_DATA, "%s is there already", path);
    if (!axis) {
        if (!parameter_find(table, rows, path))
            return machine_set(&scratch, path, "", err);
        experiment->axis =
            realloc(experiment->axis,
                    (experiment->axes + 1) * sizeof *experiment->axis);
        if (!experiment->axis)
            memory_exhausted(sizeof *axis);
        axis = &experiment->axis[experiment->axes++];
        *axis = (struct axis){ .path = memory_text(path),
                               .row = parameter_find(table, rows, path) };
    }
    return experiment_add_value(axis, entry->value, err);
}

static int read_entry(struct reader *reader, const struct yaml_entry *entry,
                      struct error *err)
{
    const struct parameter *row = parameter_find(single, SINGLES, entry->path);
    size_t prefix = sizeof parameters - 1;

    if (row)
        return set_single(reader, row, entry, err);
    if (strncmp(entry->path, parameters, prefix) == 0)
        return add_axis_value(reader, entry->path + prefix, entry, err);
    for (size_t i = 0; i < LISTS; i++) {
        if (strcmp(entry->path, list_names[i]) == 0)
            return add_to_list(&reader->list[i], entry, err);
    }
    return experiment_unknown_key(entry->path, err);
}

static int read_entries(struct reader *reader, struct error *err)
{
    for (size_t i = 0; i < reader->file.entries; i++) {
        const struct yaml_entry *entry = &reader->file.entry[i];

        if (read_entry(reader, entry, err) < 0)
            return yaml_error(&reader->file, entry, err);
    }
    return 0;
}

bool experiment_infers(struct infer_asked *asked,
                       const struct experiment *experiment)
{
    *asked = (struct infer_asked){
        .prompt = (uint32_t)experiment->inference.prompt,
        .generate = (uint32_t)experiment->inference.generate,
        .batch = (uint32_t)experiment->inference.batch,
        .memory = experiment->inference.memory,
        .buffers = experiment->inference.buffers,
    };
    return asked->prompt > 0;
}

/* The part `inference` is whole, and all inputs tell what a model is made of.
 */
static int check_inference(const struct reader *reader, struct error *err)
{
    const struct experiment *experiment = reader->experiment;
    struct infer_asked asked;
    struct model_sizes sizes;

    if (!experiment_infers(&asked, experiment)) {
        for (size_t i = 0; i < reader->file.entries; i++)
            if (strncmp(reader->file.entry[i].path, inference,
                        sizeof inference - 1) == 0) {
                error_set(err, ERROR_DATA,
                          "%s says nothing without inference.prompt",
                          reader->file.entry[i].path);
                return yaml_error(&reader->file, &reader->file.entry[i], err);
            }
        return 0;
    }
    if (infer_check(&asked, err) < 0) {
        err->kind = ERROR_DATA;
        return error_prefix(err, "%s: ", reader->file.name);
    }
    for (size_t i = 0; i < experiment->inputs; i++)
        if (infer_sizes(&sizes, &experiment->input[i], err) < 0)
            return -1;
    return 0;
}

/* What is run whole needs memory and buffers; replays are then of the same
 * machine. */
static int complete_machine(struct experiment *experiment,
                            struct machine_file *machine, struct error *err)
{
    struct infer_asked asked;

    if (!experiment_infers(&asked, experiment))
        return 0;
    if (infer_complete(machine, &asked, err) == 0)
        return 0;
    err->kind = ERROR_DATA;
    return -1;
}

static int open_machines(struct reader *reader, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    const struct list *list = &reader->list[LIST_MACHINES];

    if (list->count == 0)
        return error_set(err, ERROR_DATA, "%s: `machines` is missing",
                         reader->file.name);
    experiment->machine = memory_new(list->count, sizeof *experiment->machine);
    for (size_t i = 0; i < list->count; i++) {
        char *name = reader_resolve(reader, list->entry[i]->value);
        int status = machine_file_read(
            &experiment->machine[experiment->machines], name, NULL, 0, err);

        free(name);
        if (status == 0)
            status = complete_machine(
                experiment, &experiment->machine[experiment->machines++], err);
        if (status < 0)
            return yaml_error(&reader->file, list->entry[i], err);
    }
    return 0;
}

static int read_constraints(struct reader *reader, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    const struct list *list = &reader->list[LIST_WHERE];

    experiment->constraint =
        memory_new(list->count, sizeof *experiment->constraint);
    for (size_t i = 0; i < list->count; i++) {
        if (constraint_parse(&experiment->constraint[i], list->entry[i]->value,
                             err) < 0)
            return yaml_error(&reader->file, list->entry[i], err);
        experiment->constraints++;
    }
    return 0;
}

static int count_points(struct reader *reader, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    double count = (double)experiment->inputs * (double)experiment->machines;

    for (size_t i = 0; i < experiment->axes; i++)
        count *= (double)experiment->axis[i].values;
    if (count > EXPERIMENT_MAX_POINTS)
        return error_set(err, ERROR_DATA, "%s: %.3g points, more than 2^30",
                         reader->file.name, count);
    experiment->points = (uint64_t)count;
    return 0;
}

static void experiment_print_text(struct text *text,
                                  const struct reader *reader)
{
    const struct experiment *experiment = reader->experiment;
    const struct list *where = &reader->list[LIST_WHERE];

    text_addf(text, "name: %s\nverify: %s\n", experiment->name,
              experiment->verify ? "yes" : "no");
    text_add(text, "inputs:\n");
    for (size_t i = 0; i < experiment->inputs; i++)
        text_addf(text, "  - %s\n", experiment->input[i].hash);
    text_add(text, "machines:\n");
    for (size_t i = 0; i < experiment->machines; i++)
        text_addf(text, "  - %s\n", experiment->machine[i].hash);
    if (experiment->axes > 0)
        text_add(text, "parameters:\n");
    for (size_t i = 0; i < experiment->axes; i++) {
        const struct axis *axis = &experiment->axis[i];

        text_addf(text, "  %s: [", axis->path);
        for (size_t v = 0; v < axis->values; v++)
            text_addf(text, "%s%s", v ? ", " : "", axis->value[v]);
        text_add(text, "]\n");
    }
    if (where->count > 0)
        text_add(text, "where:\n");
    for (size_t i = 0; i < where->count; i++)
        text_addf(text, "  - %s\n", where->entry[i]->value);
    if (experiment->inference.prompt > 0)
        text_addf(text,
                  "inference: {prompt: %llu, generate: %llu, batch: %llu}\n",
                  (unsigned long long)experiment->inference.prompt,
                  (unsigned long long)experiment->inference.generate,
                  (unsigned long long)experiment->inference.batch);
}

/* An experiment.yaml goes by its folder's name, another file by its own. */
static void set_standard_name(struct reader *reader)
{
    char *name = data_name(reader->file.name), *folder = NULL;

    if (strcmp(name, "experiment") == 0 && reader->folder[0]) {
        folder = memory_printf("%.*s", (int)strlen(reader->folder) - 1,
                               reader->folder);
        free(name);
        name = data_name(folder);
    }
    snprintf(reader->experiment->name, PARAMETER_TEXT, "%s", name);
    free(folder);
    free(name);
}

static int read_all(struct reader *reader, struct error *err)
{
    struct experiment *experiment = reader->experiment;
    struct text text;

    if (read_entries(reader, err) < 0)
        return -1;
    if (!experiment->name[0])
        set_standard_name(reader);
    if (read_constraints(reader, err) < 0 || open_machines(reader, err) < 0 ||
        reader_open_inputs(reader, err) < 0 ||
        check_inference(reader, err) < 0 || count_points(reader, err) < 0)
        return -1;
    text_init(&text);
    experiment_print_text(&text, reader);
    hash_bytes(experiment->hash, text.at, text.length);
    experiment->text = text_take(&text);
    return 0;
}

int experiment_read(struct experiment *experiment, const char *path,
                    struct error *err)
{
    const char *slash = strrchr(path, '/');
    struct reader reader = { .experiment = experiment };
    int status;

    *experiment = (struct experiment){ 0 };
    if (yaml_file_read(&reader.file, path, err) < 0)
        return -1;
    parameter_defaults(experiment, single, SINGLES);
    reader.folder =
        memory_printf("%.*s", slash ? (int)(slash - path) + 1 : 0, path);
    status = read_all(&reader, err);
    for (size_t i = 0; i < LISTS; i++)
        free(reader.list[i].entry);
    free(reader.folder);
    yaml_file_release(&reader.file);
    if (status < 0)
        experiment_release(experiment);
    return status;
}

void experiment_release(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->inputs; i++)
        input_close(&experiment->input[i]);
    for (size_t i = 0; i < experiment->machines; i++)
        machine_file_release(&experiment->machine[i]);
    for (size_t i = 0; i < experiment->axes; i++) {
        struct axis *axis = &experiment->axis[i];

        for (size_t v = 0; v < axis->values; v++)
            free(axis->value[v]);
        free(axis->value);
        free(axis->path);
    }
    free(experiment->input);
    free(experiment->machine);
    free(experiment->axis);
    free(experiment->constraint);
    free(experiment->text);
    *experiment = (struct experiment){ 0 };
}

bool experiment_verifies(const struct experiment *experiment, size_t input)
{
    return experiment->verify && experiment->input[input].has_values;
}

void experiment_add_text(struct experiment *experiment, const char *words)
{
    char *text = memory_printf("%s%s", experiment->text, words);

    free(experiment->text);
    experiment->text = text;
    hash_bytes(experiment->hash, text, strlen(text));
}
