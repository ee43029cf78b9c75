/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of shapes: every size that is let through is in its range. */
#include "replay/shape_file.h"
#include "tests/fuzz/fuzz.h"

void fuzz_begin(void)
{
}

void fuzz_one(const uint8_t *bytes, size_t length)
{
    static const struct shape_options options = { 0 };
    struct error err = { 0 };
    struct shape_file file;
    int status;

    fuzz_put("./it.yaml", bytes, length);
    status = shape_file_read(&file, "./it.yaml", &options, &err);
    fuzz_check(status, &err);
    if (status < 0)
        return;
    FUZZ_MUST(file.layers > 0 && file.layers <= SHAPE_MAX_LAYERS);
    for (size_t i = 0; i < file.layers; i++) {
        const struct layer *layer = &file.layer[i];

        FUZZ_MUST(layer->shape.outputs > 0 &&
                  layer->shape.outputs <= SHAPE_MAX_OUTPUTS);
        FUZZ_MUST(layer->tokens > 0 && layer->tokens <= SHAPE_MAX_TOKENS);
        FUZZ_MUST(layer->shape.inputs > 0);
    }
    shape_file_release(&file);
}
