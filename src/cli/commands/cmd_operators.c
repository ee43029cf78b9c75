/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a model does in an inference, counted without any machine.  The prompt
 * is one step; decoding is a step a token, which see one cached token more each
 * time, so that their counts are added up step by step.  Operators of the same
 * name, kind and operands in different blocks are one line.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/frame/command.h"
#include "cli/print/table.h"
#include "cli/sizes.h"
#include "trace/operators.h"

struct operators_asked {
    uint64_t prompt, generate, batch;
};

/* One line: an operator in all the blocks that have it, over all steps. */
struct operator_line {
    const struct operator_row *row;
    char *from;
    uint64_t blocks;
    struct operator_count counts;
};

struct operator_lines {
    struct operator_line *at;
    size_t count, capacity;
};

static char *makers_text(const struct operator_row *const *rows, size_t number)
{
    int maker[OPERATOR_MAX_MAKERS];
    size_t makers = operator_makers(maker, rows, number);
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < makers; i++)
        text_addf(&text, "%s%s", i ? " " : "",
                  maker[i] < 0 ? "input" : rows[maker[i]]->name);
    return text_take(&text);
}

static struct operator_line *line_of(struct operator_lines *lines,
                                     const struct operator_row *const *rows,
                                     size_t number)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->at[i].row == rows[number])
            return &lines->at[i];
    lines->at = memory_grow(lines->at, &lines->capacity, lines->count + 1,
                            sizeof *lines->at);
    lines->at[lines->count] =
        (struct operator_line){ .row = rows[number],
                                .from = makers_text(rows, number) };
    return &lines->at[lines->count++];
}

static int add_counts(struct operator_count *sum,
                      const struct operator_count *more, struct error *err)
{
    if (__builtin_add_overflow(sum->macs, more->macs, &sum->macs) ||
        __builtin_add_overflow(sum->elements, more->elements, &sum->elements) ||
        __builtin_add_overflow(sum->bytes, more->bytes, &sum->bytes) ||
        sum->macs > INT64_MAX || sum->elements > INT64_MAX ||
        sum->bytes > INT64_MAX)
        return error_set(err, ERROR_USAGE,
                         "all steps together have more than 2^63 parts");
    return 0;
}

/* A place of the model, in one step. */
struct visit {
    const struct model_sizes *sizes;
    struct operator_step step;
    enum operator_place place;
    uint32_t block;
    bool counts_blocks; /* the first step of its kind */
};

static int add_place(struct operator_lines *lines, const struct visit *visit,
                     struct error *err)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count = operator_rows(rows, visit->sizes, visit->place, visit->block,
                                 &visit->step);

    for (size_t i = 0; i < count; i++) {
        struct operator_line *line = line_of(lines, rows, i);
        struct operator_count counts;

        if (operator_counts(&counts, rows[i], visit->sizes, &visit->step, err) <
                0 ||
            add_counts(&line->counts, &counts, err) < 0)
            return -1;
        line->blocks += visit->counts_blocks;
    }
    return 0;
}

static int add_step(struct operator_lines *lines,
                    const struct model_sizes *sizes,
                    const struct operator_step *step, bool is_first,
                    struct error *err)
{
    struct visit visit = { sizes, *step, PLACE_START, 0, is_first };

    if (add_place(lines, &visit, err) < 0)
        return -1;
    visit.place = PLACE_BLOCK;
    for (; visit.block < sizes->blocks; visit.block++)
        if (add_place(lines, &visit, err) < 0)
            return -1;
    visit.place = PLACE_FINISH;
    visit.block = 0;
    return add_place(lines, &visit, err);
}

static void cmd_operators_add_product(struct text *text,
                                      const enum dim *product)
{
    if (*product == DIM_END)
        text_add(text, "1");
    for (const char *star = ""; *product != DIM_END; product++, star = "*")
        text_addf(text, "%s%s", star, dim_names[*product]);
}

/* T x K x O of what multiplies, else the product that is counted. */
static char *operands_text(const struct operator_row *row)
{
    struct text text;

    text_init(&text);
    if (row->kind == OPERATOR_LINEAR || row->kind == OPERATOR_PRODUCT) {
        if (row->count[0] != DIM_END) {
            cmd_operators_add_product(&text, row->count);
            text_add(&text, " of ");
        }
        cmd_operators_add_product(&text, row->rows);
        text_add(&text, " x ");
        cmd_operators_add_product(&text, row->inputs);
        text_add(&text, " x ");
        cmd_operators_add_product(&text, row->outputs);
    } else {
        cmd_operators_add_product(&text, row->work);
    }
    return text_take(&text);
}

