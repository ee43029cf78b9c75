/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.safetensors.index.json: it must not lead out of its folder. */
#include <string.h>
#include <sys/stat.h>

#include "llm/checkpoint.h"
#include "tests/fuzz/checkpoint.h"
#include "tests/fuzz/fuzz.h"

/* The same tensors with other values, in files that must not be read. */
static void put_secret(const char *path)
{
    char bytes[sizeof checkpoint_weights];
    char *values = bytes + sizeof bytes - 1 - 32;

    memcpy(bytes, checkpoint_weights, sizeof bytes);
    memset(values, 's', 32);
    fuzz_put(path, bytes, sizeof bytes - 1);
}

static void look_at(struct checkpoint *checkpoint, const char *name)
{
    const struct safetensors_tensor *tensor = checkpoint_find(checkpoint, name);

    if (!tensor)
        return;
    fuzz_touch(tensor->bytes, tensor->length);
    FUZZ_MUST(!memchr(tensor->bytes, 's', tensor->length));
}

static void put_weights(const char *path)
{
    fuzz_put(path, checkpoint_weights, sizeof checkpoint_weights - 1);
}

void fuzz_begin(void)
{
    mkdir("c", 0700);
    mkdir("c/sub", 0700);
    fuzz_put("c/config.json", "{}", 2);
    put_weights("c/one.safetensors");
    put_weights("c/two.safetensors");
    put_secret("c/sub/inner.safetensors");
    put_secret("outside.safetensors");
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct checkpoint *checkpoint;
    struct error err = { 0 };
    int status;

    fuzz_put("c/model.safetensors.index.json", bytes, length);
    status = checkpoint_open(&checkpoint, "c", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    look_at(checkpoint, "a");
    look_at(checkpoint, "b");
    FUZZ_MUST(strlen(checkpoint_hash(checkpoint)) == HASH_TEXT - 1);
    checkpoint_close(checkpoint);
}
