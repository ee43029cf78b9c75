/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each part of a model does, a row an operator.  Reading a row: kind, then
 * its operands as products of sizes.  So
 *
 *     scores  product  batch * key_heads times
 *             [sharers * step][head] . [head][context]
 *
 * says that the heads which share a head of keys are rows of the same product.
 * Products are made where their sizes cannot tell the work: a token's query
 * meets only keys before it, so that scores are pairs * queries products.
 */
#include "trace/operator_tables.h"

#define TABLE(rows)                                                            \
    {                                                                          \
        rows, sizeof(rows) / sizeof(*rows)                                     \
    }

/* Of every token: k inputs times weights are o outputs. */
#define LINEAR(title, k, o)                                                    \
    .name = title, .kind = OPERATOR_LINEAR, .rows = { DIM_TOKENS },            \
    .inputs = { k }, .outputs = { o }, .class = CLASS_WEIGHTS

/* Of every expert that is hit, for the tokens that it sees. */
#define EXPERT(title, k, o)                                                    \
    .name = title, .kind = OPERATOR_LINEAR, .count = { DIM_EXPERTS_HIT },      \
    .rows = { DIM_ROUTED }, .inputs = { k }, .outputs = { o },                 \
    .class = CLASS_WEIGHTS

/* Of a times b elements, each by itself or in its row. */
#define VECTOR(title, what, a, b)                                              \
    .name = title, .kind = OPERATOR_VECTOR, .function = FUNCTION_##what,       \
    .work = { a, b }

static const struct operator_row start[] = {
    { .name = "embedding",
      .kind = OPERATOR_MOVE,
      .class = CLASS_EMBEDDING,
      .work = { DIM_TOKENS, DIM_WIDTH },
      .read = { DIM_TOKENS, DIM_WIDTH } },
    { .name = "learnt_positions",
      .kind = OPERATOR_MOVE,
      .class = CLASS_EMBEDDING,
      .work = { DIM_TOKENS, DIM_WIDTH },
      .read = { DIM_TOKENS, DIM_WIDTH },
      .when = FEATURE_LEARNT },
    { VECTOR("add_positions", RESIDUAL, DIM_TOKENS, DIM_WIDTH),
      .when = FEATURE_LEARNT, .from = "embedding learnt_positions" },
};

static const struct operator_row attention[] = {
    { VECTOR("norm", NORM, DIM_TOKENS, DIM_WIDTH), .from = "<" },
    { LINEAR("q", DIM_WIDTH, DIM_QUERIES), .unless = FEATURE_FUSED,
      .from = "norm", .layers = "q_proj qkv_proj.q" },
    { LINEAR("k", DIM_WIDTH, DIM_KEYS), .unless = FEATURE_FUSED, .from = "norm",
      .layers = "k_proj qkv_proj.k" },
    { LINEAR("v", DIM_WIDTH, DIM_KEYS), .unless = FEATURE_FUSED, .from = "norm",
      .layers = "v_proj qkv_proj.v" },
    { LINEAR("qkv", DIM_WIDTH, DIM_FUSED), .when = FEATURE_FUSED,
      .from = "norm", .layers = "c_attn qkv_proj query_key_value" },
    { VECTOR("q_norm", NORM, DIM_TOKENS, DIM_QUERIES),
      .when = FEATURE_HEAD_NORMS, .from = "q|qkv" },
    { VECTOR("k_norm", NORM, DIM_TOKENS, DIM_KEYS), .when = FEATURE_HEAD_NORMS,
      .from = "k|qkv" },
    { VECTOR("positions", POSITIONS, DIM_TOKENS, DIM_ROTATED),
      .when = FEATURE_ROTARY, .from = "q_norm|q|qkv k_norm|k|qkv" },
    { .name = "append",
      .kind = OPERATOR_MOVE,
      .class = CLASS_KEYS,
      .work = { DIM_TOKENS, DIM_CACHED },
      .written = { DIM_TOKENS, DIM_CACHED },
      .from = "positions|k_norm|k|qkv v|qkv" },
    { .name = "scores",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_BATCH, DIM_KEY_HEADS },
      .rows = { DIM_SHARERS, DIM_STEP },
      .inputs = { DIM_HEAD },
      .outputs = { DIM_CONTEXT },
      .work = { DIM_PAIRS, DIM_QUERIES },
      .elements = { DIM_PAIRS, DIM_HEADS },
      .class = CLASS_KEYS,
      .read = { DIM_PAST, DIM_KEYS },
      .from = "positions|q_norm|q|qkv append" },
    { VECTOR("score_caps", ACTIVATION, DIM_PAIRS, DIM_HEADS),
      .when = FEATURE_SOFT_CAPS, .from = "scores" },
    { VECTOR("softmax", SOFTMAX, DIM_PAIRS, DIM_HEADS),
      .from = "score_caps|scores" },
    { .name = "values",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_BATCH, DIM_KEY_HEADS },
      .rows = { DIM_SHARERS, DIM_STEP },
      .inputs = { DIM_CONTEXT },
      .outputs = { DIM_HEAD },
      .work = { DIM_PAIRS, DIM_QUERIES },
      .elements = { DIM_TOKENS, DIM_QUERIES },
      .class = CLASS_KEYS,
      .read = { DIM_PAST, DIM_KEYS },
      .from = "softmax append" },
    { LINEAR("o", DIM_QUERIES, DIM_WIDTH), .from = "values",
      .layers = "o_proj self_attn.out_proj attn.c_proj attention.dense" },
    { VECTOR("attention_norm", NORM, DIM_TOKENS, DIM_WIDTH),
      .when = FEATURE_FOUR_NORMS, .from = "o" },
    { VECTOR("add", RESIDUAL, DIM_TOKENS, DIM_WIDTH),
      .from = "< attention_norm|o" },
};

