/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/nearest.h"
#include "flow/select/method.h"

extern const struct method method_uniform;
extern const struct method method_owl;
extern const struct method method_flow;
extern const struct method method_flow_linear;
extern const struct method method_flow_released;
extern const struct method method_error;
extern const struct method method_block_error;
extern const struct method method_sensitivity;
extern const struct method method_judged;

const struct method *const methods[] = {
    &method_uniform,       &method_owl,
    &method_flow,          &method_flow_linear,
    &method_flow_released, &method_error,
    &method_block_error,   &method_sensitivity,
    &method_judged,        NULL,
};

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
