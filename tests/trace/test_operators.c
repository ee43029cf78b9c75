/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/operators.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tests/suite.h"
#include "trace/expert_load.h"
#include "trace/operator_tables.h"

static void make(struct model_sizes *sizes, const char *text)
{
    struct error err;

    ck_assert_msg(model_sizes_parse(sizes, text, &err) == 0, "%s", err.text);
}

static const char grouped[] =
    "{\"blocks\": 3, \"kind\": \"transformer\", \"width\": 40, \"vocabulary\": "
    "97, \"heads\": 6, \"key_heads\": 2, \"head\": 10, \"feed\": 33, "
    "\"gated\": \"yes\"}";
static const char chunked[] =
    "{\"blocks\": 2, \"kind\": \"mamba2\", \"width\": 24, \"vocabulary\": 11, "
    "\"heads\": 6, \"head\": 8, \"inner\": 48, \"state\": 5, \"groups\": 2, "
    "\"chunk\": 7}";
static const char selective[] =
    "{\"blocks\": 2, \"kind\": \"mamba\", \"width\": 24, \"vocabulary\": 11, "
    "\"inner\": 48, \"state\": 5, \"rank\": 3}";

/* What the operator of that name does in a step of block 0 or of the ends. */
static struct operator_count counts_of(const struct model_sizes *sizes,
                                       const char *name,
                                       const struct operator_step *step)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    struct operator_count counts;
    struct error err;

    for (int place = PLACE_START; place <= PLACE_FINISH; place++) {
        size_t count =
            operator_rows(rows, sizes, (enum operator_place)place, 0, step);

        for (size_t i = 0; i < count; i++) {
            if (strcmp(rows[i]->name, name) != 0)
                continue;
            ck_assert_int_eq(
                operator_counts(&counts, rows[i], sizes, step, &err), 0);
            return counts;
        }
    }
    ck_abort_msg("no operator %s", name);
}

static bool is_there(const struct model_sizes *sizes, const char *name,
                     const struct operator_step *step)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count = operator_rows(rows, sizes, PLACE_BLOCK, 0, step);

    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i]->name, name) == 0)
            return true;
    return false;
}

/* Every query meets every key up to its own, one by one. */
START_TEST(attention_is_counted_pair_by_pair)
{
    static const struct operator_step steps[] = { { 1, 9, 0 },
                                                  { 3, 1, 12 },
                                                  { 2, 4, 5 } };
    struct model_sizes sizes;

    make(&sizes, grouped);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        const struct operator_step *step = &steps[s];
        uint64_t pairs = 0, tokens = (uint64_t)step->batch * step->tokens;

        for (uint32_t b = 0; b < step->batch; b++)
            for (uint32_t query = 0; query < step->tokens; query++)
                for (uint32_t key = 0; key <= step->cached + query; key++)
                    pairs++;
        ck_assert_uint_eq(counts_of(&sizes, "scores", step).macs,
                          pairs * 6 * 10);
        ck_assert_uint_eq(counts_of(&sizes, "values", step).macs,
                          pairs * 6 * 10);
        ck_assert_uint_eq(counts_of(&sizes, "softmax", step).elements,
                          pairs * 6);
        ck_assert_uint_eq(counts_of(&sizes, "scores", step).bytes +
                              counts_of(&sizes, "values", step).bytes,
                          2u * 2 * 10 * step->cached * step->batch);
        ck_assert_uint_eq(counts_of(&sizes, "append", step).bytes,
                          2 * 2 * 10 * tokens);
        ck_assert_uint_eq(counts_of(&sizes, "values", step).elements,
                          tokens * 60);
        ck_assert_uint_eq(counts_of(&sizes, "positions", step).elements,
                          tokens * (60 + 20));
        ck_assert_uint_eq(counts_of(&sizes, "up", step).macs, tokens * 40 * 33);
        ck_assert_uint_eq(counts_of(&sizes, "up", step).bytes, 40 * 33);
        ck_assert_uint_eq(counts_of(&sizes, "embedding", step).bytes,
                          tokens * 40);
        ck_assert_uint_eq(counts_of(&sizes, "head", step).macs,
                          (uint64_t)step->batch * 40 * 97);
    }
}
END_TEST

