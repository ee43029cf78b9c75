/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What follows from the sizes that a model's file says.  What each kind of
 * model cannot do without is a table; standards come before the checks, so that
 * they are checked too; and the derived sizes are made once, here, so that
 * everybody who multiplies sizes takes the same ones.
 */
#include <inttypes.h>

#include "trace/model_sizes.h"
#include "trace/model_sizes_choice.h"

/* What a part cannot do without. */
static const enum dim every_needs[] = { DIM_WIDTH, DIM_VOCABULARY, DIM_END };
static const enum dim attention_needs[] = { DIM_HEADS, DIM_HEAD, DIM_END };
static const enum dim mamba_needs[] = { DIM_INNER, DIM_STATE, DIM_RANK,
                                        DIM_END };
static const enum dim mamba2_needs[] = { DIM_INNER, DIM_STATE, DIM_STATE_HEADS,
                                         DIM_STATE_HEAD, DIM_END };
static const enum dim expert_needs[] = { DIM_EXPERTS_USED, DIM_EXPERT_FEED,
                                         DIM_END };

static int needs(const struct model_sizes *sizes, const enum dim *dims,
                 struct error *err)
{
    for (; *dims != DIM_END; dims++)
        if (sizes->size[*dims] == 0)
            return error_set(err, ERROR_DATA,
                             "model.%s is missing; kind %s needs it",
                             dim_names[*dims], model_kind_names[sizes->kind]);
    return 0;
}

static bool attention_anywhere(const struct model_sizes *sizes)
{
    return sizes->kind == MODEL_TRANSFORMER || sizes->has_list[LIST_ATTENTION];
}

static int check_list(const struct model_sizes *sizes, enum model_list list,
                      struct error *err)
{
    for (uint32_t i = sizes->blocks; i < MODEL_MAX_BLOCKS; i++)
        if (sizes->listed[list][i])
            return error_set(err, ERROR_DATA,
                             "model.%s: there is no block %u; the last is %u",
                             model_list_names[list], i, sizes->blocks - 1);
    return 0;
}

/* A block that two lists disagree about. */
static int check_block(const struct model_sizes *sizes, uint32_t block,
                       struct error *err)
{
    bool alone = sizes->listed[LIST_FEED_ONLY][block];

    if (alone && sizes->listed[LIST_ATTENTION][block])
        return error_set(err, ERROR_DATA,
                         "model.feed_only: block %u has attention", block);
    if (sizes->has_list[LIST_FEED_ONLY] && !alone &&
        sizes->listed[LIST_WITHOUT_EXPERTS][block])
        return error_set(err, ERROR_DATA,
                         "model.without_experts: block %u is not in feed_only",
                         block);
    return 0;
}

static int check_blocks(const struct model_sizes *sizes, struct error *err)
{
    if (sizes->blocks == 0 || sizes->blocks > MODEL_MAX_BLOCKS)
        return error_set(err, ERROR_DATA,
                         "model: %u blocks; 1..%d were expected", sizes->blocks,
                         MODEL_MAX_BLOCKS);
    if (sizes->has_list[LIST_ATTENTION] && sizes->kind == MODEL_TRANSFORMER)
        return error_set(err, ERROR_DATA,
                         "model.attention: every block of a transformer has "
                         "attention; kind mamba or mamba2 was expected");
    for (unsigned i = 0; i < MODEL_LISTS; i++)
        if (check_list(sizes, (enum model_list)i, err) < 0)
            return -1;
    for (uint32_t b = 0; b < sizes->blocks; b++)
        if (check_block(sizes, b, err) < 0)
            return -1;
    return 0;
}

