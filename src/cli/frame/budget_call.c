/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/budget_call.h"

#include "cli/frame/version.h"

void budget_call_release(struct budget_call *call)
{
    machine_budget_release(&call->budget);
    machine_file_release(&call->machine);
}

static int check_inference(const struct budget_asked *asked,
                           const struct infer_asked *what, struct error *err)
{
    if (asked->prompt > UINT32_MAX || asked->generate > UINT32_MAX ||
        asked->batch > UINT32_MAX)
        return error_set(err, ERROR_USAGE,
                         "--prompt, --generate, --batch: less than 2^32 was "
                         "expected");
    if (asked->of == BUDGET_OF_TOKEN && asked->generate < 2)
        return error_set(err, ERROR_USAGE,
                         "--generate: the prompt makes the first token; at "
                         "least 2 was expected with --of token");
    return infer_check(what, err);
}

/* A machine that runs whole inferences is complete. */
static int read_machine(struct budget_call *call,
                        const struct budget_asked *asked, struct error *err)
{
    bool whole = asked->of != BUDGET_OF_LINEAR;

    call->asked =
        (struct infer_asked){ (uint32_t)asked->prompt,
                              (uint32_t)asked->generate, (uint32_t)asked->batch,
                              asked->memory, asked->buffers };
    if ((whole && check_inference(asked, &call->asked, err) < 0) ||
        machine_file_read(&call->machine, asked->machine, NULL, 0, err) < 0)
        return -1;
    return whole ? infer_complete(&call->machine, &call->asked, err) : 0;
}

int budget_call_read(struct budget_call *call, const struct budget_asked *asked,
                     const struct method *method, struct selection *selection,
                     struct error *err)
{
    struct budget *budget = &call->budget.budget;
    int status;

    if (!method->takes_budget)
        return error_set(err, ERROR_USAGE,
                         "%s knows no budget in %s, only a sparsity",
                         method->name, asked->cycles ? "cycles" : "energy");
    if ((selection->patterns.count == 0 &&
         pattern_list_parse(&selection->patterns, method->patterns, err) < 0) ||
        read_machine(call, asked, err) < 0)
        return -1;
    call->limit = (struct machine_limit){
        .text = asked->cycles ? asked->cycles : asked->energy,
        .what = asked->cycles ? NEED_CYCLES : NEED_ENERGY,
        .machine = &call->machine,
        .version = version_text(),
        .asked = asked->of == BUDGET_OF_LINEAR ? NULL : &call->asked,
        .part = asked->of == BUDGET_OF_PROMPT ? WHOLE_PROMPT : WHOLE_TOKEN,
    };
    status = machine_budget_init(&call->budget, &call->limit, selection, err);
    budget->gap = asked->gap;
    budget->seconds = asked->seconds;
    selection->budget = budget;
    return status;
}