/* Chunk by chunk, the last one shorter. */
START_TEST(a_prompt_of_mamba_2_is_chunked_and_decoding_scans)
{
    struct operator_step prompt = { 3, 17, 0 }, decoding = { 3, 1, 17 };
    uint64_t squares = 0, pairs = 0, chunks = 0;
    struct model_sizes sizes;

    make(&sizes, chunked);
    for (uint32_t b = 0; b < 3; b++)
        for (uint32_t first = 0; first < 17; first += 7) {
            uint64_t q = first + 7 <= 17 ? 7 : 17 - first;

            chunks++;
            squares += q * q;
            for (uint64_t i = 1; i <= q; i++)
                pairs += i;
        }
    ck_assert_uint_eq(counts_of(&sizes, "chunk_scores", &prompt).macs,
                      squares * 2 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "decay", &prompt).elements, pairs * 6);
    ck_assert_uint_eq(counts_of(&sizes, "intra", &prompt).macs,
                      squares * 6 * 8);
    ck_assert_uint_eq(counts_of(&sizes, "states", &prompt).macs,
                      51 * 6 * 5 * 8);
    ck_assert_uint_eq(counts_of(&sizes, "inter", &prompt).macs, 51 * 6 * 5 * 8);
    ck_assert_uint_eq(counts_of(&sizes, "handover", &prompt).elements,
                      chunks * 6 * 8 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "handover", &prompt).bytes,
                      3 * 48 * 5 * 2);
    ck_assert(!is_there(&sizes, "scan", &prompt));
    ck_assert(!is_there(&sizes, "decay", &decoding));
    ck_assert_uint_eq(counts_of(&sizes, "scan", &decoding).elements,
                      3 * 6 * 8 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "scan", &decoding).bytes,
                      2 * 3 * 48 * 5 * 2);
    ck_assert_uint_eq(counts_of(&sizes, "convolution", &decoding).elements,
                      3 * (48 + 2 * 2 * 5));
    ck_assert_uint_eq(counts_of(&sizes, "in", &decoding).bytes,
                      24 * (2 * 48 + 2 * 2 * 5 + 6));
}
END_TEST

/* Dao and Gu: groups Q N + heads (Q h + 2 N h) products a token. */
START_TEST(whole_chunks_take_the_published_number_of_products_a_token)
{
    static const char *const names[] = { "chunk_scores", "intra", "states",
                                         "inter" };
    struct operator_step step = { 1, 21, 0 };
    struct model_sizes sizes;
    uint64_t macs = 0;

    make(&sizes, chunked);
    for (int i = 0; i < 4; i++)
        macs += counts_of(&sizes, names[i], &step).macs;
    ck_assert_uint_eq(macs, 21 * (2 * 7 * 5 + 6 * (7 * 8 + 2 * 5 * 8)));
}
END_TEST

START_TEST(mamba_scans_each_channel_s_states)
{
    struct operator_step step = { 2, 5, 0 };
    struct model_sizes sizes;

    make(&sizes, selective);
    ck_assert_uint_eq(counts_of(&sizes, "scan", &step).elements, 10 * 48 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "scan", &step).bytes, 2 * 48 * 5 * 2);
    step.cached = 4;
    ck_assert_uint_eq(counts_of(&sizes, "scan", &step).bytes,
                      2 * 2 * 48 * 5 * 2);
    ck_assert_uint_eq(counts_of(&sizes, "convolution", &step).elements,
                      10 * 48);
    ck_assert_uint_eq(counts_of(&sizes, "select", &step).macs,
                      10 * 48 * (3 + 2 * 5));
}
END_TEST

/* Ten assignments to eight experts hit all of them, four hit four. */
START_TEST(experts_are_loaded_if_a_token_sees_them)
{
    struct operator_step few = { 2, 1, 5 }, many = { 5, 1, 5 };
    struct model_sizes sizes;

    make(&sizes,
         "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 12, "
         "\"vocabulary\": 9, \"heads\": 2, \"head\": 6, \"gated\": \"yes\", "
         "\"experts\": 8, \"experts_used\": 2, \"expert_feed\": 7}");
    ck_assert_uint_eq(counts_of(&sizes, "up", &few).bytes, 4 * 12 * 7);
    ck_assert_uint_eq(counts_of(&sizes, "up", &few).macs, 4 * 12 * 7);
    ck_assert_uint_eq(counts_of(&sizes, "down", &many).bytes, 8 * 12 * 7);
    ck_assert_uint_eq(counts_of(&sizes, "down", &many).macs, 10 * 12 * 7);
    ck_assert_uint_eq(counts_of(&sizes, "router", &many).macs, 5 * 12 * 8);
    ck_assert_uint_eq(counts_of(&sizes, "combine", &many).elements, 10 * 12);
}
END_TEST

