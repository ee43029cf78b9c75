/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `flexcim generate`: tokens whose every 8-bit linear output is what a
 * machine's array computes, beside those of the forward pass.  It needs no
 * tokenizer: prompts are rows of token ids, and so is what is made.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/frame/session_call.h"
#include "cli/print/output.h"
#include "cli/print/table.h"
#include "replay/machine_file.h"
#include "workflow/forecast.h"
#include "workflow/machine_tokens.h"
#include "workflow/pruned.h"
#include "workflow/steps.h"

struct generate_options {
    const char *tokens, *plan, *trace, *calibration, *machine;
    struct texts settings;
    uint64_t rows, prompt, generate;
    bool slow;
};

/* What the tokens are made of. */
struct generate_call {
    const struct call *call;
    const struct model *model;
    const struct model_tokens *tokens;
    const struct machine_file *machine;
    const struct prune *prune; /* NULL: dense */
};

static char *print_ids(const int32_t *ids, uint32_t count)
{
    struct text text;

    text_init(&text);
    for (uint32_t i = 0; i < count; i++)
        text_addf(&text, "%s%d", i ? " " : "", ids[i]);
    return text_take(&text);
}

static void cmd_generate_print(struct table *table,
                               const struct generate_call *generate, size_t row,
                               const struct machine_tokens_row *made)
{
    const struct generate_options *asked = generate->call->options;
    char *ids = print_ids(made->made, (uint32_t)asked->generate);

    table_text(table, model_name(generate->model));
    table_text(table,
               generate->prune ? generate->prune->plan->method : "dense");
    table_text(table, generate->machine->name);
    table_integer(table, (int64_t)row);
    table_integer(table, (int64_t)asked->prompt);
    table_integer(table, (int64_t)asked->generate);
    table_integer(table, (int64_t)made->agreed);
    table_integer(table, (int64_t)made->linear_cycles);
    table_text(table, ids);
    free(ids);
}

static int generate_rows(const struct generate_call *generate,
                         struct machine_tokens *machine, struct table *table,
                         struct error *err)
{
    const struct generate_options *asked = generate->call->options;
    const struct model_tokens *tokens = generate->tokens;
    int32_t *made = memory_new(asked->generate, sizeof *made);
    int status = 0;

    for (size_t row = 0; status == 0 && row < tokens->rows; row++) {
        struct machine_tokens_row of = { .prompt =
                                             tokens->ids + row * tokens->length,
                                         .made = made };

        status = machine_tokens_run(machine, &of, err);
        if (status == 0)
            cmd_generate_print(table, generate, row, &of);
    }
    free(made);
    return status;
}

static void generate_tell(const struct session *session,
                          const struct machine_tokens_asked *what, size_t rows)
{
    struct forecast forecast;

    if (!forecast_is_heard(session))
        return;
    forecast_tokens(&forecast, what, rows);
    forecast_tell(&forecast, session,
                  &(struct forecast_words){ "generate", NULL, 1 });
}

