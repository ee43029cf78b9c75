/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/frame/version.h"

#include <cblas.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/hash.h"
#include "base/memory.h"
#include "cli/build.h"
#include "cli/commit.h"
#include "store/store.h"
#include "trace/plan.h"
#include "trace/trace_file.h"

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *version_number(void)
{
    return BUILD_VERSION;
}

/* Without a commit that names the sources, the program's own hash tells one
 * build from the next: results of an older one must not be taken for its own.
 */
const char *version_text(void)
{
    static char text[128];
    size_t length = strlen(BUILD_COMMIT);
    char hash[HASH_TEXT];
    struct error err;

    if (*text)
        return text;
    snprintf(text, sizeof text, BUILD_VERSION "%s%s", length ? "+" : "",
             BUILD_COMMIT);
    if (length > 0 && !strstr(BUILD_COMMIT, "-dirty"))
        return text;
    if (hash_file(hash, "/proc/self/exe", &err) < 0) {
        fprintf(stderr, "flexcim: its own program: %s\n", err.text);
        exit((int)err.kind);
    }
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s%.12s",
             length ? "." : "+", hash);
    return text;
}

const char *version_compiler(void)
{
    return COMPILER ", " BUILD_OPTIONS;
}

static json_t *libraries(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "glibc",
                     gnu_get_libc_version(), "jansson", jansson_version_str(),
                     "libyaml", yaml_get_version_string(), "openblas",
                     openblas_get_config(), "openblas core",
                     openblas_get_corename(), "sqlite", sqlite3_libversion());
}

char *version_libraries(void)
{
    json_t *object = libraries();
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(object);
    if (!text)
        memory_exhausted(0);
    return text;
}

void version_print(void)
{
    json_t *object = libraries(), *value;
    const char *name;

    printf("flexcim %s\ncompiler: %s\n", version_text(), version_compiler());
    puts("libraries:");
    json_object_foreach(object, name, value)
        printf("  %s: %s\n", name, json_string_value(value));
    printf("formats: schema %d; trace %d; plan %d\n", STORE_VERSION,
           TRACE_VERSION, PLAN_VERSION);
    json_decref(object);
}
