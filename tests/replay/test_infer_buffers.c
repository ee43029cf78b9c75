/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nothing leaves a buffer that is not read there: what operators of whole
 * inferences take from activation buffer, staging and store, against closed
 * forms of the sizes, in both ways.  Two sequences of 21 tokens each, and three
 * steps more.
 */
#include <string.h>

#include "models/inference/inference.h"
#include "replay/shape_file.h"
#include "tests/models/cases.h"
#include "tests/replay/lists.h"
#include "tests/suite.h"

/* Sizes, with those of all blocks and both sequences in them: tokens of the
 * prompt and of the steps, and elements of a state. */
enum {
    PROMPT = 3 * 2 * 21,
    STEPS = 3 * 2 * 3,
    SEEN = 3 * 2 * (22 + 23 + 24), /* keys that the steps meet */
    PAIRS = 3 * 2 * (21 * 22 / 2), /* that the prompt meets */
    Q = 96,
    K = 32,
    HEADS = 6,

    TOLD = 2 * 2 * 21, /* the same of a state space */
    MADE = 2 * 2 * 3,
    INNER = 144,
    STATE = 144 * 20,
    CHUNKS = 2 * 2 * 3,
};

#define MEMORY "dram.kind=lpddr5-6400"
#define STORE  MEMORY " state.capacity=1000000"
#define ENGINE " attention.engine=separate"
#define NARROW                                                                 \
    MEMORY " activations.capacity=300 outputs.capacity=4000 blocking=stream"

enum { ANY = -1 };

static const struct {
    const char *model, *settings, *row;
    bool decoding;
    int64_t read, written; /* of the activation buffer */
    int64_t staged;
    int64_t from_store, into_store;
} expected[] = {
    /* Keys and values leave, wherever they go; a step's own are still there. */
    { grouped, MEMORY, "append", false, PROMPT * 2 * K, 0, 0, 0, 0 },
    { grouped, MEMORY, "append", true, STEPS * 2 * K, 0, 0, 0, 0 },
    { grouped, MEMORY, "scores", false, 0, PAIRS *HEADS, PROMPT *K, 0, 0 },
    { grouped, MEMORY, "scores", true, STEPS *K, SEEN *HEADS,
      (SEEN - STEPS) * K, 0, 0 },
    { grouped, MEMORY, "values", true, STEPS *K, STEPS *Q, (SEEN - STEPS) * K,
      0, 0 },
    { grouped, MEMORY " state.bits=4", "append", false, PROMPT * 2 * K, 0, 0, 0,
      0 },
    { grouped, MEMORY " state.bits=4", "values", true, STEPS *K, ANY,
      (SEEN - STEPS) * K / 2, 0, 0 },
    { grouped, STORE, "append", false, PROMPT * 2 * K, 0, 0, 0,
      PROMPT * 2 * K },
    { grouped, STORE " state.bits=16", "append", true, STEPS * 2 * K, 0, 0, 0,
      STEPS * 4 * K },
    { grouped, STORE, "scores", false, 0, ANY, 0, PROMPT *K, 0 },
    { grouped, STORE, "values", true, 0, ANY, 0, SEEN *K, 0 },
    { grouped, "", "append", false, 0, 0, 0, 0, 0 },
    { grouped, "", "scores", true, SEEN *K, ANY, 0, 0, 0 },
    { grouped, MEMORY ENGINE, "scores", false, PROMPT *Q, PAIRS *HEADS,
      PROMPT *K, 0, 0 },
    { grouped, MEMORY ENGINE, "scores", true, STEPS *(K + Q), ANY,
      (SEEN - STEPS) * K, 0, 0 },
    { grouped, MEMORY ENGINE, "values", true, STEPS *K + SEEN *HEADS, ANY,
      (SEEN - STEPS) * K, 0, 0 },
    { grouped, ENGINE, "values", true, SEEN *(K + HEADS), ANY, 0, 0, 0 },

    /* Units read what they take, and no more than was made. */
    { grouped, MEMORY, "positions", false, PROMPT *(Q + K), PROMPT *(Q + K), 0,
      0, 0 },
    { grouped, MEMORY, "softmax", true, SEEN *HEADS, SEEN *HEADS, 0, 0, 0 },
    { grouped, MEMORY, "feed_activation", false, PROMPT * 2 * 200, PROMPT * 200,
      0, 0, 0 },
    { grouped, NARROW, "feed_activation", false, PROMPT * 3 * 200, PROMPT * 200,
      0, 0, 0 },
    { grouped, NARROW, "append", false, PROMPT * 2 * K, 0, 0, 0, 0 },
    { grouped, NARROW ENGINE, "values", false, PROMPT *Q + PAIRS *HEADS,
      PROMPT *Q, ANY, 0, 0 },

    /* A state is read and written for every token, wherever it stands: in
     * staging once more each way, as it comes and goes. */
    { selective, MEMORY, "scan", false, TOLD *(2 * INNER + 45), TOLD *INNER,
      TOLD *STATE * 2, 0, 0 },
    { selective, MEMORY, "scan", true, MADE *(2 * INNER + 45), MADE *INNER,
      2 * MADE *STATE * 2, 0, 0 },
    { selective, MEMORY " scan.bits=32", "scan", false, TOLD *(2 * INNER + 45),
      ANY, TOLD *STATE * 4, 0, 0 },
    { selective, STORE, "scan", false, TOLD *(2 * INNER + 45), TOLD *INNER, 0,
      TOLD *STATE * 2, TOLD *STATE * 2 },
    { selective, "", "scan", true, MADE *(2 * INNER + 45 + STATE * 2),
      MADE *(INNER + STATE * 2), 0, 0, 0 },
    { selective, MEMORY, "gate", false, TOLD * 2 * INNER, TOLD *INNER, 0, 0,
      0 },

    /* Images of what was made are read where they lie. */
    { chunked, MEMORY, "intra", false, TOLD *INNER, ANY, 0, 0, 0 },
    { chunked, MEMORY, "inter", false, CHUNKS *STATE, ANY, 0, 0, 0 },
    { chunked, MEMORY " attention.bits=4", "inter", false, CHUNKS *STATE, ANY,
      0, 0, 0 },
    { chunked, MEMORY, "handover", false, CHUNKS *STATE, TOLD *INNER,
      CHUNKS *STATE * 2, 0, 0 },
    { chunked, MEMORY, "scan", true, MADE *(INNER + 2 * 20 + 6), MADE *INNER,
      2 * MADE *STATE * 2, 0, 0 },
};

