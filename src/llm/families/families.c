/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of families, and what follows from a family's table of parts alone:
 * the names of its tensors and of its layers.  A family is data - parts, names,
 * keys of its config - and one function that reads a shape out of a config;
 * what they compute is in src/llm/kinds.
 */
#include "llm/families/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"

/* In the order in which they are told; each is the `family_NAME` of a file. */
#define FAMILY_LIST(FAMILY)                                                    \
    FAMILY(llama)                                                              \
    FAMILY(mistral)                                                            \
    FAMILY(qwen2)                                                              \
    FAMILY(qwen3)                                                              \
    FAMILY(gemma2)                                                             \
    FAMILY(gemma3)                                                             \
    FAMILY(phi3)                                                               \
    FAMILY(opt)                                                                \
    FAMILY(gpt2)                                                               \
    FAMILY(mamba)                                                              \
    FAMILY(mamba2)                                                             \
    FAMILY(falcon_mamba)                                                       \
    FAMILY(bamba)                                                              \
    FAMILY(granite4)                                                           \
    FAMILY(nemotron_h)                                                         \
    FAMILY(mixtral)                                                            \
    FAMILY(qwen2_moe)                                                          \
    FAMILY(qwen3_moe)

#define DECLARE(name) extern const struct family family_##name;
#define LIST(name)    &family_##name,

FAMILY_LIST(DECLARE)

/* 0, which is no bias, where there is none. */
static const enum part biases[PARTS] = {
    [PART_NORM] = PART_NORM_BIAS,
    [PART_Q] = PART_Q_BIAS,
    [PART_K] = PART_K_BIAS,
    [PART_V] = PART_V_BIAS,
    [PART_QKV] = PART_QKV_BIAS,
    [PART_O] = PART_O_BIAS,
    [PART_FEED_NORM] = PART_FEED_NORM_BIAS,
    [PART_GATE] = PART_GATE_BIAS,
    [PART_UP] = PART_UP_BIAS,
    [PART_DOWN] = PART_DOWN_BIAS,
    [PART_IN] = PART_IN_BIAS,
    [PART_CONV] = PART_CONV_BIAS,
    [PART_SELECT] = PART_SELECT_BIAS,
    [PART_STEP] = PART_STEP_BIAS,
    [PART_OUT] = PART_OUT_BIAS,
};

enum part part_bias(enum part part)
{
    return biases[part] != 0 ? biases[part] : PARTS;
}

static const struct family *const families[] = { FAMILY_LIST(LIST) };

enum { FAMILIES = sizeof families / sizeof families[0] };

size_t family_tensors(const struct family *family)
{
    return family->tensor_count + family->more_count;
}

const struct family_tensor *family_tensor(const struct family *family,
                                          size_t index)
{
    return index < family->tensor_count
               ? &family->tensors[index]
               : &family->more[index - family->tensor_count];
}

bool family_tensor_in(const struct family_tensor *tensor, unsigned kind)
{
    return tensor->only == 0 || (tensor->only >> kind & 1) != 0;
}

char *family_tensor_name(const struct family_tensor *tensor, uint32_t expert)
{
    size_t before = strcspn(tensor->name, "#");

    return tensor->name[before]
               ? memory_printf("%.*s%u%s", (int)before, tensor->name, expert,
                               tensor->name + before + 1)
               : memory_text(tensor->name);
}

char *family_layer_name(const struct family *family, const char *prefix,
                        uint32_t block, const struct family_tensor *tensor,
                        uint32_t expert)
{
    char *whole = family_tensor_name(tensor, expert), *name;
    size_t length = strlen(whole) - strlen(".weight");
    char number[12] = "";

    if (tensor->stacked)
        snprintf(number, sizeof number, ".%u", expert);
    name = memory_printf("%s%s.%u.%.*s%s%s%s", prefix, family->blocks, block,
                         (int)length, whole, number, tensor->label ? "." : "",
                         tensor->label ? tensor->label : "");
    free(whole);
    return name;
}

size_t family_count(void)
{
    return FAMILIES;
}

const struct family *family_at(size_t index)
{
    return families[index];
}

/*
 * Published families that are not built.  Many differ from a built one by a
 * letter, and are no misspelling of it.  Source: transformers 5.17,
 * models/auto/configuration_auto.py, those that generate text.
 */
