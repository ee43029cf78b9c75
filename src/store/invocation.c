/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>

#include "base/memory.h"
#include "store/database.h"

static void invocation_make_key(char key[STORE_KEY])
{
    unsigned char bytes[(STORE_KEY - 1) / 2];
    ssize_t got = getrandom(bytes, sizeof bytes, 0);

    assert(got == (ssize_t)sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(key + 2 * i, 3, "%02x", bytes[i]);
}

static char *arguments_text(const struct store_invocation *invocation)
{
    json_t *list = json_array();
    char *text;

    for (int i = 0; i < invocation->argc; i++) {
        json_t *word = json_string(invocation->argv[i]);

        /* A path need not be UTF-8; JSON must be. */
        json_array_append_new(list, word ? word : json_string("(not UTF-8)"));
    }
    text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (!text)
        memory_exhausted(0);
    return text;
}

static void read_processor(char *name, size_t size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(name, size, "processor unknown");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) != 0 || !strchr(line, ':'))
            continue;
        snprintf(name, size, "%s", strchr(line, ':') + 2);
        name[strcspn(name, "\n")] = 0;
        break;
    }
    if (file)
        fclose(file);
}

static char *host_text(void)
{
    struct utsname system;
    char processor[128];

    uname(&system);
    read_processor(processor, sizeof processor);
    return memory_printf("%s, %s %s %s, %s", system.nodename, system.sysname,
                         system.release, system.machine, processor);
}

int store_start(struct store *store, const struct store_invocation *invocation,
                struct error *err)
{
    char *arguments, *host, now[DATABASE_TIME];
    int status;

    assert(!store->invocation[0]);
    invocation_make_key(store->invocation);
    store->version = memory_text(invocation->version);
    arguments = arguments_text(invocation);
    host = host_text();
    database_now(now);
    status = database_change(
        store, err,
        "INSERT INTO invocations (invocation, arguments, version, compiler,"
        " libraries, host, workers, started_utc)"
        " VALUES (:invocation, :arguments, :version, :compiler, :libraries, "
        ":host, :workers, :started_utc)",
        NAMED(named_text(":invocation", store->invocation),
              named_text(":arguments", arguments),
              named_text(":version", invocation->version),
              named_text(":compiler", invocation->compiler),
              named_text(":libraries", invocation->libraries),
              named_text(":host", host),
              named_integer(":workers", invocation->workers),
              named_text(":started_utc", now)));
    free(arguments);
    free(host);
    return status;
}

int store_finish(struct store *store, struct error *err)
{
    char now[DATABASE_TIME];

    database_now(now);
    return database_change(store, err,
                           "UPDATE invocations SET ended_utc = :ended_utc "
                           "WHERE invocation = :invocation",
                           NAMED(named_text(":invocation", store->invocation),
                                 named_text(":ended_utc", now)));
}
