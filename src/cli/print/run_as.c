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

/* Of machines whose text has merge.modes, so that they could choose. */
static const char merged_sql[] =
    "SELECT h.name, l.merged, count(DISTINCT l.trace_hash || ' ' || l.layer)"
    " FROM v_layer AS l"
    " JOIN machines AS h USING (machine_hash)"
    " WHERE l.status = 'done' AND l.merged IS NOT NULL"
    "   AND instr(h.text, char(10) || 'merge:' || char(10)) > 0"
    "   AND l.trace_hash IN (SELECT value FROM json_each(:traces))"
    "   AND l.machine_hash IN (SELECT value FROM json_each(:machines))"
    " GROUP BY h.name, l.merged"
    " ORDER BY h.name, l.merged DESC";

struct run_as {
    const struct call *call;
    const char *verb;
    struct text machine, words;
};

static void tell(struct run_as *told)
{
    if (told->words.length > 0)
        output_note(told->call, "%s %s %s", told->machine.at, told->verb,
                    told->words.at);
    text_clear(&told->words);
}

static int ignore_names(void *context, size_t columns, const char *const *names,
                        struct error *err)
{
    (void)context, (void)columns, (void)names, (void)err;
    return 0;
}

/* The words of another machine begin a line of their own. */
static void go_on(struct run_as *told, const char *machine)
{
    if (strcmp(told->machine.at, machine) != 0) {
        tell(told);
        text_clear(&told->machine);
        text_add(&told->machine, machine);
    }
    if (told->words.length > 0)
        text_add(&told->words, ", ");
}

static void add_layers(struct run_as *told, int64_t layers)
{
    text_addf(&told->words, "%lld %s", (long long)layers,
              layers == 1 ? "layer" : "layers");
}

static int add_pattern(void *context, const struct query_value *values,
                       struct error *err)
{
    struct run_as *told = context;

    (void)err;
    go_on(told, values[0].text);
    text_addf(&told->words, "%s as %s (", values[1].text, values[2].text);
    add_layers(told, values[3].integer);
    text_add(&told->words, ")");
    return 0;
}

static int add_merged(void *context, const struct query_value *values,
                      struct error *err)
{
    struct run_as *told = context;

    (void)err;
    go_on(told, values[0].text);
    text_addf(&told->words, "%lld %s in ", (long long)values[1].integer,
              values[1].integer == 1 ? "sub-macro" : "sub-macros");
    add_layers(told, values[2].integer);
    return 0;
}

static int tell_of(struct store *store, const struct query_ask *ask,
                   const struct query_sink *sink, struct error *err)
{
    struct run_as *told = sink->context;
    int status;

    text_init(&told->machine);
    text_init(&told->words);
    status = query_run(store, ask, sink, err);
    if (status == 0)
        tell(told);
    text_release(&told->words);
    text_release(&told->machine);
    return status;
}

int run_as_tell(const struct call *call, struct store *store,
                const char *traces, const char *machines, struct error *err)
{
    const struct query_parameter parameters[] = { { "traces", traces },
                                                  { "machines", machines } };
    struct query_ask ask = { .sql = sql,
                             .author = QUERY_OF_OURS,
                             .parameters = parameters,
                             .count = 2 };
    struct run_as told = { .call = call, .verb = "ran" };
    const struct query_sink ran = { ignore_names, add_pattern, &told };
    const struct query_sink merged = { ignore_names, add_merged, &told };

    if (call->quiet)
        return 0;
    if (tell_of(store, &ask, &ran, err) < 0)
        return -1;
    ask.sql = merged_sql;
    told.verb = "merged";
    return tell_of(store, &ask, &merged, err);
}
