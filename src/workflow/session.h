/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/work.h"
#include "llm/remarks.h"
#include "store/store.h"

/*
 * What the steps of the workflow are given by whoever has them done: the
 * results file, workers, the version of the program, and somebody to tell.  All
 * of it is borrowed.
 */
struct session {
    struct work work;
    struct store *store; /* open for writing; NULL: none is yet */
    const char *db;      /* where the results file is */
    const char *version; /* of the program, with its commit */
    void (*note)(void *context, const char *text); /* NULL: nobody listens */
    void *context;
};

/* What a reader of files noticed, a line each. */
void session_remarks(const struct session *session,
                     const struct remarks *remarks);

/* A remark for people, one line. */
void session_note(const struct session *session, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
