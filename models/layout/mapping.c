/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a layer runs on a machine, before anything is placed: as which pattern,
 * with how many lanes merged, and how many neighbouring columns obey one
 * select.
 *
 * A mask that is no pattern of the machine runs as the cheapest listed pattern
 * that covers it (fewest weights kept of M, then the smaller M): it computes
 * the same outputs, with zeros in places that the pattern has to spare.  Dense
 * covers all, if it is listed.
 */
#include "models/layout/mapping.h"

#include "models/parameter_list.h"

const struct parameter parameter_select_share = {
    .path = "select.share",
    .type = PARAMETER_U64,
    .offset = offsetof(struct machine, select.share),
    .unit = "columns",
    .minimum = 1,
    .maximum = 4096,
    .standard = "1",
    .power_of_two = true,
    .help = "columns that obey one select; the released RTL: all",
};

const struct parameter parameter_select_strict_serial = {
    .path = "select.strict_serial",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, select.strict_serial),
    .unit = "",
    .standard = "no",
    .help = "yes: one pass for every `share` columns, dense layers too; fair "
            "only beside a dense machine that is equally serial",
};

const struct parameter parameter_select_skip = {
    .path = "select.skip",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, select.skip),
    .unit = "",
    .standard = "no",
    .help = "yes: dense only, and an input that no column of a column tile "
            "keeps takes no slot",
};

const struct parameter parameter_select_row_wise = {
    .path = "select.row_wise",
    .type = PARAMETER_BOOL,
    .offset = offsetof(struct machine, select.row_wise),
    .unit = "",
    .standard = "no",
    .help = "yes: each column tile runs as the least listed pattern that "
            "covers the masks of its outputs",
};

const struct parameter parameter_merge_modes = {
    .path = "merge.modes",
    .type = PARAMETER_TEXT_FIELD,
    .offset = offsetof(struct machine, merge.modes),
    .unit = "sub-macros",
    .standard = "all",
    .tell = PARAMETER_TELL_IF_SET,
    .help =
        "how many sub-macros may be added for one output, rising powers of "
        "two (1,2,4: the paper's abstract, which adapts to N:M); `all`: all "
        "P, as the released RTL does",
};

static uint32_t ceil_log2(uint32_t value)
{
    uint32_t bits = 0;

    while (1u << bits < value)
        bits++;
    return bits;
}

/* a.n / a.m < b.n / b.m, or equal and a.m smaller */
static bool cheaper(struct pattern a, struct pattern b)
{
    unsigned left = (unsigned)a.n * b.m, right = (unsigned)b.n * a.m;

    return left < right || (left == right && a.m < b.m);
}

static bool choose_pattern(struct pattern *run_as,
                           const struct machine *machine, struct pattern own)
{
    struct pattern_list list;
    bool found = false;

    machine_patterns(&list, machine);
    for (size_t i = 0; i < list.count; i++) {
        if (pattern_equal(list.at[i], own)) {
            *run_as = own;
            return true;
        }
        if (!pattern_covers(list.at[i], own) ||
            (found && !cheaper(list.at[i], *run_as)))
            continue;
        *run_as = list.at[i];
        found = true;
    }
    return found;
}

/*
 * Neighbouring columns of a column tile that obey one select.  Masks that agree
 * in aligned runs of A columns make a set of a whole run, if every run lies in
 * one tile or fills tiles (A divides C or C divides A), and a run is whole sets
 * of `share` columns or lies in one (one divides the other).  In any other case
 * a set would cross runs somewhere, and agreement is not used.
 */
static uint32_t set_columns(const struct machine *machine,
                            const struct layer *layer, bool dense)
{
    uint32_t columns = (uint32_t)machine->macro.columns,
             share = (uint32_t)machine->select.share;

    if (machine->select.strict_serial)
        return share;
    if (dense || layer->agreement >= layer->shape.outputs ||
        layer->agreement % columns == 0)
        return columns;
    return columns % layer->agreement == 0 && layer->agreement % share == 0
               ? layer->agreement
               : share;
}

/* Inputs of the groups that a row-wise machine chooses in. */
static uint32_t widest_group(const struct machine *machine)
{
    struct pattern_list list;
    uint32_t widest = 2;

    machine_patterns(&list, machine);
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].m > widest)
            widest = list.at[i].m;
    }
    return widest;
}

static void choose_shape(struct mapping *mapping, const struct machine *machine,
                         uint32_t merged)
{
    uint32_t ways = (uint32_t)machine->macro.sub_macros;

    mapping->lanes = merged ? merged : ways;
    mapping->slots = mapping->lanes * (uint32_t)machine->macro.rows;
    mapping->teams = ways / mapping->lanes;
    mapping->columns = (uint32_t)machine->macro.columns * mapping->teams;
}

int mapping_choose(struct mapping *mapping, const struct machine *machine,
                   const struct layer *layer, struct mapping_way way,
                   struct error *err)
{
    char text[PATTERN_TEXT];

    mapping->run_as = pattern_dense;
    if (way.as == MAPPING_LISTED &&
        !choose_pattern(&mapping->run_as, machine, layer->pattern)) {
        pattern_print(text, layer->pattern);
        return error_set(err, ERROR_DATA,
                         "layer %s: no pattern of the machine (%s, reach %u "
                         "pairs) covers %s",
                         layer->shape.name, machine->patterns,
                         (unsigned)machine->select.reach, text);
    }
    choose_shape(mapping, machine, way.merged);
    mapping->dense = pattern_is_dense(mapping->run_as) && !machine->select.skip;
    mapping->group = mapping->run_as.m;
    if (machine->select.row_wise && mapping->dense &&
        way.as == MAPPING_LISTED && !pattern_is_dense(layer->pattern)) {
        mapping->dense = false;
        mapping->group = widest_group(machine);
    }
    mapping->select_bits = ceil_log2(mapping->group / 2);
    mapping->set_columns = set_columns(machine, layer, mapping->dense);
    return 0;
}