static const char shared[] =
    "{\"blocks\": 3, \"kind\": \"transformer\", \"width\": 12, \"vocabulary\": "
    "9, \"heads\": 2, \"head\": 6, \"gated\": \"yes\", \"experts\": 8, "
    "\"experts_used\": 2, \"expert_feed\": 7, \"shared_feed\": 5, "
    "\"shared_weighed\": \"yes\", \"feed\": 31, \"without_experts\": [1]}";

/* As Nemotron-H's MEE*-. */
static const char one_part[] =
    "{\"blocks\": 5, \"kind\": \"mamba2\", \"width\": 24, \"vocabulary\": 11, "
    "\"heads\": 2, \"head\": 12, \"inner\": 48, \"state\": 5, "
    "\"state_heads\": 6, \"state_head\": 8, \"experts\": 8, "
    "\"experts_used\": 2, \"expert_feed\": 7, \"shared_feed\": 5, \"feed\": "
    "31, \"attention\": [3], \"without_experts\": [4], \"feed_only\": [1, 2, "
    "4]}";

/* Every token, whatever it is routed to. */
START_TEST(the_shared_expert_sees_every_token)
{
    struct operator_step step = { 5, 3, 0 };
    struct model_sizes sizes;

    make(&sizes, shared);
    ck_assert_uint_eq(counts_of(&sizes, "shared_gate", &step).macs,
                      15 * 12 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "shared_up", &step).bytes, 12 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "shared_activation", &step).elements,
                      15 * 5);
    ck_assert_uint_eq(counts_of(&sizes, "shared_down", &step).macs,
                      15 * 5 * 12);
    ck_assert_uint_eq(counts_of(&sizes, "shared_mix", &step).macs, 15 * 12);
    ck_assert_uint_eq(counts_of(&sizes, "shared_mix", &step).bytes, 12);
    ck_assert_uint_eq(counts_of(&sizes, "shared_share", &step).elements,
                      15 * 12);
    ck_assert_uint_eq(counts_of(&sizes, "shared_add", &step).elements, 15 * 12);
    sizes.shared_weighed = false;
    ck_assert(!is_there(&sizes, "shared_mix", &step));
    ck_assert(!is_there(&sizes, "shared_share", &step));
    sizes.size[DIM_SHARED_FEED] = 0;
    ck_assert(!is_there(&sizes, "shared_up", &step));
    ck_assert(is_there(&sizes, "combine", &step));
}
END_TEST

/* In whole numbers that add up, each less than one away from its proportion. */
START_TEST(a_step_s_tokens_are_shared_out_as_recorded)
{
    enum { EXPERTS = 7 };
    static const uint32_t uniform[EXPERTS] = { 9, 9, 9, 9, 9, 9, 9 };
    static const uint32_t few[EXPERTS] = { 0, 0, 6, 0, 0, 0, 0 };
    static const uint32_t one[EXPERTS] = { 0, 0, 7, 0, 0, 0, 0 };
    uint64_t share[EXPERTS], seed = 3;

    for (int i = 0; i < 1000; i++) {
        uint32_t weight[EXPERTS], sum = 0;
        uint64_t routed = random_below(&seed, 5000), all = 0;

        for (int e = 0; e < EXPERTS; e++)
            sum += weight[e] = (uint32_t)random_below(&seed, 50);
        weight[6] += EXPERTS;
        sum += EXPERTS;
        expert_load(share, weight, EXPERTS, routed);
        for (int e = 0; e < EXPERTS; e++) {
            double wanted = (double)routed * weight[e] / sum;

            ck_assert_double_lt(fabs((double)share[e] - wanted), 1);
            ck_assert(weight[e] > 0 || share[e] == 0);
            all += share[e];
        }
        ck_assert_uint_eq(all, routed);
    }
    expert_load(share, uniform, EXPERTS, 17);
    for (int e = 0; e < EXPERTS; e++)
        ck_assert_uint_eq(share[e], 17 / EXPERTS + (e < 17 % EXPERTS));
    expert_load(share, one, EXPERTS, 17);
    ck_assert_uint_eq(share[2], 17);
    expert_load(share, few, EXPERTS, 17);
    ck_assert_uint_eq(share[2], 3);
}
END_TEST