static int generate_all(const struct generate_call *generate, struct error *err)
{
    static const char *const names[] = {
        "model",     "method",     "machine",       "row",   "prompt",
        "generated", "as_forward", "linear_cycles", "tokens"
    };
    const struct generate_options *asked = generate->call->options;
    struct machine_tokens_asked what = {
        .model = generate->model,
        .prune = generate->prune,
        .machine = &generate->machine->machine,
        .prompt = (uint32_t)asked->prompt,
        .made = (uint32_t)asked->generate,
        .slow = asked->slow,
    };
    struct machine_tokens *machine;
    struct session_call at;
    struct table table;
    int status;

    session_call_begin(&at, generate->call);
    what.progress = &at.progress;
    generate_tell(&at.session, &what, generate->tokens->rows);
    if (machine_tokens_open(&machine, &what, err) < 0)
        return session_call_end(&at, -1, err);
    machine_tokens_expect(&at.progress, generate->tokens->rows, what.prompt,
                          what.made);
    table_begin(&table, table_format_of(generate->call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    status = generate_rows(generate, machine, &table, err);
    table_end(&table);
    if (status == 0)
        progress_end(&at.progress);
    machine_tokens_close(machine);
    return session_call_end(&at, status, err);
}

static struct pruned_asked generate_asked(const struct call *call)
{
    const struct generate_options *asked = call->options;

    return (struct pruned_asked){ asked->plan, asked->trace, asked->calibration,
                                  (unsigned)call->workers };
}

static int generate_pruned(struct generate_call *generate, struct error *err)
{
    const struct pruned_asked asked = generate_asked(generate->call);
    struct pruned pruned;
    char *words;
    int status;

    if (pruned_open(&pruned, generate->model, &asked, err) < 0)
        return -1;
    generate->model = pruned.prune.model;
    generate->prune = &pruned.prune;
    status = generate_all(generate, err);
    words = prune_dampened_words(&pruned.prune);
    if (status == 0 && words)
        output_note(generate->call, "%s: %s", pruned.plan.method, words);
    free(words);
    if (status == 0)
        prune_forget(&pruned.prune);
    pruned_close(&pruned);
    return status;
}

static int generate_with_tokens(struct generate_call *generate,
                                struct error *err)
{
    const struct generate_options *asked = generate->call->options;
    struct model_tokens tokens;
    int status;

    if (model_tokens_read(&tokens, asked->tokens, "test", (size_t)asked->rows,
                          generate->model, err) < 0)
        return -1;
    generate->tokens = &tokens;
    status = model_tokens_has_rows(&tokens, asked->rows, err);
    if (status == 0 && asked->prompt > tokens.length)
        status =
            error_set(err, ERROR_USAGE, "--prompt: rows of `%s` have %u tokens",
                      tokens.tensor, tokens.length);
    if (status == 0)
        status = generation_check(generate->model, (uint32_t)asked->prompt,
                                  (uint32_t)asked->generate, err);
    if (status == 0)
        status = asked->plan ? generate_pruned(generate, err)
                             : generate_all(generate, err);
    model_tokens_release(&tokens);
    return status;
}

static int cmd_generate_check(const struct call *call, struct error *err)
{
    const struct generate_options *asked = call->options;
    const struct pruned_asked from = generate_asked(call);

    if (!asked->tokens)
        return error_set(err, ERROR_USAGE,
                         "generate needs --tokens FILE[:TENSOR], a safetensors "
                         "file of token ids [rows][tokens]; its rows begin "
                         "with the prompts");
    if (pruned_check(&from, err) < 0)
        return -1;
    if (asked->prompt < 1 || asked->generate < 1 || asked->prompt > 1 << 16 ||
        asked->generate > 1 << 16)
        return error_set(err, ERROR_USAGE,
                         "--prompt and --generate: 1 to 65536 was expected");
    return 0;
}

static int cmd_generate_run(const struct call *call, struct error *err)
{
    const struct generate_options *asked = call->options;
    struct generate_call generate = { .call = call };
    struct machine_file machine;
    struct model *model;
    int status;

    if (cmd_generate_check(call, err) < 0 ||
        machine_file_read(&machine, asked->machine, asked->settings.at,
                          asked->settings.count, err) < 0)
        return -1;
    status = model_open(&model, call->arguments[0], err);
    if (status == 0) {
        output_remarks(call, model_remarks(model));
        generate.model = model;
        generate.machine = &machine;
        status = generate_with_tokens(&generate, err);
        model_close(model);
    }
    machine_file_release(&machine);
    return status;
}

#define AT(member) offsetof(struct generate_options, member)

static const struct command_option option_table[] = {
    { "tokens", 0, OPTION_TEXT, AT(tokens), "FILE[:TENSOR]", NULL, NULL,
      "rows of tokens that begin with the prompts (tensor `test`)" },
    { "rows", 0, OPTION_COUNT, AT(rows), "N", NULL, "1",
      "how many of its rows, from the first" },
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, "16",
      "tokens of a row that are its prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, "64",
      "tokens that are made" },
    { "plan", 0, OPTION_TEXT, AT(plan), "FILE", NULL, NULL,
      "prune by this plan first (dense)" },
    { "machine", 'm', OPTION_TEXT, AT(machine), "NAME", NULL, "flexcim",
      "the machine, by name or file" },
    { "set", 0, OPTION_TEXTS, AT(settings), "PATH=VALUE", NULL, NULL,
      "a parameter of the machine; may be given several times" },
    { "slow", 0, OPTION_FLAG, AT(slow), NULL, NULL, NULL,
      "send every vector through every block of the machine as events" },
    { "trace", 0, OPTION_TEXT, AT(trace), "FILE", NULL, NULL,
      "the recorded trace, if it is no longer where the plan says" },
    { "calibration", 0, OPTION_TEXT, AT(calibration), "FILE[:TENSOR]", NULL,
      NULL,
      "where the calibration tokens are now, if the plan needs them (where the "
      "trace says they were)" },
    { 0 }
};

const struct command cmd_generate = {
    .name = "generate",
    .arguments = "CHECKPOINT",
    .summary = "tokens that a modelled machine makes, value by value",
    .description =
        "Continues prompts, always with the likeliest token. Every linear "
        "map, the head too, computes in 8 bits, and its sums are those of the "
        "machine's array; all else is computed in f32. `as_forward` says how "
        "many tokens, from the first, are those of the same forward pass "
        "without a machine; `linear_cycles` are those of replays of each map "
        "alone.",
    .example = "flexcim generate traces/checkpoints/llama-7m --tokens "
               "traces/checkpoints/tokens.safetensors --generate 8",
    .common = COMMAND_JSON | COMMAND_WORKERS,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct generate_options),
    .run = cmd_generate_run,
};
