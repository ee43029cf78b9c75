/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/permutation_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "trace/json_object.h"

static const char *const order_keys[] = { "channels", "order", NULL };

static int read_order(uint32_t **out, struct json_text object, uint32_t count,
                      struct error *err)
{
    struct json_text list;
    struct json_walk walk;
    uint32_t *order;

    if (json_object_list(object, "order", &list, err) < 0)
        return -1;
    if (count > 0 && json_text_count(list) != count)
        return error_set(err, ERROR_DATA,
                         "\"order\" has %zu channels; %u were expected",
                         json_text_count(list), count);
    count = (uint32_t)json_text_count(list);
    order = memory_new(count, sizeof *order);
    walk = json_walk_begin(list);
    for (uint32_t i = 0; json_walk_next(&walk); i++) {
        int64_t channel = -1;

        json_text_integer(walk.value, &channel);
        order[i] = channel < 0 || channel >= count ? count : (uint32_t)channel;
    }
    if (count > 0 && permutation_is_order(order, count)) {
        *out = order;
        return 0;
    }
    free(order);
    return error_set(err, ERROR_DATA,
                     "\"order\": each number from 0 to %u once was expected",
                     count > 0 ? count - 1 : 0);
}

/* Of the residual stream, whose width only the model knows, or of a layer. */
static int read_channels(struct plan *plan, struct json_text object,
                         const char *name, struct error *err)
{
    struct permutation *permutation = plan->permutation;
    size_t layer = 0;
    struct json_text list;

    if (strcmp(name, "stream") == 0) {
        if (permutation->stream)
            return error_set(err, ERROR_DATA, "\"stream\" is there twice");
        if (read_order(&permutation->stream, object, 0, err) < 0 ||
            json_object_list(object, "order", &list, err) < 0)
            return -1;
        permutation->width = (uint32_t)json_text_count(list);
        return 0;
    }
    while (layer < plan->layers &&
           strcmp(plan->layer[layer].shape.name, name) != 0)
        layer++;
    if (layer == plan->layers || permutation->inside[layer])
        return error_set(err, ERROR_DATA, "\"channels\": \"%.200s\" %s", name,
                         layer < plan->layers
                             ? "is there twice"
                             : "is neither \"stream\" nor one of its layers");
    if (read_order(&permutation->inside[layer], object,
                   plan->layer[layer].shape.inputs, err) < 0)
        return error_prefix(err, "channels of %.200s: ", name);
    return 0;
}

int permutation_read(struct plan *plan, struct json_text json,
                     struct error *err)
{
    struct json_text list;
    struct json_walk walk;

    if (!json_text_member(json, "permutation").at)
        return 0;
    if (json_object_list(json, "permutation", &list, err) < 0)
        return -1;
    plan->permutation = permutation_new(plan->layers);
    walk = json_walk_begin(list);
    for (size_t i = 0; json_walk_next(&walk); i++) {
        char *name = NULL;
        int status = json_text_kind(walk.value) != JSON_TEXT_OBJECT
                         ? error_set(err, ERROR_DATA, "an object was expected")
                         : json_object_keys(walk.value, order_keys, err);

        if (status == 0)
            status = json_object_text(walk.value, "channels", &name, err);
        if (status == 0)
            status = read_channels(plan, walk.value, name, err);
        free(name);
        if (status < 0)
            return error_prefix(err, "\"permutation\", item %zu: ", i);
    }
    return 0;
}