/* The feed-forward parts. */
static int check_feeds(const struct model_sizes *sizes, struct error *err)
{
    const uint32_t *size = sizes->size;

    if (sizes->has_list[LIST_WITHOUT_EXPERTS] &&
        (!size[DIM_EXPERTS] || !size[DIM_FEED]))
        return error_set(err, ERROR_DATA,
                         "model.without_experts: feed and experts were "
                         "expected beside it");
    if (size[DIM_EXPERTS] && size[DIM_FEED] &&
        !sizes->has_list[LIST_WITHOUT_EXPERTS])
        return error_set(err, ERROR_DATA,
                         "model: feed and experts; one of them was expected, "
                         "or the blocks without_experts");
    if (size[DIM_EXPERTS_USED] > size[DIM_EXPERTS])
        return error_set(err, ERROR_DATA,
                         "model.experts_used: %u is more than experts, %u",
                         size[DIM_EXPERTS_USED], size[DIM_EXPERTS]);
    if ((size[DIM_SHARED_FEED] && !size[DIM_EXPERTS]) ||
        (sizes->shared_weighed && !size[DIM_SHARED_FEED]))
        return error_set(
            err, ERROR_DATA, "model.%s: %s was expected beside it",
            sizes->size[DIM_SHARED_FEED] ? "shared_feed" : "shared_weighed",
            sizes->size[DIM_SHARED_FEED] ? "experts" : "shared_feed");
    if (sizes->has_list[LIST_FEED_ONLY] && !size[DIM_FEED] &&
        !size[DIM_EXPERTS])
        return error_set(err, ERROR_DATA,
                         "model.feed_only: feed or experts was expected beside "
                         "it");
    return 0;
}

static int check_numbers(const struct model_sizes *sizes, struct error *err)
{
    const uint32_t *size = sizes->size;

    if (size[DIM_NORMS] != 2 && size[DIM_NORMS] != 4)
        return error_set(err, ERROR_DATA,
                         "model.norms: %u; 2 or 4 was expected",
                         size[DIM_NORMS]);
    if (attention_anywhere(sizes) && size[DIM_HEADS] % size[DIM_KEY_HEADS] != 0)
        return error_set(err, ERROR_DATA,
                         "model.heads: %u is no multiple of key_heads, %u",
                         size[DIM_HEADS], size[DIM_KEY_HEADS]);
    if (sizes->kind == MODEL_MAMBA2 &&
        ((uint64_t)size[DIM_STATE_HEADS] * size[DIM_STATE_HEAD] !=
             size[DIM_INNER] ||
         size[DIM_STATE_HEADS] % size[DIM_GROUPS] != 0))
        return error_set(err, ERROR_DATA,
                         "model: heads * head of the state space, %u * %u, "
                         "must be inner, %u, and heads a multiple of groups",
                         size[DIM_STATE_HEADS], size[DIM_STATE_HEAD],
                         size[DIM_INNER]);
    return check_feeds(sizes, err);
}

static void default_size(uint32_t *size, uint32_t standard)
{
    if (*size == 0)
        *size = standard;
}

/* A pure Mamba-2 calls its heads `heads`, as its config.json does. */
static void put_defaults(struct model_sizes *sizes)
{
    uint32_t *size = sizes->size;
    bool pure = !attention_anywhere(sizes);

    default_size(&size[DIM_NORMS], 2);
    if (sizes->kind == MODEL_MAMBA2) {
        if (pure) {
            default_size(&size[DIM_STATE_HEADS], size[DIM_HEADS]);
            default_size(&size[DIM_STATE_HEAD], size[DIM_HEAD]);
        }
        default_size(&size[DIM_GROUPS], 1);
        default_size(&size[DIM_CHUNK], 256);
    }
    if (sizes->kind != MODEL_TRANSFORMER)
        default_size(&size[DIM_CONVOLUTION], 4);
    if (pure) {
        size[DIM_HEADS] = size[DIM_KEY_HEADS] = size[DIM_HEAD] = 0;
        if (!(sizes->said & 1u << CHOICE_POSITIONS))
            sizes->positions = MODEL_NO_POSITIONS;
    }
    default_size(&size[DIM_KEY_HEADS], size[DIM_HEADS]);
}

/* Each fits: the parts are at most 2^24, and products of two of them are
 * checked in 64 bits. */
