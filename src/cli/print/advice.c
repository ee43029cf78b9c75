/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/advice.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/printable.h"
#include "cli/print/query_table.h"

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *err)
{
    (void)context, (void)columns, (void)names, (void)err;
    return 0;
}

enum { SENTENCE = 2 }; /* its column */

static int add_sentence(void *list, const struct query_value *values,
                        struct error *err)
{
    char *sentence = printable_utf8(values[SENTENCE].text);

    (void)err;
    json_array_append_new(list, json_string(sentence));
    free(sentence);
    return 0;
}

static char *plan_hashes(const struct pipeline *pipeline)
{
    json_t *array = json_array();
    char hash[HASH_TEXT], *text;

    for (size_t i = 0; i < pipeline->plans; i++) {
        plan_hash(&pipeline->plan[i], hash);
        json_array_append_new(array, json_string(hash));
    }
    text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    return text;
}

static int ask_advice(const struct pipeline *pipeline, json_t *sentences,
                      struct error *err)
{
    char *plans = plan_hashes(pipeline);
    char *machines = machine_list_hashes(&pipeline->machines);
    char *rows = memory_printf("%zu", pipeline->test.rows);
    const struct query_parameter parameters[] = {
        { "plans", plans },
        { "machines", machines },
        { "tokens", pipeline->test.hash },
        { "tensor", pipeline->test.tensor },
        { "rows", rows },
        { "version", pipeline->session->version },
    };
    const struct query_ask ask = {
        .name = "advice",
        .parameters = parameters,
        .count = sizeof parameters / sizeof *parameters,
    };
    const struct query_sink sink = { ignore_names, add_sentence, sentences };
    int status = query_run(pipeline->session->store, &ask, &sink, err);

    free(plans);
    free(machines);
    free(rows);
    return status;
}

int advice_print(const struct pipeline *pipeline, struct error *err)
{
    json_t *sentences = json_array(), *sentence;
    int status = ask_advice(pipeline, sentences, err);
    size_t i;

    if (json_array_size(sentences) > 0)
        puts("");
    json_array_foreach(sentences, i, sentence)
    {
        char *text = memory_text(json_string_value(sentence));

        printable_make(text);
        puts(text);
        free(text);
    }
    json_decref(sentences);
    return status;
}

int advice_print_json(const struct pipeline *pipeline, struct error *err)
{
    json_t *sentences = json_array();
    int status = ask_advice(pipeline, sentences, err);
    char *text = printable_json(json_dumps(sentences, 0));

    fputs(text, stdout);
    free(text);
    json_decref(sentences);
    return status;
}
