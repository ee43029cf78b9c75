/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.json, up to the weights that it demands. */
#include <sys/stat.h>

#include "llm/config.h"
#include "llm/model.h"
#include "tests/fuzz/checkpoint.h"
#include "tests/fuzz/fuzz.h"

void fuzz_begin(void)
{
    mkdir("c", 0700);
    fuzz_put("c/model.safetensors", checkpoint_weights,
             sizeof checkpoint_weights - 1);
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    struct error err = { 0 };
    struct config *config;
    struct model *model;
    uint32_t size = 0;
    double real;
    int status;

    fuzz_put("c/config.json", bytes, length);
    status = config_read(&config, "c/config.json", &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    status = config_size(config, "hidden_size", &size, &err);
    fuzz_check(status, &err);
    FUZZ_MUST(status < 0 || (size > 0 && size <= CONFIG_LARGEST));
    fuzz_check(config_real_or(config, "rope_parameters.rope_theta", 1, &real,
                              &err),
               &err);
    fuzz_check(config_all(config, "layer_types", "full_attention", &err), &err);
    config_free(config);
    status = model_open(&model, "c", &err);
    fuzz_check(status, &err);
    if (status == 0)
        model_close(model);
}
