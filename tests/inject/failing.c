/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A library to preload into flexcim (ld.so(8), LD_PRELOAD): one allocation, or
 * one call of SQLite, fails.
 *
 *   FAIL_KIND   allocation, prepare, step or bind
 *   FAIL_AT     which one of that kind, from 1, counted from main() on; of
 *               allocations and bindings only the first one counts that comes
 *               through a chain of callers
 *   FAIL_TOLD   a file that gets how many there were, and if one failed
 *
 * Programs that flexcim starts are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define CALLER   __builtin_return_address(0)

/* What glibc calls its own allocator under another name. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

typedef int main_function(int argc, char **argv, char **environment);

/* Nothing else declares them. */
int __libc_start_main(main_function *main, int argc, char **argv,
                      void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack_end);

static const char *kind = "";
static unsigned long at;
static atomic_ulong seen;
static atomic_bool failed;
static pid_t process;

static bool fails(const char *which)
{
    if (strcmp(kind, which) != 0 || atomic_fetch_add(&seen, 1) + 1 != at)
        return false;
    atomic_store(&failed, true);
    return true;
}

enum { CALLERS = 8, CHAINS = 1 << 16 };

/* Puts a chain of callers into a hash table; false if it is there. */
static bool is_new(void *const *callers, int count)
{
    static _Atomic(uint64_t) chains[CHAINS];
    uint64_t hash = 14695981039346656037u; /* FNV-1a, by words */

    for (int i = 0; i < count; i++)
        hash = (hash ^ (uintptr_t)callers[i]) * 1099511628211u;
    hash |= 1; /* 0 is an empty place */
    for (uint64_t i = hash >> 20;; i++) {
        uint64_t there = 0;

        if (atomic_compare_exchange_strong(&chains[i % CHAINS], &there, hash))
            return true;
        if (there == hash)
            return false;
    }
}

/* Whether this first call through its chain of callers fails. */
static bool first_fails(const char *which)
{
    static _Thread_local bool inside; /* backtrace() may allocate */
    void *callers[CALLERS];
    bool first;

    if (strcmp(kind, which) != 0 || inside)
        return false;
    inside = true;
    first = is_new(callers, backtrace(callers, CALLERS));
    inside = false;
    return first && fails(which);
}

EXPORTED void *malloc(size_t size)
{
    if (!first_fails("allocation"))
        return __libc_malloc(size);
    errno = ENOMEM;
    return NULL;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    if (!first_fails("allocation"))
        return __libc_calloc(count, size);
    errno = ENOMEM;
    return NULL;
}

EXPORTED void *realloc(void *old, size_t size)
{
    if (!first_fails("allocation"))
        return __libc_realloc(old, size);
    errno = ENOMEM;
    return NULL;
}

EXPORTED int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (first_fails("allocation"))
        return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

/* SQLite calls itself, too: what fails there is no answer that it gives. */
static bool sqlite_fails(const char *which, const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) != 0 && strstr(info.dli_fname, "/flexcim") &&
           fails(which);
}

/* The function of that name that would be called without this library. */
static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

EXPORTED int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length,
                                sqlite3_stmt **statement, const char **tail)
{
    __typeof__(&sqlite3_prepare_v2) real = next("sqlite3_prepare_v2");

    *statement = NULL;
    return sqlite_fails("prepare", CALLER)
               ? SQLITE_IOERR
               : real(db, sql, length, statement, tail);
}

EXPORTED int sqlite3_prepare_v3(sqlite3 *db, const char *sql, int length,
                                unsigned flags, sqlite3_stmt **statement,
                                const char **tail)
{
    __typeof__(&sqlite3_prepare_v3) real = next("sqlite3_prepare_v3");

    *statement = NULL;
    return sqlite_fails("prepare", CALLER)
               ? SQLITE_IOERR
               : real(db, sql, length, flags, statement, tail);
}

EXPORTED int sqlite3_step(sqlite3_stmt *statement)
{
    __typeof__(&sqlite3_step) real = next("sqlite3_step");

    return sqlite_fails("step", CALLER) ? SQLITE_IOERR : real(statement);
}

EXPORTED int sqlite3_exec(sqlite3 *db, const char *sql,
                          sqlite3_callback callback, void *context,
                          char **message)
{
    __typeof__(&sqlite3_exec) real = next("sqlite3_exec");

    return sqlite_fails("step", CALLER)
               ? SQLITE_IOERR
               : real(db, sql, callback, context, message);
}

EXPORTED int sqlite3_bind_text(sqlite3_stmt *statement, int index,
                               const char *text, int length,
                               void (*release)(void *))
{
    __typeof__(&sqlite3_bind_text) real = next("sqlite3_bind_text");

    return first_fails("bind") ? SQLITE_NOMEM
                               : real(statement, index, text, length, release);
}

EXPORTED int sqlite3_bind_value(sqlite3_stmt *statement, int index,
                                const sqlite3_value *value)
{
    __typeof__(&sqlite3_bind_value) real = next("sqlite3_bind_value");

    return first_fails("bind") ? SQLITE_NOMEM : real(statement, index, value);
}

static void tell(void)
{
    const char *path = getenv("FAIL_TOLD");
    char words[64];
    int file, length;

    if (!path || getpid() != process)
        return;
    length = snprintf(words, sizeof words, "%lu %d\n", atomic_load(&seen),
                      atomic_load(&failed));
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || write(file, words, (size_t)length) != length)
        abort();
    close(file);
}

/* From here on calls are counted; what the loader did before does not matter.
 */
EXPORTED int __libc_start_main(main_function *main, int argc, char **argv,
                               void (*init)(void), void (*fini)(void),
                               void (*loader_fini)(void), void *stack_end)
{
    __typeof__(&__libc_start_main) real = next("__libc_start_main");
    const char *text = getenv("FAIL_AT");

    if (strcmp(program_invocation_short_name, "flexcim") == 0) {
        atexit(tell);
        process = getpid();
        at = text ? strtoul(text, NULL, 10) : 0;
        text = getenv("FAIL_KIND");
        kind = text ? text : "";
    }
    return real(main, argc, argv, init, fini, loader_fini, stack_end);
}
