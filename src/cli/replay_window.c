/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/replay_window.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "replay/window.h"

static int no_such_layer(const struct input *input, const char *name,
                         struct error *err)
{
    const char **names = memory_new(input->layers, sizeof *names), *nearest;

    for (size_t i = 0; i < input->layers; i++)
        names[i] = input->layer[i].shape.name;
    nearest = nearest_name(name, names, input->layers);
    error_set(err, ERROR_USAGE, "--layer: %s has no layer %s%s%s%s",
              input->name, name, nearest ? "; did you mean " : "",
              nearest ? nearest : "", nearest ? "?" : "");
    free(names);
    return -1;
}

static int replay_window_find_layer(const struct layer **layer,
                                    const struct input *input, const char *name,
                                    struct error *err)
{
    *layer = &input->layer[0];
    if (!name)
        return 0;
    for (size_t i = 0; i < input->layers; i++) {
        *layer = &input->layer[i];
        if (strcmp(input->layer[i].shape.name, name) == 0)
            return 0;
    }
    return no_such_layer(input, name, err);
}

static int parse_clocks(uint64_t *from, uint64_t *to, const char *text,
                        struct error *err)
{
    const char *colon = strchr(text, ':');
    char *first = memory_printf("%.*s", (int)(colon ? colon - text : 0), text);
    bool good = colon && number_u64(from, first) && number_u64(to, colon + 1);

    free(first);
    if (!good)
        return error_set(err, ERROR_USAGE,
                         "--clocks: %s is not FROM:TO, such as 0:10000", text);
    return 0;
}

int replay_window(const struct replay_window *what, const struct input *input,
                  const struct machine *machine, struct error *err)
{
    const struct layer *layer;
    struct window window;
    uint64_t from, to;
    int status;

    if (replay_window_find_layer(&layer, input, what->layer, err) < 0 ||
        parse_clocks(&from, &to, what->clocks, err) < 0)
        return -1;
    if ((what->vcd && !file_is_stream(what->vcd) &&
         file_check_output(what->vcd, err) < 0) ||
        (what->timeline && file_check_output(what->timeline, err) < 0) ||
        (what->vcd && what->timeline &&
         file_check_apart(what->vcd, what->timeline, err) < 0))
        return -1;
    status = window_record(&window, machine, layer, from, to, err);
    if (status == 0 && what->vcd)
        status = window_write_vcd(&window, what->vcd, err);
    if (status == 0 && what->timeline)
        status = window_write_timeline(&window, what->timeline, err);
    window_release(&window);
    return status;
}