START_TEST(blocks_are_of_the_parts_that_lists_say)
{
    static const struct {
        const char *text, *parts; /* a letter a block, by enum model_part */
    } models[] = {
        { grouped, "af af af" },
        { chunked, "s s" },
        { shared, "ae af ae" },
        { one_part, "s e e a f" },
    };

    for (size_t m = 0; m < sizeof models / sizeof *models; m++) {
        struct model_sizes sizes;
        char all[64] = "";

        make(&sizes, models[m].text);
        for (uint32_t b = 0; b < sizes.blocks; b++) {
            if (b > 0)
                strcat(all, " ");
            for (int part = 0; part < MODEL_PARTS; part++)
                if (model_block_has(&sizes, b, (enum model_part)part))
                    strncat(all, &"asfe"[part], 1);
        }
        ck_assert_str_eq(all, models[m].parts);
    }
}
END_TEST

/* Features add rows and nothing else. */
START_TEST(a_feature_is_a_row_of_its_table)
{
    static const struct {
        const char *key, *value, *row;
    } features[] = {
        { "head_norms", "\"yes\"", "k_norm" },
        { "norms", "4", "attention_norm" },
        { "norms", "4", "feed_out_norm" },
        { "soft_caps", "\"yes\"", "score_caps" },
        { "fused", "\"yes\"", "qkv" },
    };
    struct operator_step step = { 1, 3, 0 };
    struct model_sizes sizes;

    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        char *text =
            memory_printf("%.*s, \"%s\": %s}", (int)strlen(grouped) - 1,
                          grouped, features[i].key, features[i].value);

        make(&sizes, grouped);
        ck_assert(!is_there(&sizes, features[i].row, &step));
        make(&sizes, text);
        ck_assert(is_there(&sizes, features[i].row, &step));
        free(text);
    }
}
END_TEST

/* A block's input is used, and nothing is made that nobody takes. */
static void must_be_linked(const struct model_sizes *sizes,
                           enum operator_place place, uint32_t block,
                           const struct operator_step *step)
{
    const struct operator_row *rows[OPERATOR_MAX_ROWS];
    size_t count = operator_rows(rows, sizes, place, block, step);
    bool used[OPERATOR_MAX_ROWS] = { false }, input = false;

    for (size_t i = 0; i < count; i++) {
        int maker[OPERATOR_MAX_MAKERS];
        size_t makers = operator_makers(maker, rows, i);

        ck_assert_msg(makers > 0 || place == PLACE_START, "%s has no input",
                      rows[i]->name);
        for (size_t m = 0; m < makers; m++) {
            ck_assert_msg(maker[m] < (int)i, "%s comes before its input",
                          rows[i]->name);
            input |= maker[m] < 0;
            if (maker[m] >= 0)
                used[maker[m]] = true;
        }
    }
    ck_assert(input || place == PLACE_START);
    for (size_t i = 0; i + 1 < count; i++)
        ck_assert_msg(used[i] || rows[i]->class == CLASS_STATE, "%s is unused",
                      rows[i]->name);
}

START_TEST(every_operator_is_made_before_it_is_taken)
{
    static const char hybrid[] =
        "{\"blocks\": 3, \"kind\": \"mamba2\", \"width\": 24, \"vocabulary\": "
        "11, \"heads\": 2, \"head\": 12, \"inner\": 48, \"state\": 5, "
        "\"state_heads\": 6, \"state_head\": 8, \"feed\": 30, \"attention\": "
        "[1], \"norms\": 4, \"head_norms\": \"yes\", \"soft_caps\": \"yes\", "
        "\"positions\": \"learnt\"}";
    /* Its state space has a gate, and its feed-forward part another. */
    static const char two_gates[] =
        "{\"blocks\": 1, \"kind\": \"mamba\", \"width\": 24, \"vocabulary\": "
        "11, "
        "\"inner\": 48, \"state\": 5, \"rank\": 3, \"feed\": 9, \"gated\": "
        "\"yes\"}";
    static const char *const texts[] = { grouped, chunked,  selective, hybrid,
                                         shared,  one_part, two_gates };
    struct operator_step steps[] = { { 2, 9, 0 }, { 2, 1, 9 } };
    struct model_sizes sizes;

    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        make(&sizes, texts[t]);
        for (int s = 0; s < 2; s++) {
            must_be_linked(&sizes, PLACE_START, 0, &steps[s]);
            must_be_linked(&sizes, PLACE_FINISH, 0, &steps[s]);
            for (uint32_t b = 0; b < sizes.blocks; b++)
                must_be_linked(&sizes, PLACE_BLOCK, b, &steps[s]);
        }
    }
    ck_assert(is_there(&sizes, "gate", &steps[0]));
}
END_TEST

