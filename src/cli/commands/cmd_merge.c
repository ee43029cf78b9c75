/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>
#include <unistd.h>

#include "base/stop.h"
#include "cli/frame/command.h"
#include "cli/print/output.h"
#include "store/merge.h"

struct merge_options {
    const char *out;
};

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int add_file(struct store *all, const char *path,
                    const struct call *call, struct error *err)
{
    const struct merge_options *asked = call->options;
    struct store *part;
    uint64_t near;
    int status;

    if (is_same_file(path, asked->out))
        return 0;
    if (stop_check(err) < 0 || store_open(&part, path, STORE_READ, err) < 0)
        return -1;
    status = store_merge(all, part, &near, err);
    store_close(part);
    if (status == 0 && near > 0)
        output_note(call,
                    "%s: %ju rows differ a little (perplexities by 1e-6, "
                    "accuracies by a question in a hundred, activities by "
                    "1e-3) from those that came first, which stay",
                    path, (uintmax_t)near);
    return status;
}

static int add_files(struct store *all, const struct call *call,
                     struct error *err)
{
    const struct merge_options *asked = call->options;
    int status;

    if (store_begin(all, err) < 0)
        return -1;
    for (size_t i = 0; i < call->count; i++) {
        if (add_file(all, call->arguments[i], call, err) < 0) {
            store_rollback(all);
            return -1;
        }
    }
    status = store_commit(all, err);
    if (status == 0)
        output_note(call, "%s: has all of %zu files", asked->out, call->count);
    return status;
}

static int cmd_merge_run(const struct call *call, struct error *err)
{
    const struct merge_options *asked = call->options;
    const char *out = asked->out;
    bool is_new;
    struct store *all;
    int status;

    if (!out)
        return error_set(err, ERROR_USAGE,
                         "merge: -o FILE says where all results shall go");
    is_new = access(out, F_OK) != 0;
    if (store_open(&all, out, STORE_WRITE, err) < 0)
        return -1;
    status = add_files(all, call, err);
    store_close(all);
    if (status < 0 && is_new)
        unlink(out);
    return status;
}

#define AT(member) offsetof(struct merge_options, member)

static const struct command_option option_table[] = {
    { "output", 'o', OPTION_TEXT, AT(out), "FILE", NULL, NULL,
      "results file that gets all rows; made if it is not there" },
    { 0 }
};

const struct command cmd_merge = {
    .name = "merge",
    .arguments = "FILE...",
    .summary = "put results of several files into one",
    .description =
        "Equal results are one row afterwards, so merging again changes "
        "nothing. Files that tell different numbers of the same run are "
        "refused. To compare two versions of the program, merge their results "
        "and ask `flexcim query changes`.",
    .minimum = 1,
    .maximum = 100000,
    .options = option_table,
    .options_size = sizeof(struct merge_options),
    .run = cmd_merge_run,
};
