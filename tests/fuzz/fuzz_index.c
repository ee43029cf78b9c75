/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model.safetensors.index.json: it must not lead out of its folder. */
#include <string.h>
#include <sys/stat.h>

#include "llm/checkpoint.h"
#include "tests/fuzz/checkpoint.h"
#include "tests/fuzz/fuzz.h"

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
    put_weights("c/sub/inner.safetensors");
    put_weights("outside.safetensors");
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    const struct safetensors_tensor *tensor;
    struct checkpoint *checkpoint;
    struct error err = { 0 };
    int status;

    fuzz_put("c/model.safetensors.index.json", bytes, length);
    status = checkpoint_open(&checkpoint, "c", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    FUZZ_MUST(!memmem(bytes, length, "outside", 7));
    FUZZ_MUST(!memmem(bytes, length, "inner", 5));
    tensor = checkpoint_find(checkpoint, "a");
    if (tensor)
        fuzz_touch(tensor->bytes, tensor->length);
    FUZZ_MUST(strlen(checkpoint_hash(checkpoint)) == HASH_TEXT - 1);
    checkpoint_close(checkpoint);
}