START_TEST(sizes_read_as_they_print)
{
    static const char *const texts[] = { grouped, chunked, selective, shared,
                                         one_part };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct model_sizes sizes, again;
        char *text, *twice;

        make(&sizes, texts[i]);
        text = model_sizes_text(&sizes);
        make(&again, text);
        twice = model_sizes_text(&again);
        ck_assert_str_eq(text, twice);
        for (int d = 0; d < DIMS_OF_MODEL; d++)
            ck_assert_uint_eq(sizes.size[d], again.size[d]);
        for (uint32_t b = 0; b < sizes.blocks; b++)
            for (int part = 0; part < MODEL_PARTS; part++)
                ck_assert_int_eq(
                    model_block_has(&sizes, b, (enum model_part)part),
                    model_block_has(&again, b, (enum model_part)part));
        free(text);
        free(twice);
    }
}
END_TEST

static const struct {
    const char *text, *why;
} wrong[] = {
    { "[]", "an object" },
    { "{\"blocks\": 0}", "1..4096" },
    { "{\"blocks\": 1}", "model.kind is missing" },
    { "{\"kind\": \"mamba3\"}", "none of transformer, mamba, mamba2" },
    { "{\"widht\": 3}", "did you mean width?" },
    { "{\"width\": 0}", "\"0\" is not a whole number" },
    { "{\"width\": 1.5}", "a word or a whole number" },
    { "{\"queries\": 5}", "no such key" },
    { "{\"gated\": \"maybe\"}", "none of no, yes" },
    { "{\"attention\": [5000]}", "5000" },
    { "{\"blocks\": 1, \"kind\": \"transformer\"}", "model.width is missing" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4}",
      "model.heads is missing" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 3, \"key_heads\": 2}",
      "3 is no multiple of key_heads, 2" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"norms\": 3}",
      "2 or 4" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"feed\": 3, "
      "\"experts\": 4, \"experts_used\": 1, \"expert_feed\": 3}",
      "feed and experts" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"experts\": 4, "
      "\"experts_used\": 5, \"expert_feed\": 3}",
      "5 is more than experts, 4" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 16777216, \"heads\": 2}",
      "33554432 queries" },
    { "{\"blocks\": 1, \"kind\": \"mamba2\", \"width\": 8, \"vocabulary\": 8, "
      "\"heads\": 3, \"head\": 5, \"inner\": 16, \"state\": 4}",
      "3 * 5, must be inner, 16" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"attention\": [0]}",
      "every block of a transformer" },
    { "{\"blocks\": 1, \"kind\": \"mamba\", \"width\": 8, \"vocabulary\": 8, "
      "\"inner\": 8, \"state\": 4, \"rank\": 1, \"heads\": 2, \"head\": 4, "
      "\"attention\": [1]}",
      "there is no block 1" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"feed\": 3, "
      "\"without_experts\": [0]}",
      "model.without_experts: feed and experts were expected" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"feed_only\": [0]}",
      "model.feed_only: feed or experts was expected" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"shared_feed\": 3}",
      "model.shared_feed: experts was expected beside it" },
    { "{\"blocks\": 1, \"kind\": \"transformer\", \"width\": 8, "
      "\"vocabulary\": 8, \"head\": 4, \"heads\": 2, \"shared_weighed\": "
      "\"yes\"}",
      "model.shared_weighed: shared_feed was expected beside it" },
    { "{\"blocks\": 2, \"kind\": \"mamba\", \"width\": 8, \"vocabulary\": 8, "
      "\"inner\": 8, \"state\": 4, \"rank\": 1, \"heads\": 2, \"head\": 4, "
      "\"feed\": 3, \"attention\": [1], \"feed_only\": [1]}",
      "model.feed_only: block 1 has attention" },
    { "{\"blocks\": 2, \"kind\": \"mamba\", \"width\": 8, \"vocabulary\": 8, "
      "\"inner\": 8, \"state\": 4, \"rank\": 1, \"feed\": 3, \"experts\": 2, "
      "\"experts_used\": 1, \"expert_feed\": 3, \"feed_only\": [1], "
      "\"without_experts\": [0]}",
      "model.without_experts: block 0 is not in feed_only" },
    { "{\"blocks\": 2, \"kind\": \"transformer\", \"feed_only\": [2]}",
      "model.feed_only: there is no block 2" },
};

