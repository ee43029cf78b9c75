/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workflow/draw.h"

#include "base/words.h"

int draw_parse(struct draw *draw, const char *text, uint64_t rows,
               struct error *err)
{
    *draw = (struct draw){ 1, 1, rows };
    if (!text || words_part(&draw->number, &draw->of, text, "--draw", err) == 0)
        return 0;
    return -1;
}

int draw_read(struct model_tokens *tokens, const struct draw *draw,
              const char *spec, const struct model *model, struct error *err)
{
    size_t first, rows, all;

    if (draw->of == 1) {
        if (model_tokens_read(tokens, spec, "calibration", (size_t)draw->rows,
                              model, err) < 0)
            return -1;
        if (model_tokens_has_rows(tokens, draw->rows, err) == 0)
            return 0;
        model_tokens_release(tokens);
        return -1;
    }
    if (model_tokens_read(tokens, spec, "calibration", 0, model, err) < 0)
        return -1;
    all = tokens->rows;
    if (draw->of > all) {
        error_set(err, ERROR_DATA,
                  "%s: tensor `%s`: %zu rows are too few for %ju draws", spec,
                  tokens->tensor, all, (uintmax_t)draw->of);
        model_tokens_release(tokens);
        return -1;
    }
    first = all * (size_t)(draw->number - 1) / (size_t)draw->of;
    rows = all * (size_t)draw->number / (size_t)draw->of - first;
    if (draw->rows > rows) {
        error_set(err, ERROR_USAGE,
                  "%ju rows were asked for; draw %ju/%ju of tensor `%s` has "
                  "%zu",
                  (uintmax_t)draw->rows, (uintmax_t)draw->number,
                  (uintmax_t)draw->of, tokens->tensor, rows);
        model_tokens_release(tokens);
        return -1;
    }
    if (draw->rows > 0)
        rows = (size_t)draw->rows;
    model_tokens_take(tokens, first, rows);
    return 0;
}