static int derive_sizes(struct model_sizes *sizes, struct error *err)
{
    const uint32_t *size = sizes->size;
    uint64_t queries = (uint64_t)size[DIM_HEADS] * size[DIM_HEAD];
    uint64_t keys = (uint64_t)size[DIM_KEY_HEADS] * size[DIM_HEAD];
    uint64_t states = (uint64_t)size[DIM_GROUPS] * size[DIM_STATE];
    bool second = sizes->kind == MODEL_MAMBA2;
    const struct {
        enum dim dim;
        uint64_t value;
    } made[] = {
        { DIM_QUERIES, queries },
        { DIM_KEYS, keys },
        { DIM_ROTATED, queries + keys },
        { DIM_CACHED, 2 * keys },
        { DIM_FUSED, queries + 2 * keys },
        { DIM_SHARERS,
          size[DIM_KEY_HEADS] ? size[DIM_HEADS] / size[DIM_KEY_HEADS] : 0 },
        { DIM_CHANNELS,
          second ? size[DIM_INNER] + 2 * states : size[DIM_INNER] },
        { DIM_PROJECTED, second ? 2 * (uint64_t)size[DIM_INNER] + 2 * states +
                                      size[DIM_STATE_HEADS]
                                : 2 * (uint64_t)size[DIM_INNER] },
        { DIM_SELECTION, (uint64_t)size[DIM_RANK] + 2 * size[DIM_STATE] },
    };

    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        if (made[i].value > DIM_LARGEST)
            return error_set(err, ERROR_DATA,
                             "model: %" PRIu64 " %s; at most %d were expected",
                             made[i].value, dim_names[made[i].dim],
                             DIM_LARGEST);
        sizes->size[made[i].dim] = (uint32_t)made[i].value;
    }
    return 0;
}

int model_sizes_finish(struct model_sizes *sizes, uint32_t blocks,
                       struct error *err)
{
    sizes->blocks = blocks;
    if (!(sizes->said & 1u << CHOICE_KIND))
        return error_set(err, ERROR_DATA,
                         "model.kind is missing; transformer, mamba or mamba2 "
                         "was expected");
    put_defaults(sizes);
    if (check_blocks(sizes, err) < 0 || needs(sizes, every_needs, err) < 0 ||
        (attention_anywhere(sizes) && needs(sizes, attention_needs, err) < 0) ||
        (sizes->kind == MODEL_MAMBA && needs(sizes, mamba_needs, err) < 0) ||
        (sizes->kind == MODEL_MAMBA2 && needs(sizes, mamba2_needs, err) < 0) ||
        (sizes->size[DIM_EXPERTS] && needs(sizes, expert_needs, err) < 0) ||
        check_numbers(sizes, err) < 0)
        return -1;
    return derive_sizes(sizes, err);
}

const char *const model_part_names[] = { "attention", "state", "feed",
                                         "experts", NULL };

static bool block_mixes(const struct model_sizes *sizes, uint32_t block)
{
    return !(sizes->has_list[LIST_FEED_ONLY] &&
             sizes->listed[LIST_FEED_ONLY][block]);
}

static bool block_attends(const struct model_sizes *sizes, uint32_t block)
{
    return sizes->kind == MODEL_TRANSFORMER ||
           (sizes->has_list[LIST_ATTENTION] &&
            sizes->listed[LIST_ATTENTION][block]);
}

static bool block_feeds(const struct model_sizes *sizes, uint32_t block)
{
    return !sizes->has_list[LIST_FEED_ONLY] ||
           sizes->listed[LIST_FEED_ONLY][block];
}

static bool block_routes(const struct model_sizes *sizes, uint32_t block)
{
    return sizes->size[DIM_EXPERTS] > 0 &&
           !(sizes->has_list[LIST_WITHOUT_EXPERTS] &&
             sizes->listed[LIST_WITHOUT_EXPERTS][block]);
}

bool model_block_has(const struct model_sizes *sizes, uint32_t block,
                     enum model_part part)
{
    switch (part) {
    case MODEL_ATTENTION:
        return block_mixes(sizes, block) && block_attends(sizes, block);
    case MODEL_STATE:
        return block_mixes(sizes, block) && !block_attends(sizes, block);
    case MODEL_FEED:
        return block_feeds(sizes, block) && !block_routes(sizes, block) &&
               sizes->size[DIM_FEED] > 0;
    case MODEL_EXPERTS:
    case MODEL_PARTS:
        break;
    }
    return block_feeds(sizes, block) && block_routes(sizes, block);
}

bool model_blocks_alike(const struct model_sizes *sizes, uint32_t block,
                        uint32_t other)
{
    for (unsigned part = 0; part < MODEL_PARTS; part++)
        if (model_block_has(sizes, block, (enum model_part)part) !=
            model_block_has(sizes, other, (enum model_part)part))
            return false;
    return true;
}
