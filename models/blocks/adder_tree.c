/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/blocks/adder_tree.h"

#include "models/fast/lanes.h"

/* Rows past the span hold zeros, and adding those changes nothing. */
static void add(const struct machine *machine, const struct pass *in,
                struct pass *out)
{
    struct lanes lanes = { .rows = in->span,
                           .stride = (uint32_t)machine->macro.columns,
                           .first = in->first,
                           .columns = in->columns };

    lanes_sum(pass_values(out), &lanes, (uint32_t)machine->macro.sub_macros,
              pass_values_of(in));
}

static void adder_tree_run(void *module)
{
    struct adder_tree *tree = module;
    const struct machine *machine = tree->run->machine;
    const struct pass *in;
    struct pass *out;

    if (!pipe_can_get(tree->in))
        return;
    in = pipe_get_slot(tree->in);
    out = pipe_put_slot(tree->out);
    *out = *in;
    if (tree->run->values)
        add(machine, in, out);
    run_count(tree->run, COUNTER_TREE_ADDITIONS,
              machine->macro.sub_macros * (machine->macro.rows - 1) *
                  in->columns);
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
