/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole inferences in both ways: random models of all kinds on random machines,
 * each operator's clocks, bytes and counters the same.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "models/inference/inference.h"
#include "replay/shape_file.h"
#include "tests/models/cases.h"
#include "tests/replay/lists.h"
#include "tests/suite.h"

static unsigned draw(uint64_t *seed, unsigned from, unsigned to)
{
    return from + (unsigned)random_below(seed, to - from + 1);
}

/* Attention of any grouping, and a feed-forward part or experts. */
static char *draw_transformer(uint64_t *seed)
{
    unsigned width = draw(seed, 3, 40), head = 2 * draw(seed, 1, 8);
    unsigned keys = draw(seed, 1, 3), heads = keys * draw(seed, 1, 3);
    unsigned feed = draw(seed, 3, 60), experts = draw(seed, 2, 5);
    unsigned blocks = draw(seed, 1, 3);
    bool has_experts = draw(seed, 0, 2) == 0;
    char *attention =
        memory_printf("name: drawn\nblocks: %u\nlayers:\n"
                      "  q_proj: {inputs: %u, outputs: %u}\n"
                      "  k_proj: {inputs: %u, outputs: %u}\n"
                      "  v_proj: {inputs: %u, outputs: %u}\n"
                      "  o_proj: {inputs: %u, outputs: %u}\n",
                      blocks, width, heads * head, width, keys * head, width,
                      keys * head, heads * head, width);
    char *sizes = memory_printf(
        "model: {kind: transformer, width: %u, vocabulary: %u, heads: %u, "
        "key_heads: %u, head: %u, gated: yes, norms: %u, ",
        width, draw(seed, 5, 90), heads, keys, head, 2 * draw(seed, 1, 2));
    char copies[32] = "", *text;

    if (has_experts)
        snprintf(copies, sizeof copies, ", copies: %u", experts);
    text = memory_printf("%s  %sgate_proj: {inputs: %u, outputs: %u%s}\n"
                         "  %sup_proj: {inputs: %u, outputs: %u%s}\n"
                         "  %sdown_proj: {inputs: %u, outputs: %u%s}\n%s",
                         attention, has_experts ? "experts." : "", width, feed,
                         copies, has_experts ? "experts." : "", width, feed,
                         copies, has_experts ? "experts." : "", feed, width,
                         copies, sizes);
    free(attention);
    free(sizes);
    sizes = has_experts ? memory_printf("%sexperts: %u, experts_used: %u, "
                                        "expert_feed: %u}\n",
                                        text, experts, draw(seed, 1, 2), feed)
                        : memory_printf("%sfeed: %u}\n", text, feed);
    free(text);
    return sizes;
}

static char *draw_mamba(uint64_t *seed)
{
    unsigned width = draw(seed, 3, 40), inner = draw(seed, 3, 50);
    unsigned state = draw(seed, 1, 9), rank = draw(seed, 1, 6);

    return memory_printf(
        "name: drawn\nblocks: %u\nlayers:\n"
        "  in_proj: {inputs: %u, outputs: %u}\n"
        "  x_proj: {inputs: %u, outputs: %u}\n"
        "  dt_proj: {inputs: %u, outputs: %u}\n"
        "  mixer.out_proj: {inputs: %u, outputs: %u}\n"
        "model: {kind: mamba, width: %u, vocabulary: %u, inner: %u, "
        "state: %u, rank: %u}\n",
        draw(seed, 1, 3), width, 2 * inner, inner, rank + 2 * state, rank,
        inner, inner, width, width, draw(seed, 5, 90), inner, state, rank);
}

static char *draw_mamba2(uint64_t *seed)
{
    unsigned width = draw(seed, 3, 40), heads = draw(seed, 1, 5);
    unsigned head = draw(seed, 2, 9), inner = heads * head;
    unsigned state = draw(seed, 1, 9);

    return memory_printf(
        "name: drawn\nblocks: %u\nlayers:\n"
        "  in_proj: {inputs: %u, outputs: %u}\n"
        "  mixer.out_proj: {inputs: %u, outputs: %u}\n"
        "model: {kind: mamba2, width: %u, vocabulary: %u, heads: %u, "
        "head: %u, inner: %u, state: %u, groups: 1, chunk: %u}\n",
        draw(seed, 1, 3), width, 2 * inner + 2 * state + heads, inner, width,
        width, draw(seed, 5, 90), heads, head, inner, state, draw(seed, 2, 9));
}

