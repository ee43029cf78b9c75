/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/nearest.h"
#include "flow/select/method.h"

/* In the order in which they are told; each is the `method_NAME` of its file.
 */
#define METHOD_LIST(METHOD)                                                    \
    METHOD(uniform)                                                            \
    METHOD(owl)                                                                \
    METHOD(flow)                                                               \
    METHOD(flow_linear)                                                        \
    METHOD(flow_released)                                                      \
    METHOD(error)                                                              \
    METHOD(block_error)                                                        \
    METHOD(sensitivity)                                                        \
    METHOD(scaled)                                                             \
    METHOD(judged)

#define DECLARE(name) extern const struct method method_##name;
#define LIST(name)    &method_##name,

METHOD_LIST(DECLARE)
const struct method *const methods[] = { METHOD_LIST(LIST) NULL };

const char *const scope_names[] = { "standard", "block", "layer", NULL };

enum { METHODS = sizeof methods / sizeof *methods - 1 };

const struct method *method_find(const char *name, struct error *err)
{
    const char *names[METHODS], *near;

    for (size_t i = 0; i < METHODS; i++) {
        names[i] = methods[i]->name;
        if (strcmp(name, names[i]) == 0)
            return methods[i];
    }
    near = nearest_name(name, names, METHODS);
    error_set(err, ERROR_USAGE, "no method is called \"%.60s\"%s%s%s", name,
              near ? "; did you mean " : "; `flexcim methods` lists them",
              near ? near : "", near ? "?" : "");
    return NULL;
}
