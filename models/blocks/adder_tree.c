/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/adder_tree.h"

#include "models/fast/lanes.h"

/* Rows past the span hold zeros, and adding those changes nothing. */
static void adder_tree_add(const struct mapping *mapping, const struct pass *in,
                           struct pass *out)
{
    struct lanes lanes = { .rows = in->tile->span,
                           .stride = mapping->columns,
                           .first = in->first,
                           .columns = in->columns };

    lanes_sum(pass_values(out), &lanes, mapping->lanes, pass_values_of(in));
}

void adder_tree_count(uint64_t counters[COUNTERS], const struct visit *visit)
{
    counters[COUNTER_TREE_ADDITIONS] +=
        visit->beats * visit->placement->mapping.lanes *
        (visit->placement->machine->macro.rows - 1) * visit->served;
}

static void adder_tree_run(void *module)
{
    struct adder_tree *tree = module;
    struct run *run = tree->run;
    struct visit visit;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(tree->in))
        return;
    in = pipe_get_slot(tree->in);
    out = pipe_put_slot(tree->out);
    *out = *in;
    if (run->values)
        adder_tree_add(&run_placement(run, in)->mapping, in, out);
    visit = run_visit(run, in);
    adder_tree_count(run->counters, &visit);
    pipe_put_done(tree->out);
    pipe_get_done(tree->in);
}

void adder_tree_init(struct adder_tree *tree, struct run *run, struct pipe *in,
                     struct pipe *out)
{
    *tree = (struct adder_tree){ .run = run, .in = in, .out = out };
    sim_method_init(&tree->process, run->sim, "adder_tree", adder_tree_run,
                    tree);
    sim_sensitive(&tree->process, &in->due);
}