static void draw_model(struct shape_file *file, uint64_t *seed)
{
    static char *(*const kinds[])(uint64_t *) = { draw_transformer, draw_mamba,
                                                  draw_mamba2 };
    static const char *const patterns[] = { "4:8", "2:4", "1:4", "dense" };
    char *text = kinds[draw(seed, 0, 2)](seed);

    list_read(file, text, patterns[draw(seed, 0, 3)]);
    free(text);
}

static void check_lines(const struct inference_result *fast,
                        const struct inference_result *slow, uint64_t round)
{
    ck_assert_uint_eq(fast->lines, slow->lines);
    for (size_t i = 0; i < fast->lines; i++) {
        const struct inference_line *one = &fast->line[i],
                                    *other = &slow->line[i];

        ck_assert_msg(one->sum.clocks == other->sum.clocks,
                      "inference %llu, %s: %llu clocks, and %llu",
                      (unsigned long long)round, one->row->name,
                      (unsigned long long)one->sum.clocks,
                      (unsigned long long)other->sum.clocks);
        ck_assert_mem_eq(one->sum.bytes, other->sum.bytes,
                         sizeof one->sum.bytes);
        for (int c = 0; c < ALL_COUNTERS; c++)
            ck_assert_msg(one->counters[c] == other->counters[c],
                          "inference %llu, %s: %s.%s is %llu, and %llu",
                          (unsigned long long)round, one->row->name,
                          counter_table[c].block, counter_table[c].name,
                          (unsigned long long)one->counters[c],
                          (unsigned long long)other->counters[c]);
        ck_assert_mem_eq(one->modes, other->modes, sizeof one->modes);
    }
}

/* What random machines have none of: a store of none, of a few or of all keys
 * and states, of any bits; an engine for products. */
static void draw_rest(struct machine *machine, uint64_t seed)
{
    static const uint64_t bits[] = { 4, 8, 16 };

    machine->state.capacity = draw(&seed, 0, 2) * draw(&seed, 1, 4000);
    machine->state.bits = bits[draw(&seed, 0, 2)];
    machine->attention.engine = draw(&seed, 0, 1);
}

/* Both ways of a drawn model on a drawn machine; false: the machine refuses. */
static bool ways_agree(uint64_t round)
{
    struct inference_result fast, slow;
    struct shape_file file;
    struct machine machine;
    struct inference_asked asked;
    uint64_t seed = round + 900;
    struct error err;

    random_machine(&machine, &seed);
    if (round % 2 == 1)
        draw_rest(&machine, round);
    draw_model(&file, &seed);
    asked = (struct inference_asked){ .machine = &machine,
                                      .sizes = file.sizes,
                                      .layers = file.layer,
                                      .layer_count = file.layers,
                                      .prompt = draw(&seed, 1, 14),
                                      .generate = draw(&seed, 1, 4),
                                      .batch = draw(&seed, 1, 3) };
    asked.shown.count = asked.generate;
    if (inference_run(&fast, &asked, &err) < 0) {
        ck_assert_int_eq(err.kind, ERROR_DATA);
        shape_file_release(&file);
        return false;
    }
    asked.way = INFERENCE_SLOW;
    ck_assert_msg(inference_run(&slow, &asked, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(fast.clocks, slow.clocks);
    ck_assert_mem_eq(fast.end, slow.end, fast.steps * sizeof *fast.end);
    check_lines(&fast, &slow, round);
    ck_assert_uint_eq(fast.spans, slow.spans);
    for (size_t i = 0; i < fast.spans; i++) {
        ck_assert_uint_eq(fast.span[i].from, slow.span[i].from);
        ck_assert_uint_eq(fast.span[i].until, slow.span[i].until);
    }
    inference_result_release(&fast);
    inference_result_release(&slow);
    shape_file_release(&file);
    return true;
}

START_TEST(event_by_event_is_the_same_inference)
{
    uint64_t rounds = getenv("MODELS_SOAK") ? 1000 : 40, ran = 0;

    for (uint64_t round = 0; ran < rounds; round++)
        ran += ways_agree(round);
}
END_TEST

/* Found by more rounds than the quick tests have. */
START_TEST(what_was_wrong_once_is_the_same_inference)
{
    static const uint64_t rounds[] = {
        348, /* values leave, and the last keys are not seen by all queries */
    };

    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++)
        ck_assert(ways_agree(rounds[i]));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("infer_ways");
    TCase *all = tcase_create("all");

    tcase_add_test(all, event_by_event_is_the_same_inference);
    tcase_add_test(all, what_was_wrong_once_is_the_same_inference);
    suite_add_tcase(suite, all);
    return suite;
}
