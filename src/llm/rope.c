/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every scaling stretches slow turns so that positions beyond those of training
 * look like ones within, and leaves fast turns, which tell neighbours apart, as
 * they were; they differ in where slow begins.  The keys are those of
 * transformers 5 (`rope_parameters`) and of the versions before
 * (`rope_scaling`, with `type`), which only differ in their place.
 */
#include "llm/rope.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/arithmetic.h"

static const double pi = 3.14159265358979323846;

static const char *const rope_keys[] = { "rope_theta",
                                         "rope_type",
                                         "type",
                                         "factor",
                                         "low_freq_factor",
                                         "high_freq_factor",
                                         "original_max_position_embeddings",
                                         "partial_rotary_factor",
                                         "attention_factor",
                                         "beta_fast",
                                         "beta_slow",
                                         "mscale",
                                         "mscale_all_dim",
                                         "truncate",
                                         "short_factor",
                                         "long_factor",
                                         NULL };

/* A section of a config.json, and the key that is asked for in it. */
struct rope_source {
    const struct config *config;
    const char *section;
    char path[150];
};

static const char *rope_path_of(struct rope_source *source, const char *key)
{
    snprintf(source->path, sizeof source->path, "%s.%s", source->section, key);
    return source->path;
}

/* A number above 0; NaN as `standard` says that it must be there. */
static int read_real(struct rope_source *source, const char *key,
                     double standard, double *value, struct error *err)
{
    const char *path = rope_path_of(source, key);

    if (config_real_or(source->config, path, standard, value, err) < 0)
        return -1;
    if (!(*value > 0) || !isfinite(*value))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number above 0%s",
                         config_path(source->config), path,
                         config_has(source->config, path) ? ""
                                                          : "; it is missing");
    return 0;
}

static int read_type(struct rope *rope, struct rope_source *source,
                     struct error *err)
{
    static const struct {
        const char *name;
        enum rope_scaling scaling;
    } types[] = {
        { "default", ROPE_PLAIN }, { "linear", ROPE_LINEAR },
        { "llama3", ROPE_LLAMA3 }, { "dynamic", ROPE_DYNAMIC },
        { "yarn", ROPE_YARN },     { "longrope", ROPE_LONG },
        { "su", ROPE_LONG }, /* its first name */
    };
    const struct config *config = source->config;
    const char *type;

    if (!config_has(config, rope_path_of(source, "rope_type")))
        rope_path_of(source, "type");
    type = config_has(config, source->path) ? config_text(config, source->path)
                                            : types[0].name;
    for (unsigned i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i].name) == 0) {
            rope->scaling = types[i].scaling;
            return 0;
        }
    return error_set(err, ERROR_DATA,
                     "%s: `%s` is %.40s; only default, linear, llama3, "
                     "dynamic, yarn and longrope are supported",
                     config_path(config), source->path,
                     type ? type : "no text");
}

/* `original_max_position_embeddings` of the model, of the section, or all the
 * positions that there are. */
static int read_original(struct rope *rope, struct rope_source *source,
                         struct error *err)
{
    static const char key[] = "original_max_position_embeddings";
    double positions, own;

    if (config_real_or(source->config, "max_position_embeddings", NAN,
                       &positions, err) < 0 ||
        config_real_or(source->config, key, NAN, &own, err) < 0)
        return -1;
    if (rope->scaling == ROPE_DYNAMIC || isnan(own)) {
        if (read_real(source, key, positions, &rope->original, err) < 0)
            return -1;
    } else {
        rope->original = own;
    }
    if (rope->scaling == ROPE_DYNAMIC && !isnan(positions))
        rope->original = positions;
    if (!(rope->original > 0) || !isfinite(rope->original))
        return error_set(err, ERROR_DATA, "%s: `%s` must be a number above 0",
                         config_path(source->config), key);
    if (config_has(source->config, rope_path_of(source, "factor")) ||
        (rope->scaling != ROPE_YARN && rope->scaling != ROPE_LONG))
        return read_real(source, "factor", NAN, &rope->factor, err);
    rope->factor = positions / rope->original;
    return rope->factor > 0
               ? 0
               : error_set(err, ERROR_DATA,
                           "%s: `%s` must be there, or "
                           "`max_position_embeddings`",
                           config_path(source->config), source->path);
}

