/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print/run_as.h"

#include <string.h>

#include "base/text.h"
#include "cli/print/output.h"
#include "store/query.h"

static const char sql[] =
    "SELECT machine, pattern, run_as, count(DISTINCT trace_hash || ' ' || "
    "layer)"
    " FROM v_layer"
    " WHERE status = 'done' AND pattern <> run_as"
    "   AND trace_hash IN (SELECT value FROM json_each(:traces))"
    "   AND machine_hash IN (SELECT value FROM json_each(:machines))"
    " GROUP BY machine, pattern, run_as"
    " ORDER BY machine, pattern, run_as";

struct run_as {
    const struct call *call;
    struct text machine, words;
};

static void tell(struct run_as *told)
{
    if (told->words.length > 0)
        output_note(told->call, "%s ran %s", told->machine.at, told->words.at);
    text_clear(&told->words);
}

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *err)
{
    (void)context, (void)columns, (void)names, (void)err;
    return 0;
}

static int add(void *context, const struct query_value *values,
               struct error *err)
{
    struct run_as *told = context;

    (void)err;
    if (strcmp(told->machine.at, values[0].text) != 0) {
        tell(told);
        text_clear(&told->machine);
        text_add(&told->machine, values[0].text);
    }
    text_addf(&told->words, "%s%s as %s (%lld %s)",
              told->words.length > 0 ? ", " : "", values[1].text,
              values[2].text, (long long)values[3].integer,
              values[3].integer == 1 ? "layer" : "layers");
    return 0;
}

int run_as_tell(const struct call *call, struct store *store,
                const char *traces, const char *machines, struct error *err)
{
    const struct query_parameter parameters[] = { { "traces", traces },
                                                  { "machines", machines } };
    const struct query_ask ask = { .sql = sql,
                                   .author = QUERY_OF_OURS,
                                   .parameters = parameters,
                                   .count = 2 };
    struct run_as told = { .call = call };
    const struct query_sink sink = { ignore_names, add, &told };
    int status;

    if (call->quiet)
        return 0;
    text_init(&told.machine);
    text_init(&told.words);
    status = query_run(store, &ask, &sink, err);
    if (status == 0)
        tell(&told);
    text_release(&told.words);
    text_release(&told.machine);
    return status;
}
