/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/replay/lists.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "tests/suite.h"

const char grouped[] =
    "name: grouped\nblocks: 3\nlayers:\n"
    "  q_proj: {inputs: 72, outputs: 96}\n"
    "  k_proj: {inputs: 72, outputs: 32}\n"
    "  v_proj: {inputs: 72, outputs: 32}\n"
    "  o_proj: {inputs: 96, outputs: 72}\n"
    "  gate_proj: {inputs: 72, outputs: 200}\n"
    "  up_proj: {inputs: 72, outputs: 200}\n"
    "  down_proj: {inputs: 200, outputs: 72}\n"
    "model: {kind: transformer, width: 72, vocabulary: 500, heads: 6, "
    "key_heads: 2, head: 16, feed: 200, gated: yes}\n";

const char chunked[] =
    "name: chunked\nblocks: 2\nlayers:\n"
    "  in_proj: {inputs: 72, outputs: 334}\n"
    "  mixer.out_proj: {inputs: 144, outputs: 72}\n"
    "model: {kind: mamba2, width: 72, vocabulary: 500, heads: 6, head: 24, "
    "inner: 144, state: 20, groups: 1, chunk: 8}\n";

const char selective[] =
    "name: selective\nblocks: 2\nlayers:\n"
    "  in_proj: {inputs: 72, outputs: 288}\n"
    "  x_proj: {inputs: 144, outputs: 45}\n"
    "  dt_proj: {inputs: 5, outputs: 144}\n"
    "  mixer.out_proj: {inputs: 144, outputs: 72}\n"
    "model: {kind: mamba, width: 72, vocabulary: 500, inner: 144, state: 20, "
    "rank: 5}\n";

void list_read(struct shape_file *file, const char *text, const char *pattern)
{
    char folder[] = "/tmp/test_replay_list.XXXXXX", *path;
    struct pattern parsed;
    struct shape_options options = { .pattern = &parsed };
    struct error err;

    ck_assert_int_eq(pattern_parse(&parsed, pattern, &err), 0);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path = memory_printf("%s/list.yaml", folder);
    ck_assert_int_eq(file_put(path, text, strlen(text), &err), 0);
    ck_assert_msg(shape_file_read(file, path, &options, &err) == 0, "%s\n%s",
                  err.text, text);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    free(path);
}