static const struct operator_row mamba[] = {
    { VECTOR("norm", NORM, DIM_TOKENS, DIM_WIDTH), .from = "<" },
    { LINEAR("in", DIM_WIDTH, DIM_PROJECTED), .from = "norm",
      .layers = "in_proj" },
    { VECTOR("convolution", CONVOLUTION, DIM_TOKENS, DIM_INNER), .from = "in" },
    { VECTOR("activation", ACTIVATION, DIM_TOKENS, DIM_INNER),
      .from = "convolution" },
    { LINEAR("select", DIM_INNER, DIM_SELECTION), .from = "activation",
      .layers = "x_proj" },
    { LINEAR("step", DIM_RANK, DIM_INNER), .from = "select",
      .layers = "dt_proj" },
    { VECTOR("softplus", SOFTPLUS, DIM_TOKENS, DIM_INNER), .from = "step" },
    { .name = "scan",
      .kind = OPERATOR_SCAN,
      .work = { DIM_TOKENS, DIM_INNER, DIM_STATE },
      .class = CLASS_STATE,
      .read = { DIM_BEGUN, DIM_INNER, DIM_STATE },
      .written = { DIM_BATCH, DIM_INNER, DIM_STATE },
      .from = "activation softplus select" },
    { VECTOR("gate", ACTIVATION, DIM_TOKENS, DIM_INNER), .from = "scan in" },
    { LINEAR("out", DIM_INNER, DIM_WIDTH), .from = "gate",
      .layers = "mixer.out_proj mamba.out_proj" },
    { VECTOR("add", RESIDUAL, DIM_TOKENS, DIM_WIDTH), .from = "< out" },
};