static int read_llama3(struct rope *rope, struct rope_source *source,
                       struct error *err)
{
    if (read_real(source, "low_freq_factor", NAN, &rope->low, err) < 0 ||
        read_real(source, "high_freq_factor", NAN, &rope->high, err) < 0)
        return -1;
    if (!(rope->low < rope->high))
        return error_set(err, ERROR_DATA,
                         "%s: `%s.low_freq_factor` must be below "
                         "high_freq_factor",
                         config_path(source->config), source->section);
    return 0;
}

static double mscale_of(double factor, double mscale)
{
    return factor <= 1 ? 1 : 0.1 * mscale * log(factor) + 1;
}

static int read_yarn(struct rope *rope, struct rope_source *source,
                     struct error *err)
{
    double loudness = mscale_of(rope->factor, 1), mscale, all;

    if (config_has(source->config, rope_path_of(source, "mscale")) &&
        config_has(source->config, rope_path_of(source, "mscale_all_dim"))) {
        if (read_real(source, "mscale", NAN, &mscale, err) < 0 ||
            read_real(source, "mscale_all_dim", NAN, &all, err) < 0)
            return -1;
        loudness =
            mscale_of(rope->factor, mscale) / mscale_of(rope->factor, all);
    }
    if (read_real(source, "attention_factor", loudness, &rope->loudness, err) <
            0 ||
        read_real(source, "beta_fast", 32, &rope->high, err) < 0 ||
        read_real(source, "beta_slow", 1, &rope->low, err) < 0)
        return -1;
    return config_bool_or(source->config, rope_path_of(source, "truncate"),
                          true, &rope->truncate, err);
}

static int read_stretch(double *stretch, uint32_t pairs,
                        struct rope_source *source, const char *key,
                        struct error *err)
{
    char item[40];

    if (config_count(source->config, rope_path_of(source, key)) != pairs)
        return error_set(err, ERROR_DATA,
                         "%s: `%s` must be a list of %u numbers, one for each "
                         "pair that is turned",
                         config_path(source->config), source->path, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        snprintf(item, sizeof item, "%s.%u", key, i);
        if (read_real(source, item, NAN, &stretch[i], err) < 0)
            return -1;
    }
    return 0;
}

static int read_long(struct rope *rope, struct rope_source *source,
                     struct error *err)
{
    double loudness = rope->factor <= 1
                          ? 1
                          : sqrt(1 + log(rope->factor) / log(rope->original));

    if (read_real(source, "attention_factor", loudness, &rope->loudness, err) <
            0 ||
        read_stretch(rope->stretch[0], rope->dims / 2, source, "short_factor",
                     err) < 0)
        return -1;
    return read_stretch(rope->stretch[1], rope->dims / 2, source, "long_factor",
                        err);
}

/* `head` * partial_rotary_factor, which transformers rounds down. */
static int read_dims(struct rope *rope, struct rope_source *source,
                     const struct rope_place *place, struct error *err)
{
    double part, standard = place->part > 0 ? place->part : 1;
    uint32_t head = place->head;

    if (config_real_or(source->config, "partial_rotary_factor", standard, &part,
                       err) < 0 ||
        read_real(source, "partial_rotary_factor", part, &part, err) < 0)
        return -1;
    rope->dims = part > 1 ? 0 : (uint32_t)(head * part);
    if (rope->dims == 0 || rope->dims % 2 != 0 ||
        rope->dims / 2 > ROPE_MOST_PAIRS)
        return error_set(err, ERROR_DATA,
                         "%s: `partial_rotary_factor` is %g, which turns %u "
                         "numbers of a head of %u; an even number from 2 to %d "
                         "is supported",
                         config_path(source->config), part, rope->dims, head,
                         2 * ROPE_MOST_PAIRS);
    return 0;
}

static int read_scaling(struct rope *rope, struct rope_source *source,
                        struct error *err)
{
    rope->loudness = 1;
    if (rope->scaling == ROPE_PLAIN)
        return 0;
    if (rope->scaling == ROPE_LINEAR)
        return read_real(source, "factor", NAN, &rope->factor, err);
    if (read_original(rope, source, err) < 0)
        return -1;
    if (rope->scaling == ROPE_DYNAMIC)
        return 0;
    if (rope->scaling == ROPE_LLAMA3)
        return read_llama3(rope, source, err);
    return rope->scaling == ROPE_YARN ? read_yarn(rope, source, err)
                                      : read_long(rope, source, err);
}