static const char *const others[] = {
    "apertus",
    "arcee",
    "aria",
    "aya_vision",
    "bert",
    "bitnet",
    "blenderbot",
    "bloom",
    "chameleon",
    "codegen",
    "cohere",
    "cohere2",
    "ctrl",
    "cpmant",
    "dbrx",
    "deepseek_v2",
    "deepseek_v3",
    "deepseek_vl",
    "diffllama",
    "doge",
    "dots1",
    "emu3",
    "ernie4_5",
    "ernie4_5_moe",
    "evolla",
    "exaone4",
    "falcon",
    "falcon_h1",
    "flex_olmo",
    "fuyu",
    "gemma",
    "gemma3",
    "gemma3n",
    "gemma3n_text",
    "gemma4",
    "git",
    "glm",
    "glm4",
    "glm4_moe",
    "glm4v",
    "got_ocr2",
    "gpt_bigcode",
    "gpt_neo",
    "gpt_neox",
    "gpt_oss",
    "gptj",
    "granite",
    "granitemoe",
    "granitemoeshared",
    "helium",
    "hunyuan_v1_dense",
    "hunyuan_v1_moe",
    "idefics",
    "internvl",
    "jamba",
    "jetmoe",
    "kimi_k2",
    "lfm2",
    "lfm2_moe",
    "llama4",
    "llama4_text",
    "llava",
    "llava_next",
    "longcat_flash",
    "marian",
    "mbart",
    "mega",
    "megatron-bert",
    "minimax",
    "ministral",
    "ministral3",
    "mistral3",
    "mllama",
    "modernbert",
    "modernbert-decoder",
    "moshi",
    "mpt",
    "musicgen",
    "mvp",
    "nanochat",
    "nemotron",
    "olmo",
    "olmo2",
    "olmo3",
    "olmoe",
    "openai-gpt",
    "openelm",
    "paligemma",
    "persimmon",
    "phi",
    "phi4_multimodal",
    "phimoe",
    "pixtral",
    "plbart",
    "qwen",
    "qwen2_5_omni",
    "qwen2_5_vl",
    "qwen2_audio",
    "qwen2_vl",
    "qwen3_5",
    "qwen3_5_moe",
    "qwen3_next",
    "qwen3_omni",
    "qwen3_vl",
    "qwen3_vl_moe",
    "recurrent_gemma",
    "reformer",
    "roberta",
    "rwkv",
    "seed_oss",
    "smollm3",
    "smolvlm",
    "stablelm",
    "starcoder2",
    "t5",
    "t5gemma",
    "trocr",
    "vaultgemma",
    "whisper",
    "xglm",
    "xlm",
    "xlnet",
    "xlstm",
    "yi",
    "zamba",
    "zamba2",
};

/* A name that was meant is one slip of the finger away. */
enum { SLIPS = 1, OTHERS = sizeof others / sizeof others[0] };

static bool is_other(const char *type)
{
    for (size_t i = 0; i < OTHERS; i++)
        if (strcmp(others[i], type) == 0)
            return true;
    return false;
}

static void families_unknown(const char *type, const char *path,
                             struct error *err)
{
    const char *names[FAMILIES], *near;
    struct text known;

    text_init(&known);
    for (size_t i = 0; i < FAMILIES; i++) {
        names[i] = families[i]->type;
        text_addf(&known, " %s", names[i]);
    }
    near = nearest_name_within(type, names, FAMILIES, SLIPS);
    if (is_other(type))
        error_set(err, ERROR_DATA,
                  "%s: model family `%s` is not built; those that are:%s", path,
                  type, known.at);
    else
        error_set(err, ERROR_DATA,
                  "%s: unknown model family `%.60s`%s%s%s; known are:%s", path,
                  type, near ? " (did you mean `" : "", near ? near : "",
                  near ? "`?)" : "", known.at);
    text_release(&known);
}

const struct family *family_find(const char *type, const char *path,
                                 struct error *err)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(families[i]->type, type) == 0)
            return families[i];
    families_unknown(type, path, err);
    return NULL;
}

const struct family *family_of_config(const struct config *config,
                                      struct error *err)
{
    const char *type = config_text(config, "model_type");

    if (type)
        return family_find(type, config_path(config), err);
    if (config_has(config, "d_model") && config_has(config, "n_layer"))
        error_set(err, ERROR_DATA,
                  "%s: is in the original layout of Mamba (`d_model`, "
                  "`n_layer`, `ssm_cfg`); the converted folders are read, "
                  "which are published beside it under names that end in -hf",
                  config_path(config));
    else
        error_set(err, ERROR_DATA, "%s: `model_type` is missing",
                  config_path(config));
    return NULL;
}