static const struct operator_row mamba2[] = {
    { VECTOR("norm", NORM, DIM_TOKENS, DIM_WIDTH), .from = "<" },
    { LINEAR("in", DIM_WIDTH, DIM_PROJECTED), .from = "norm",
      .layers = "in_proj" },
    { VECTOR("convolution", CONVOLUTION, DIM_TOKENS, DIM_CHANNELS),
      .from = "in" },
    { VECTOR("activation", ACTIVATION, DIM_TOKENS, DIM_CHANNELS),
      .from = "convolution" },
    { VECTOR("softplus", SOFTPLUS, DIM_TOKENS, DIM_STATE_HEADS), .from = "in" },
    { .name = "chunk_scores",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_CHUNKS, DIM_GROUPS },
      .rows = { DIM_CHUNK },
      .inputs = { DIM_STATE },
      .outputs = { DIM_CHUNK },
      .work = { DIM_CHUNK_SQUARES, DIM_GROUPS, DIM_STATE },
      .elements = { DIM_CHUNK_SQUARES, DIM_GROUPS },
      .when = FEATURE_PROMPT,
      .from = "activation" },
    { VECTOR("decay", DECAY, DIM_CHUNK_PAIRS, DIM_STATE_HEADS),
      .when = FEATURE_PROMPT, .from = "chunk_scores softplus" },
    { .name = "intra",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_CHUNKS, DIM_STATE_HEADS },
      .rows = { DIM_CHUNK },
      .inputs = { DIM_CHUNK },
      .outputs = { DIM_STATE_HEAD },
      .work = { DIM_CHUNK_SQUARES, DIM_INNER },
      .elements = { DIM_TOKENS, DIM_INNER },
      .when = FEATURE_PROMPT,
      .from = "decay activation" },
    { .name = "states",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_CHUNKS, DIM_STATE_HEADS },
      .rows = { DIM_STATE },
      .inputs = { DIM_CHUNK },
      .outputs = { DIM_STATE_HEAD },
      .work = { DIM_TOKENS, DIM_INNER, DIM_STATE },
      .elements = { DIM_CHUNKS, DIM_INNER, DIM_STATE },
      .when = FEATURE_PROMPT,
      .from = "activation softplus" },
    { .name = "handover",
      .kind = OPERATOR_SCAN,
      .work = { DIM_CHUNKS, DIM_INNER, DIM_STATE },
      .class = CLASS_STATE,
      .read = { DIM_BEGUN, DIM_INNER, DIM_STATE },
      .written = { DIM_BATCH, DIM_INNER, DIM_STATE },
      .when = FEATURE_PROMPT,
      .from = "states" },
    { .name = "inter",
      .kind = OPERATOR_PRODUCT,
      .count = { DIM_CHUNKS, DIM_STATE_HEADS },
      .rows = { DIM_CHUNK },
      .inputs = { DIM_STATE },
      .outputs = { DIM_STATE_HEAD },
      .work = { DIM_TOKENS, DIM_INNER, DIM_STATE },
      .elements = { DIM_TOKENS, DIM_INNER },
      .when = FEATURE_PROMPT,
      .from = "activation handover" },
    { .name = "scan",
      .kind = OPERATOR_SCAN,
      .work = { DIM_TOKENS, DIM_INNER, DIM_STATE },
      .class = CLASS_STATE,
      .read = { DIM_BEGUN, DIM_INNER, DIM_STATE },
      .written = { DIM_BATCH, DIM_INNER, DIM_STATE },
      .unless = FEATURE_PROMPT,
      .from = "activation softplus" },
    { VECTOR("skip", RESIDUAL, DIM_TOKENS, DIM_INNER),
      .from = "scan|inter intra activation" },
    { VECTOR("gated_norm", NORM, DIM_TOKENS, DIM_INNER), .from = "skip in" },
    { LINEAR("out", DIM_INNER, DIM_WIDTH), .from = "gated_norm",
      .layers = "mixer.out_proj mamba.out_proj" },
    { VECTOR("add", RESIDUAL, DIM_TOKENS, DIM_WIDTH), .from = "< out" },
};

static const struct operator_row feed[] = {
    { VECTOR("feed_norm", NORM, DIM_TOKENS, DIM_WIDTH), .from = "add|<" },
    { LINEAR("gate", DIM_WIDTH, DIM_FEED), .when = FEATURE_GATED,
      .from = "feed_norm", .layers = "gate_proj gate_up_proj.gate" },
    { LINEAR("up", DIM_WIDTH, DIM_FEED), .from = "feed_norm",
      .layers = "up_proj gate_up_proj.up fc1 mlp.c_fc dense_h_to_4h" },
    { VECTOR("feed_activation", ACTIVATION, DIM_TOKENS, DIM_FEED),
      .from = "gate|up up" },
    { LINEAR("down", DIM_FEED, DIM_WIDTH), .from = "feed_activation",
      .layers = "down_proj fc2 mlp.c_proj dense_4h_to_h "
                "shared_mlp.output_linear" },
    { VECTOR("feed_out_norm", NORM, DIM_TOKENS, DIM_WIDTH),
      .when = FEATURE_FOUR_NORMS, .from = "down" },
    { VECTOR("feed_add", RESIDUAL, DIM_TOKENS, DIM_WIDTH),
      .from = "add|< feed_out_norm|down" },
};

/* A token is seen by `experts_used` of them, all of them by as many tokens
 * where nobody says otherwise, and by the shared one.  The router, and the map
 * that says how much of the shared one a token takes, are dense like the head:
 * nobody prunes them. */
