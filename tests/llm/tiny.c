/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/llm/tiny.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "tensor/safetensors_out.h"

enum { LARGEST = 200 }; /* numbers of a tensor */

static char place[40];

int tiny_families(char *folder[TINY_MOST_FAMILIES])
{
    static const char path[] = SOURCE_ROOT "/tests/llm/families";
    DIR *all = opendir(path);
    const struct dirent *entry;
    int count = 0;

    if (!all)
        abort();
    while ((entry = readdir(all))) {
        if (entry->d_name[0] == '.' || strchr(entry->d_name, '.'))
            continue;
        if (count == TINY_MOST_FAMILIES)
            abort();
        folder[count++] = memory_printf("%s/%s", path, entry->d_name);
    }
    closedir(all);
    return count;
}

void tiny_enter(void)
{
    strcpy(place, "/tmp/flexcim-tiny-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
}

void tiny_leave(void)
{
    char *command = memory_printf("rm -rf %s", place);

    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
    free(command);
}

struct tensor {
    const char *name; /* below model. or model.layers.N. */
    uint64_t rows, columns;
};

static const struct tensor of_block[] = {
    { "input_layernorm.weight", TINY_WIDTH, 0 },
    { "self_attn.q_proj.weight", TINY_HEADS *TINY_HEAD, TINY_WIDTH },
    { "self_attn.k_proj.weight", TINY_KEY_HEADS *TINY_HEAD, TINY_WIDTH },
    { "self_attn.v_proj.weight", TINY_KEY_HEADS *TINY_HEAD, TINY_WIDTH },
    { "self_attn.o_proj.weight", TINY_WIDTH, TINY_HEADS *TINY_HEAD },
    { "post_attention_layernorm.weight", TINY_WIDTH, 0 },
    { "mlp.gate_proj.weight", TINY_FEED, TINY_WIDTH },
    { "mlp.up_proj.weight", TINY_FEED, TINY_WIDTH },
    { "mlp.down_proj.weight", TINY_WIDTH, TINY_FEED },
};
static const struct tensor of_model[] = {
    { "embed_tokens.weight", TINY_VOCABULARY, TINY_WIDTH },
    { "norm.weight", TINY_WIDTH, 0 },
};

enum { OF_BLOCK = 9, OF_MODEL = 2, ALL = TINY_BLOCKS * OF_BLOCK + OF_MODEL };

static bool same(const char *name, const char *other)
{
    return other && strcmp(name, other) == 0;
}

static void write_shard(const char *path, const struct tiny *tiny,
                        struct tensor *all, size_t first, size_t end)
{
    struct safetensors_out *out = safetensors_out_new();
    struct error err;

    for (size_t i = first; i < end; i++)
        if (!same(all[i].name, tiny->skip))
            safetensors_out_declare(
                out, all[i].name,
                same(all[i].name, tiny->integer) ? DTYPE_I32 : DTYPE_F32,
                all[i].columns ? 2 : 1,
                (uint64_t[]){ all[i].rows, all[i].columns });
    ck_assert_int_eq(safetensors_out_create(out, path, &err), 0);
    for (size_t i = first; i < end; i++) {
        size_t count = all[i].rows * (all[i].columns ? all[i].columns : 1);
        uint64_t state = i;
        float numbers[LARGEST];

        for (size_t j = 0; j < count; j++)
            numbers[j] =
                tiny->zero ? 0
                           : (float)random_below(&state, 2001) * 0.0007f - 0.7f;
        if (same(all[i].name, tiny->infinite))
            numbers[count - 1] = -INFINITY;
        if (!same(all[i].name, tiny->skip))
            ck_assert_int_eq(
                safetensors_out_put(out, all[i].name, numbers, &err), 0);
    }
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
}

static void write_index(const char *folder, const struct tensor *all,
                        size_t half)
{
    char *path = memory_printf("%s/model.safetensors.index.json", folder);
    struct text json;
    struct error err;

    text_init(&json);
    text_add(&json, "{\"metadata\":{},\"weight_map\":{");
    for (size_t i = 0; i < ALL; i++)
        text_addf(&json, "%s\"%s\":\"shard-%d.safetensors\"", i ? "," : "",
                  all[i].name, i < half ? 2 : 1);
    text_add(&json, "}}\n");
    ck_assert_int_eq(file_put(path, json.at, json.length, &err), 0);
    text_release(&json);
    free(path);
}

static void write_config(const char *folder, const struct tiny *tiny)
{
    char *path = memory_printf("%s/config.json", folder);
    char *json = memory_printf(
        "{\"model_type\":\"%s\",\"hidden_size\":%d,\"vocab_size\":%d,"
        "\"num_hidden_layers\":%d,\"intermediate_size\":%d,"
        "\"num_attention_heads\":%d,\"num_key_value_heads\":%d,"
        "\"rms_norm_eps\":1e-5,\"tie_word_embeddings\":true%s}\n",
        tiny->type ? tiny->type : "llama", TINY_WIDTH, TINY_VOCABULARY,
        TINY_BLOCKS, TINY_FEED, TINY_HEADS, TINY_KEY_HEADS,
        tiny->config ? tiny->config : "");
    struct error err;

    ck_assert_int_eq(file_put(path, json, strlen(json), &err), 0);
    free(json);
    free(path);
}

/* Embedding and norm, then the blocks. */
static void list_all(struct tensor *all, const struct tiny *tiny)
{
    const char *prefix = tiny->prefix ? tiny->prefix : "model.";

    for (size_t i = 0; i < ALL; i++) {
        size_t at = i < OF_MODEL ? i : (i - OF_MODEL) % OF_BLOCK;

        all[i] = i < OF_MODEL ? of_model[at] : of_block[at];
        all[i].name = i < OF_MODEL ? memory_printf("%s%s", prefix, all[i].name)
                                   : memory_printf("%slayers.%zu.%s", prefix,
                                                   (i - OF_MODEL) / OF_BLOCK,
                                                   all[i].name);
        if (same(all[i].name, tiny->misshapen))
            all[i].rows++;
    }
}

void tiny_write(const char *folder, const struct tiny *tiny)
{
    char *one = memory_printf("%s/shard-1.safetensors", folder);
    char *two = memory_printf("%s/shard-2.safetensors", folder);
    char *single = memory_printf("%s/model.safetensors", folder);
    struct tensor all[ALL];

    mkdir(folder, 0777);
    list_all(all, tiny);
    write_config(folder, tiny);
    if (tiny->shards) {
        write_shard(two, tiny, all, 0, ALL / 2);
        write_shard(one, tiny, all, ALL / 2, ALL);
        write_index(folder, all, ALL / 2);
    } else {
        write_shard(single, tiny, all, 0, ALL);
    }
    for (size_t i = 0; i < ALL; i++)
        free((char *)(uintptr_t)all[i].name);
    free(one);
    free(two);
    free(single);
}

struct model *tiny_open(const char *folder)
{
    struct model *model;
    struct error err;

    ck_assert_msg(model_open(&model, folder, &err) == 0, "%s", err.text);
    return model;
}

static int32_t token(size_t i)
{
    return (int32_t)(random_mix(i) % TINY_VOCABULARY);
}

struct model_tokens tiny_tokens(size_t rows, size_t length)
{
    struct model_tokens tokens = { .rows = rows, .length = (uint32_t)length };

    tokens.ids = memory_new(rows * length, sizeof *tokens.ids);
    for (size_t i = 0; i < rows * length; i++)
        tokens.ids[i] = token(i);
    return tokens;
}

void tiny_begin(struct model **model, struct model_tokens *tokens, size_t rows,
                size_t length)
{
    tiny_enter();
    tiny_write("m", &(struct tiny){ 0 });
    *model = tiny_open("m");
    *tokens = tiny_tokens(rows, length);
}

void tiny_close(struct model *model, struct model_tokens *tokens)
{
    model_tokens_release(tokens);
    model_close(model);
    tiny_leave();
}

void tiny_write_tokens(const char *path, const char *tensor, size_t rows,
                       size_t length)
{
    struct safetensors_out *out = safetensors_out_new();
    struct model_tokens tokens = tiny_tokens(rows, length);
    struct error err;

    safetensors_out_declare(out, tensor, DTYPE_I32, 2,
                            (uint64_t[]){ rows, length });
    ck_assert_int_eq(safetensors_out_create(out, path, &err), 0);
    ck_assert_int_eq(safetensors_out_put(out, tensor, tokens.ids, &err), 0);
    ck_assert_int_eq(safetensors_out_commit(out, &err), 0);
    model_tokens_release(&tokens);
}

void tiny_hole_begin(struct tiny_hole *hole)
{
    hole->end = 0;
    text_init(&hole->json);
}

void tiny_hole_add(struct tiny_hole *hole, const char *name, uint64_t rows,
                   uint64_t columns)
{
    uint64_t begin = hole->end;

    hole->end += 2 * rows * (columns ? columns : 1);
    text_addf(&hole->json,
              "%s\"%s\":{\"dtype\":\"F16\",\"shape\":[%llu%s%.0llu],"
              "\"data_offsets\":[%llu,%llu]}",
              begin ? "," : "{", name, (unsigned long long)rows,
              columns ? "," : "", (unsigned long long)columns,
              (unsigned long long)begin, (unsigned long long)hole->end);
}

void tiny_hole_write(struct tiny_hole *hole)
{
    FILE *stream = fopen("model.safetensors", "wb");
    uint64_t length;

    text_add(&hole->json, "}");
    length = hole->json.length;
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(&length, sizeof length, 1, stream), 1);
    ck_assert_uint_eq(fwrite(hole->json.at, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(
        truncate("model.safetensors", (off_t)(8 + length + hole->end)), 0);
    text_release(&hole->json);
}
