/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/session_call.h"

#include "cli/frame/results.h"
#include "cli/frame/version.h"
#include "cli/print/output.h"

static void note(void *context, const char *text)
{
    output_note(context, "%s", text);
}

void session_call_begin(struct session_call *at, const struct call *call)
{
    *at = (struct session_call){
        .session = { .work = { (unsigned)call->workers, &at->progress },
                     .db = call->db,
                     .version = version_text(),
                     .note = note,
                     .context = (void *)call },
        .call = call,
    };
    progress_init(&at->progress, call->quiet ? NULL : stderr);
}

int session_call_open(struct session_call *at, struct error *err)
{
    return results_open(&at->session.store, at->call, err);
}

int session_call_end(struct session_call *at, int status, struct error *err)
{
    progress_release(&at->progress);
    if (at->session.store)
        status = results_close(at->session.store, status, err);
    at->session.store = NULL;
    return status;
}
