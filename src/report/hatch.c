/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot's svg has hatched boxes as patterns, which browsers draw in different
 * places at each zoom, and printers not at all.  Here each hatched box becomes
 * a path: the pattern's lines, cut at the box.
 */
#include "report/hatch.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PERIOD 8.0 /* of gnuplot's patterns, in both directions */
#define LINES  8   /* families of parallel lines in one pattern, at most */

/* The lines x = at + PERIOD * k + slope * y, for every k. */
struct family {
    double slope;
    double at;
};

struct pattern {
    char id[48];
    char colour[32];
    bool plain; /* filled with the colour */
    size_t count;
    struct family families[LINES];
};

struct box {
    double left, right, top, bottom;
};

static void add_family(struct pattern *pattern, const double from[2],
                       const double to[2])
{
    double slope = (to[0] - from[0]) / (to[1] - from[1]);
    double at = fmod(from[0] - slope * from[1], PERIOD);

    at += at < 0 ? PERIOD : 0;
    for (size_t i = 0; i < pattern->count; i++) {
        if (pattern->families[i].slope == slope &&
            pattern->families[i].at == at)
            return;
    }
    if (pattern->count < LINES)
        pattern->families[pattern->count++] = (struct family){ slope, at };
}

/* `M0,0 L8,8 M0,8 L8,0`: moves and lines. */
static void add_path(struct pattern *pattern, const char *at)
{
    double from[2] = { 0, 0 }, to[2];
    char letter;
    int length;

    while (sscanf(at, " %c%lf,%lf%n", &letter, &to[0], &to[1], &length) == 3) {
        if (letter == 'L' && to[1] != from[1])
            add_family(pattern, from, to);
        memcpy(from, to, sizeof from);
        at += length;
    }
}

/* After a pattern's definition, which is read; NULL if none begins here. */
static const char *read_pattern(struct pattern *pattern, const char *at)
{
    char path[128];
    int end = 0;

    pattern->count = 0;
    if (sscanf(at,
               "<defs> <pattern id='%47[^']' patternUnits='userSpaceOnUse' "
               "x='0' y='0' width='8' height='8'> <path style='%n",
               pattern->id, &end) != 1 ||
        end == 0)
        return NULL;
    at += end;
    end = 0;
    pattern->plain = strncmp(at, "stroke:none; fill:", 18) == 0;
    if (sscanf(at,
               pattern->plain ? "stroke:none; fill:%31[^']' d='%127[^']'/> "
                                "</pattern> </defs>%n"
                              : "fill:none; stroke:%31[^']' d='%127[^']'/> "
                                "</pattern> </defs>%n",
               pattern->colour, path, &end) != 2 ||
        end == 0)
        return NULL;
    if (!pattern->plain)
        add_path(pattern, path);
    return at + end;
}

/* After an upright box that is filled with the pattern; or NULL. */
static const char *read_box(struct box *box, const struct pattern *pattern,
                            const char *at)
{
    char id[48];
    double x[4], y[4];
    int end = 0;

    if (sscanf(at,
               "<polygon fill = 'url(#%47[^)])' points = '%lf,%lf %lf,%lf "
               "%lf,%lf %lf,%lf '/>%n",
               id, &x[0], &y[0], &x[1], &y[1], &x[2], &y[2], &x[3], &y[3],
               &end) != 9 ||
        end == 0 || strcmp(id, pattern->id) != 0 || x[0] != x[3] ||
        x[1] != x[2] || y[0] != y[1] || y[2] != y[3])
        return NULL;
    *box = (struct box){ fmin(x[0], x[1]), fmax(x[0], x[1]), fmin(y[0], y[2]),
                         fmax(y[0], y[2]) };
    return at + end;
}

/* The part of x = at + slope * y that is in the box. */
static void add_line(struct text *text, const struct box *box, double at,
                     double slope)
{
    double one = slope != 0 ? (box->left - at) / slope : box->top;
    double other = slope != 0 ? (box->right - at) / slope : box->bottom;
    double top = fmax(box->top, fmin(one, other));
    double bottom = fmin(box->bottom, fmax(one, other));

    if (top < bottom)
        text_addf(text, "M%.2f,%.2fL%.2f,%.2f", at + slope * top, top,
                  at + slope * bottom, bottom);
}

static void add_family_lines(struct text *text, const struct box *box,
                             const struct family *family)
{
    double from = family->slope * box->top, to = family->slope * box->bottom;
    double first = ceil((box->left - fmax(from, to) - family->at) / PERIOD);
    double last = floor((box->right - fmin(from, to) - family->at) / PERIOD);

    for (double k = first; k <= last; k++)
        add_line(text, box, family->at + PERIOD * k, family->slope);
}

static void add_box(struct text *text, const struct pattern *pattern,
                    const struct box *box)
{
    if (pattern->plain) {
        text_addf(text,
                  "<rect fill='%s' x='%.2f' y='%.2f' width='%.2f' "
                  "height='%.2f'/>",
                  pattern->colour, box->left, box->top, box->right - box->left,
                  box->bottom - box->top);
        return;
    }
    text_addf(text, "<path fill='none' stroke='%s' shape-rendering='auto' d='",
              pattern->colour);
    for (size_t i = 0; i < pattern->count; i++)
        add_family_lines(text, box, &pattern->families[i]);
    text_add(text, "'/>");
}

/* After a pattern and its box, which are added; NULL if this is not one. */
static const char *add_hatched(struct text *text, const char *at)
{
    struct pattern pattern;
    struct box box;
    const char *after = read_pattern(&pattern, at), *filled;

    if (after == NULL || (filled = strstr(after, "<polygon")) == NULL)
        return NULL;
    at = read_box(&box, &pattern, filled);
    if (at == NULL)
        return NULL;
    text_add_bytes(text, after, (size_t)(filled - after));
    add_box(text, &pattern, &box);
    return at;
}

void hatch_add(struct text *text, const char *svg)
{
    const char *next, *after;

    while ((next = strstr(svg, "<defs>")) != NULL) {
        text_add_bytes(text, svg, (size_t)(next - svg));
        after = add_hatched(text, next);
        if (after == NULL) {
            text_add(text, "<defs>");
            after = next + strlen("<defs>");
        }
        svg = after;
    }
    text_add(text, svg);
}