static void check_counter(size_t at, const struct inference_line *line,
                          enum counter_id counter, int64_t wanted)
{
    if (wanted != ANY)
        ck_assert_msg(line->counters[counter] == (uint64_t)wanted,
                      "%s, %s: %s.%s is %llu, not %lld", expected[at].row,
                      expected[at].settings, counter_table[counter].block,
                      counter_table[counter].name,
                      (unsigned long long)line->counters[counter],
                      (long long)wanted);
}

static void check_row(size_t at, enum inference_way way)
{
    struct inference_result result;
    struct machine machine;
    struct shape_file file;
    const struct inference_line *line;
    struct error err;

    golden_machine(&machine);
    set_machine(&machine, expected[at].settings);
    list_read(&file, expected[at].model, "dense");
    ck_assert_msg(
        inference_run(&result,
                      &(struct inference_asked){ .machine = &machine,
                                                 .sizes = file.sizes,
                                                 .layers = file.layer,
                                                 .layer_count = file.layers,
                                                 .prompt = 21,
                                                 .generate = 4,
                                                 .batch = 2,
                                                 .way = way },
                      &err) == 0,
        "%s", err.text);
    line = result.line;
    while (strcmp(line->row->name, expected[at].row) != 0 ||
           line->decoding != expected[at].decoding)
        line++;
    check_counter(at, line, COUNTER_OPERAND_BYTES, expected[at].read);
    check_counter(at, line, COUNTER_RESULT_BYTES, expected[at].written);
    check_counter(at, line, COUNTER_STAGED_BYTES, expected[at].staged);
    check_counter(at, line, COUNTER_STATE_READ, expected[at].from_store);
    check_counter(at, line, COUNTER_STATE_WRITTEN, expected[at].into_store);
    inference_result_release(&result);
    shape_file_release(&file);
}

START_TEST(what_leaves_a_buffer_is_read_there)
{
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        check_row(i, _i ? INFERENCE_SLOW : INFERENCE_FAST);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("infer_buffers");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, what_leaves_a_buffer_is_read_there, 0, 2);
    tcase_set_timeout(all, 60);
    suite_add_tcase(suite, all);
    return suite;
}