int rope_read(struct rope *rope, const struct config *config,
              const struct rope_place *place, struct error *err)
{
    struct rope_source source = { .config = config, .section = place->section };
    double theta;

    rope->used = true;
    if (!source.section)
        source.section = config_has(config, "rope_parameters")
                             ? "rope_parameters"
                             : "rope_scaling";
    if (config_has(config, "rope_parameters") &&
        config_has(config, "rope_scaling"))
        return error_set(err, ERROR_DATA,
                         "%s: `rope_scaling` stands beside `rope_parameters`; "
                         "only one of them was expected",
                         config_path(config));
    if (config_only(config, source.section, rope_keys, err) < 0 ||
        read_type(rope, &source, err) < 0 ||
        config_real_or(config, place->theta, place->standard, &theta, err) <
            0 ||
        read_real(&source, "rope_theta", theta, &rope->theta, err) < 0 ||
        read_dims(rope, &source, place, err) < 0)
        return -1;
    return read_scaling(rope, &source, err);
}

bool rope_follows_length(const struct rope *rope)
{
    return rope->used &&
           (rope->scaling == ROPE_DYNAMIC || rope->scaling == ROPE_LONG);
}

bool rope_turns_alike(const struct rope *rope, uint32_t from, uint32_t to)
{
    if (!rope_follows_length(rope) || to <= rope->original)
        return true;
    return rope->scaling == ROPE_LONG && from > rope->original;
}

/*
 * Llama 3.1: wavelengths shorter than original / high stay, those longer than
 * original / low are stretched by `factor`, those between are a mixture.
 */
static double llama3(double frequency, const struct rope *rope)
{
    double turns = rope->original * frequency / (2 * pi);
    double share = (turns - rope->low) / (rope->high - rope->low);

    if (turns < rope->low)
        return frequency / rope->factor;
    if (turns > rope->high)
        return frequency;
    return (1 - share) * frequency / rope->factor + share * frequency;
}

/* The pair that turns so many times over the positions of training. */
static double pair_of_turns(const struct rope *rope, double turns)
{
    return rope->dims * log(rope->original / (turns * 2 * pi)) /
           (2 * log(rope->theta));
}

/* YaRN: pairs before the ramp stay, those behind it are stretched. */
static double yarn(double frequency, const struct rope *rope, uint32_t pair)
{
    double begin = pair_of_turns(rope, rope->high);
    double end = pair_of_turns(rope, rope->low), stretched;

    if (rope->truncate) {
        begin = floor(begin);
        end = ceil(end);
    }
    begin = begin > 0 ? begin : 0;
    end = end < rope->dims - 1 ? end : rope->dims - 1;
    if (begin == end)
        end += 0.001;
    stretched = fmin(fmax((pair - begin) / (end - begin), 0), 1);
    return frequency / rope->factor * stretched + frequency * (1 - stretched);
}

/* The base that grows with the sequence, once it is longer than training's. */
static double dynamic_theta(const struct rope *rope, uint32_t tokens)
{
    double length = fmax(tokens, rope->original), dims = rope->dims;

    return rope->theta *
           pow(rope->factor * length / rope->original - (rope->factor - 1),
               dims / (dims - 2));
}

void rope_frequencies(double *frequencies, const struct rope *rope,
                      uint32_t tokens)
{
    const double *stretch = rope->stretch[tokens > rope->original];
    double theta = rope->scaling == ROPE_DYNAMIC ? dynamic_theta(rope, tokens)
                                                 : rope->theta;

    for (uint32_t i = 0; i < rope->dims / 2; i++) {
        double frequency = pow(theta, -2.0 * i / rope->dims);

        if (rope->scaling == ROPE_LINEAR)
            frequency /= rope->factor;
        else if (rope->scaling == ROPE_LLAMA3)
            frequency = llama3(frequency, rope);
        else if (rope->scaling == ROPE_YARN)
            frequency = yarn(frequency, rope, i);
        else if (rope->scaling == ROPE_LONG)
            frequency /= stretch[i];
        frequencies[i] = frequency;
    }
}
