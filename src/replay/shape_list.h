/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "replay/shape_file.h"

/* Layers as a reader of one file format finds them; shape_file.c makes a
 * shape_file of it. */
struct listed_layer {
    struct layer_shape shape; /* its name is the list's */
    uint32_t tokens;          /* 0: not said */
    struct pattern pattern;   /* n = 0: not said */
    uint32_t copies;          /* experts; 0: one layer */
    enum model_part part; /* only blocks with it have the layer; MODEL_PARTS:
                             all have */
};

struct shape_list {
    char *name; /* NULL: not said */
    size_t layers;
    size_t capacity;
    struct listed_layer *layer;
    struct model_sizes *sizes; /* NULL: there is no part `model:` */
};

/* Takes `name` over. */
struct listed_layer *shape_list_add(struct shape_list *list, char *name);
void shape_list_release(struct shape_list *list);

/* What can be wrong with one shape's numbers; without file and line. */
int shape_check(const struct listed_layer *layer, struct error *err);

/* A whole number in 1..most. */
int shape_number(uint32_t *number, const char *what, const char *text,
                 uint64_t most, struct error *err);

/* N:M as SCALE-Sim writes it too, where 1:1 is dense. */
int shape_pattern(struct pattern *pattern, const char *text, struct error *err);

int shape_list_read_yaml(struct shape_list *list, const char *path,
                         struct error *err);
int shape_list_read_csv(struct shape_list *list, const char *path,
                        struct error *err);