static const struct operator_row experts[] = {
    { VECTOR("feed_norm", NORM, DIM_TOKENS, DIM_WIDTH), .from = "add|<" },
    { LINEAR("router", DIM_WIDTH, DIM_EXPERTS), .from = "feed_norm" },
    { VECTOR("routing", SOFTMAX, DIM_TOKENS, DIM_EXPERTS), .from = "router" },
    { EXPERT("gate", DIM_WIDTH, DIM_EXPERT_FEED), .when = FEATURE_GATED,
      .from = "feed_norm routing",
      .layers = "experts.*.gate_proj experts.*.w1 "
                "input_linear.*.gate_proj" },
    { EXPERT("up", DIM_WIDTH, DIM_EXPERT_FEED), .from = "feed_norm routing",
      .layers = "experts.*.up_proj experts.*.w3 input_linear.*.up_proj" },
    { VECTOR("feed_activation", ACTIVATION, DIM_ROUTED, DIM_EXPERT_FEED),
      .from = "gate|up up" },
    { EXPERT("down", DIM_EXPERT_FEED, DIM_WIDTH), .from = "feed_activation",
      .layers = "experts.*.down_proj experts.*.w2 output_linear.*" },
    { VECTOR("combine", RESIDUAL, DIM_ROUTED, DIM_WIDTH),
      .from = "down routing" },
    { LINEAR("shared_gate", DIM_WIDTH, DIM_SHARED_FEED),
      .when = FEATURE_SHARED | FEATURE_GATED, .from = "feed_norm",
      .layers = "shared_expert.gate_proj shared_mlp.input_linear.gate_proj" },
    { LINEAR("shared_up", DIM_WIDTH, DIM_SHARED_FEED), .when = FEATURE_SHARED,
      .from = "feed_norm",
      .layers = "shared_expert.up_proj shared_mlp.input_linear.up_proj "
                "shared_experts.up_proj" },
    { VECTOR("shared_activation", ACTIVATION, DIM_TOKENS, DIM_SHARED_FEED),
      .when = FEATURE_SHARED, .from = "shared_gate|shared_up shared_up" },
    { LINEAR("shared_down", DIM_SHARED_FEED, DIM_WIDTH), .when = FEATURE_SHARED,
      .from = "shared_activation",
      .layers = "shared_expert.down_proj shared_mlp.output_linear "
                "shared_experts.down_proj" },
    { .name = "shared_mix",
      .kind = OPERATOR_LINEAR,
      .rows = { DIM_TOKENS },
      .inputs = { DIM_WIDTH },
      .class = CLASS_WEIGHTS,
      .when = FEATURE_SHARED_WEIGHED,
      .from = "feed_norm" },
    { VECTOR("shared_share", ACTIVATION, DIM_TOKENS, DIM_WIDTH),
      .when = FEATURE_SHARED_WEIGHED, .from = "shared_down shared_mix" },
    { VECTOR("shared_add", RESIDUAL, DIM_TOKENS, DIM_WIDTH),
      .when = FEATURE_SHARED, .from = "combine shared_share|shared_down" },
    { VECTOR("feed_add", RESIDUAL, DIM_TOKENS, DIM_WIDTH),
      .from = "add|< shared_add|combine" },
};

static const struct operator_row finish[] = {
    { VECTOR("last_norm", NORM, DIM_BATCH, DIM_WIDTH), .from = "<" },
    { .name = "head",
      .kind = OPERATOR_LINEAR,
      .rows = { DIM_BATCH },
      .inputs = { DIM_WIDTH },
      .outputs = { DIM_VOCABULARY },
      .class = CLASS_HEAD,
      .from = "last_norm" },
    { VECTOR("logit_caps", ACTIVATION, DIM_BATCH, DIM_VOCABULARY),
      .when = FEATURE_SOFT_CAPS, .from = "head" },
};

const struct operator_table operators_start = TABLE(start);
const struct operator_table operators_attention = TABLE(attention);
const struct operator_table operators_mamba = TABLE(mamba);
const struct operator_table operators_mamba2 = TABLE(mamba2);
const struct operator_table operators_feed = TABLE(feed);
const struct operator_table operators_experts = TABLE(experts);
const struct operator_table operators_finish = TABLE(finish);