static void print_lines(struct table *table, const char *phase,
                        struct operator_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct operator_line *line = &lines->at[i];
        char *operands = operands_text(line->row);

        table_text(table, phase);
        table_text(table, line->row->name);
        table_text(table, operator_kinds[line->row->kind]);
        table_integer(table, (int64_t)line->blocks);
        table_text(table, line->from[0] ? line->from : NULL);
        table_text(table, operands);
        table_integer(table, (int64_t)line->counts.macs);
        table_integer(table, (int64_t)line->counts.elements);
        table_integer(table, (int64_t)line->counts.bytes);
        table_text(table, line->row->class == CLASS_NONE
                              ? NULL
                              : operator_classes[line->row->class]);
        free(operands);
        free(line->from);
    }
    free(lines->at);
    *lines = (struct operator_lines){ 0 };
}

static int list_operators(struct table *table, const struct model_sizes *sizes,
                          const struct operators_asked *asked,
                          struct error *err)
{
    struct operator_step step = { (uint32_t)asked->batch,
                                  (uint32_t)asked->prompt, 0 };
    struct operator_lines lines = { 0 };
    int status = add_step(&lines, sizes, &step, true, err);

    print_lines(table, "prompt", &lines);
    step.tokens = 1;
    for (uint64_t t = 1; status == 0 && t < asked->generate; t++) {
        step.cached = (uint32_t)(asked->prompt + t - 1);
        status = add_step(&lines, sizes, &step, t == 1, err);
    }
    print_lines(table, "decoding", &lines);
    return status;
}

static int cmd_operators_check_asked(const struct operators_asked *asked,
                                     struct error *err)
{
    if (asked->prompt < 1 || asked->generate < 1 ||
        asked->prompt > OPERATOR_MAX_TOKENS ||
        asked->generate > OPERATOR_MAX_TOKENS - asked->prompt)
        return error_set(err, ERROR_USAGE,
                         "--prompt and --generate: at least 1 each, and at "
                         "most %d together, was expected",
                         OPERATOR_MAX_TOKENS);
    if (asked->batch < 1 || asked->batch > OPERATOR_MAX_BATCH)
        return error_set(err, ERROR_USAGE, "--batch: 1 to %d was expected",
                         OPERATOR_MAX_BATCH);
    return 0;
}

static int cmd_operators_run(const struct call *call, struct error *err)
{
    static const char *const names[] = { "phase",  "operator", "kind",
                                         "blocks", "from",     "operands",
                                         "macs",   "elements", "bytes",
                                         "class" };
    const struct operators_asked *asked = call->options;
    struct model_sizes sizes;
    struct table table;
    char *name;
    int status;

    if (cmd_operators_check_asked(asked, err) < 0 ||
        named_sizes(&sizes, &name, call->arguments[0], err) < 0)
        return -1;
    table_begin(&table, table_format_of(call, TABLE_ALIGNED),
                sizeof names / sizeof *names, names);
    status = list_operators(&table, &sizes, asked, err);
    table_end(&table);
    free(name);
    return status;
}

#define AT(member) offsetof(struct operators_asked, member)

static const struct command_option option_table[] = {
    { "prompt", 0, OPTION_COUNT, AT(prompt), "S", NULL, "2048",
      "tokens of a sequence's prompt" },
    { "generate", 0, OPTION_COUNT, AT(generate), "G", NULL, "128",
      "tokens that are generated; the prompt makes the first" },
    { "batch", 0, OPTION_COUNT, AT(batch), "B", NULL, "1", "sequences" },
    { 0 }
};

const struct command cmd_operators = {
    .name = "operators",
    .arguments = "MODEL",
    .summary = "the operators of an inference, and what they count",
    .description =
        "One row an operator, summed over all blocks and, in decoding, all "
        "steps: products, elements, and bytes that are kept outside of the "
        "operator (weights, keys and values of 8 bits each, states of 16). No "
        "machine is needed. MODEL is a folder, a config.json, a trace, or a "
        "list of shapes.",
    .common = COMMAND_JSON,
    .minimum = 1,
    .maximum = 1,
    .options = option_table,
    .options_size = sizeof(struct operators_asked),
    .run = cmd_operators_run,
};
