/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which columns there are is known only when the last row has come, for points
 * may set different parameters; so rows are copied, and passed on afterwards.
 * SQL cannot do it: a view has its columns before it has rows.
 */
#include "cli/print/settings_rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_PARAMETERS = 256 };

struct held_row {
    struct query_value *values; /* texts are copies */
    json_t *settings;
};

struct settings_rows {
    const struct query_sink *to;
    size_t columns;
    size_t at;    /* the column of settings; `columns`: there is none */
    char **names; /* of the columns as they were asked for; NULL: none */
    char *paths[MOST_PARAMETERS]; /* as they were first seen */
    size_t path_count;
    struct held_row *rows;
    size_t count, capacity;
};

static int settings_rows_names(void *context, size_t columns,
                               const char *const *names, struct error *err)
{
    struct settings_rows *rows = context;

    rows->columns = columns;
    for (rows->at = 0; rows->at < columns; rows->at++)
        if (strcmp(names[rows->at], "settings") == 0)
            break;
    if (rows->at == columns)
        return rows->to->names(rows->to->context, columns, names, err);
    rows->names = memory_new(columns, sizeof *rows->names);
    for (size_t i = 0; i < columns; i++)
        rows->names[i] = memory_text(names[i]);
    return 0;
}

static int note_parameters(struct settings_rows *rows, const json_t *settings,
                           struct error *err)
{
    const char *path;
    json_t *value;

    json_object_foreach((json_t *)settings, path, value)
    {
        size_t i = 0;

        while (i < rows->path_count && strcmp(rows->paths[i], path) != 0)
            i++;
        if (i == MOST_PARAMETERS)
            return error_set(err, ERROR_DATA,
                             "points that set over %d parameters",
                             MOST_PARAMETERS);
        if (i == rows->path_count)
            rows->paths[rows->path_count++] = memory_text(path);
    }
    return 0;
}

static int settings_rows_hold(void *context, const struct query_value *values,
                              struct error *err)
{
    struct settings_rows *rows = context;
    struct held_row *held;
    json_t *settings;

    if (rows->at == rows->columns)
        return rows->to->row(rows->to->context, values, err);
    settings = values[rows->at].type == QUERY_TEXT
                   ? json_loads(values[rows->at].text, 0, NULL)
                   : NULL;
    if (!json_is_object(settings)) {
        json_decref(settings);
        return error_set(err, ERROR_DATA,
                         "settings of a point that are no JSON object");
    }
    rows->rows = memory_grow(rows->rows, &rows->capacity, rows->count + 1,
                             sizeof *rows->rows);
    held = &rows->rows[rows->count++];
    held->settings = settings;
    held->values = memory_new(rows->columns, sizeof *held->values);
    for (size_t i = 0; i < rows->columns; i++) {
        held->values[i] = values[i];
        if (values[i].type == QUERY_TEXT)
            held->values[i].text = memory_text(values[i].text);
    }
    return note_parameters(rows, settings, err);
}

static int pass_names(const struct settings_rows *rows, struct error *err)
{
    size_t columns = rows->columns - 1 + rows->path_count, next = 0;
    const char **names = memory_new(columns, sizeof *names);
    int status;

    for (size_t i = 0; i < rows->columns; i++)
        if (i != rows->at)
            names[next++] = rows->names[i];
        else
            for (size_t k = 0; k < rows->path_count; k++)
                names[next++] = rows->paths[k];
    status = rows->to->names(rows->to->context, columns, names, err);
    free(names);
    return status;
}

/* What is set to a list or an object is shown as its text. */
static struct query_value value_of(const json_t *json, char **text)
{
    *text = NULL;
    if (json_is_integer(json))
        return (struct query_value){ .type = QUERY_INTEGER,
                                     .integer = json_integer_value(json) };
    if (json_is_real(json))
        return (struct query_value){ .type = QUERY_REAL,
                                     .real = json_real_value(json) };
    if (json_is_string(json))
        return (struct query_value){ .type = QUERY_TEXT,
                                     .text = json_string_value(json) };
    if (json == NULL || json_is_null(json))
        return (struct query_value){ .type = QUERY_NULL };
    *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    return (struct query_value){ .type = QUERY_TEXT, .text = *text };
}

static int pass_row(const struct settings_rows *rows,
                    const struct held_row *row, struct error *err)
{
    size_t count = rows->path_count, next = 0;
    size_t columns = rows->columns - 1 + count;
    struct query_value *values = memory_new(columns, sizeof *values);
    char **texts = memory_new(count + 1, sizeof *texts);
    int status;

    for (size_t i = 0; i < rows->columns; i++)
        if (i != rows->at)
            values[next++] = row->values[i];
        else
            for (size_t k = 0; k < count; k++)
                values[next++] = value_of(
                    json_object_get(row->settings, rows->paths[k]), &texts[k]);
    status = rows->to->row(rows->to->context, values, err);
    for (size_t k = 0; k < count; k++)
        free(texts[k]);
    free(texts);
    free(values);
    return status;
}

static void settings_rows_release(struct settings_rows *rows)
{
    for (size_t row = 0; row < rows->count; row++) {
        for (size_t i = 0; i < rows->columns; i++)
            if (rows->rows[row].values[i].type == QUERY_TEXT)
                free((char *)rows->rows[row].values[i].text);
        free(rows->rows[row].values);
        json_decref(rows->rows[row].settings);
    }
    free(rows->rows);
    for (size_t i = 0; rows->names != NULL && i < rows->columns; i++)
        free(rows->names[i]);
    free(rows->names);
    for (size_t k = 0; k < rows->path_count; k++)
        free(rows->paths[k]);
}

int settings_rows_run(struct store *store, const struct query_ask *ask,
                      const struct query_sink *sink, struct error *err)
{
    struct settings_rows rows = { .to = sink };
    const struct query_sink hold = { settings_rows_names, settings_rows_hold,
                                     &rows };
    int status = query_run(store, ask, &hold, err);

    if (status == 0 && rows.at < rows.columns)
        status = pass_names(&rows, err);
    for (size_t row = 0; status == 0 && row < rows.count; row++)
        status = pass_row(&rows, &rows.rows[row], err);
    settings_rows_release(&rows);
    return status;
}