START_TEST(wrong_sizes_are_refused)
{
    struct model_sizes sizes;
    struct error err;

    ck_assert_msg(model_sizes_parse(&sizes, wrong[_i].text, &err) == -1,
                  "took %s", wrong[_i].text);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_msg(strstr(err.text, wrong[_i].why), "%s", err.text);
}
END_TEST

START_TEST(more_than_64_bits_can_count_is_refused)
{
    struct operator_step step = { OPERATOR_MAX_BATCH, OPERATOR_MAX_TOKENS, 0 };
    const struct operator_row *scores = &operators_attention.row[9];
    struct operator_count counts;
    struct model_sizes sizes;
    struct error err;

    make(&sizes, grouped);
    ck_assert_str_eq(scores->name, "scores");
    ck_assert_int_eq(operator_counts(&counts, scores, &sizes, &step, &err), 0);
    sizes.size[DIM_QUERIES] = DIM_LARGEST;
    ck_assert_int_eq(operator_counts(&counts, scores, &sizes, &step, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "2^63"));
}
END_TEST

START_TEST(layers_must_be_the_linear_operators_of_their_block)
{
    struct layer_shape good[] = {
        { "m.0.self_attn.q_proj", 0, 40, 60 },
        { "m.0.self_attn.k_proj", 0, 40, 20 },
        { "m.0.self_attn.v_proj", 0, 40, 20 },
        { "m.0.self_attn.o_proj", 0, 60, 40 },
        { "m.0.mlp.gate_proj", 0, 40, 33 },
        { "m.0.mlp.up_proj", 0, 40, 33 },
        { "m.0.mlp.down_proj", 0, 33, 40 },
    };
    struct model_sizes sizes;
    struct error err;

    make(&sizes, grouped);
    sizes.blocks = 1;
    ck_assert_int_eq(operators_check(&sizes, good, 7, &err), 0);
    ck_assert_int_eq(operators_check(&sizes, good, 6, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "operator down"));
    good[2].outputs = 60;
    ck_assert_int_eq(operators_check(&sizes, good, 7, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "keys, 20"));
    good[2].outputs = 20;
    good[2].name = "m.0.self_attn.xv_proj";
    ck_assert_int_eq(operators_check(&sizes, good, 7, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "no linear operator"));
    good[2].name = "m.0.self_attn.v_proj";
    good[6].block = 1;
    ck_assert_int_eq(operators_check(&sizes, good, 7, &err), -1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("operators");
    TCase *all = tcase_create("all");

    tcase_add_test(all, attention_is_counted_pair_by_pair);
    tcase_add_test(all, a_prompt_of_mamba_2_is_chunked_and_decoding_scans);
    tcase_add_test(all,
                   whole_chunks_take_the_published_number_of_products_a_token);
    tcase_add_test(all, mamba_scans_each_channel_s_states);
    tcase_add_test(all, experts_are_loaded_if_a_token_sees_them);
    tcase_add_test(all, the_shared_expert_sees_every_token);
    tcase_add_test(all, a_step_s_tokens_are_shared_out_as_recorded);
    tcase_add_test(all, blocks_are_of_the_parts_that_lists_say);
    tcase_add_test(all, a_feature_is_a_row_of_its_table);
    tcase_add_test(all, every_operator_is_made_before_it_is_taken);
    tcase_add_test(all, sizes_read_as_they_print);
    tcase_add_loop_test(all, wrong_sizes_are_refused, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(all, more_than_64_bits_can_count_is_refused);
    tcase_add_test(all, layers_must_be_the_linear_operators_of_their_block);
    suite_add_tcase(suite, all);
    return suite;
}
