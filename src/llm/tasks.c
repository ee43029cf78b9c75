/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions with several answers, as tensors of token ids or cut out of a
 * text's rows: the right way to go on is the row's own, the wrong ones are
 * those of three other rows.  All numbers are checked before a model is run,
 * since a question that points outside of its tokens would be read as another
 * one.
 */
#include "llm/tasks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "tensor/safetensors.h"

enum { CHOICES = 4 };

const struct tasks_cut tasks_standard_cut = { 48, 32, 1 };

/* One tensor of the file as int32; free() it.  NULL and `err`. */
static int32_t *read_numbers(const struct safetensors *file, const char *name,
                             size_t *count, struct error *err)
{
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    const char *path = safetensors_path(file);
    int32_t *numbers;

    if (!tensor || tensor->dtype != DTYPE_I32 || tensor->rank != 1 ||
        tensor->elements == 0 || tensor->elements > INT32_MAX) {
        error_set(err, ERROR_DATA,
                  "%s: a tensor `%s` of 32-bit whole numbers [n] is needed",
                  path, name);
        return NULL;
    }
    *count = (size_t)tensor->elements;
    numbers = memory_new(*count, sizeof *numbers);
    memcpy(numbers, tensor->bytes, *count * sizeof *numbers);
    return numbers;
}

/* The tensors of a file while they are checked. */
struct task_tensors {
    int32_t *begin, *context, *question, *length, *gold;
    size_t ids, begins, contexts, questions, lengths, golds;
};

static int check_counts(const struct task_tensors *read, const char *path,
                        struct error *err)
{
    size_t requests = read->contexts;

    if (read->begins != requests + 1 || read->questions != requests ||
        read->lengths != requests)
        return error_set(err, ERROR_DATA,
                         "%s: `context` has %zu requests; `question` (%zu) and "
                         "`length` (%zu) must have as many, `begin` (%zu) one "
                         "more",
                         path, requests, read->questions, read->lengths,
                         read->begins);
    if (read->begin[0] != 0 || (size_t)read->begin[requests] != read->ids)
        return error_set(err, ERROR_DATA,
                         "%s: `begin` must go from 0 to the %zu ids, not from "
                         "%" PRId32 " to %" PRId32,
                         path, read->ids, read->begin[0],
                         read->begin[requests]);
    return 0;
}

static int check_request(const struct task_tensors *read, size_t r,
                         const char *path, struct error *err)
{
    int32_t before = r == 0 ? -1 : read->question[r - 1];

    if (read->begin[r + 1] <= read->begin[r] || read->context[r] < 1 ||
        read->context[r] >= read->begin[r + 1] - read->begin[r])
        return error_set(err, ERROR_DATA,
                         "%s: request %zu: ids %" PRId32 " to %" PRId32
                         " with a context of %" PRId32
                         "; a context of at least one, and a continuation, "
                         "were expected",
                         path, r, read->begin[r], read->begin[r + 1],
                         read->context[r]);
    if (read->question[r] != before + 1 &&
        (r == 0 || read->question[r] != before))
        return error_set(err, ERROR_DATA,
                         "%s: request %zu: question %" PRId32 " after %" PRId32,
                         path, r, read->question[r], before);
    if (read->length[r] < 1)
        return error_set(err, ERROR_DATA,
                         "%s: request %zu: a continuation of %" PRId32
                         " characters",
                         path, r, read->length[r]);
    return 0;
}

static int take_requests(struct tasks *tasks, const struct task_tensors *read,
                         const char *path, struct error *err)
{
    tasks->requests = read->contexts;
    tasks->request = memory_new(tasks->requests, sizeof *tasks->request);
    for (size_t r = 0; r < tasks->requests; r++) {
        if (check_request(read, r, path, err) < 0)
            return -1;
        tasks->request[r] = (struct task_request){
            .begin = (size_t)read->begin[r],
            .tokens = (uint32_t)(read->begin[r + 1] - read->begin[r]),
            .context = (uint32_t)read->context[r],
            .question = (uint32_t)read->question[r],
            .length = (uint32_t)read->length[r],
        };
    }
    tasks->questions = tasks->request[tasks->requests - 1].question + 1;
    if (read->golds != tasks->questions)
        return error_set(err, ERROR_DATA,
                         "%s: `gold` has %zu numbers for %zu questions", path,
                         read->golds, tasks->questions);
    return 0;
}

static int take_gold(struct tasks *tasks, const struct task_tensors *read,
                     const char *path, struct error *err)
{
    uint32_t *choices = memory_new(tasks->questions, sizeof *choices);
    int status = 0;

    tasks->gold = memory_new(tasks->questions, sizeof *tasks->gold);
    for (size_t r = 0; r < tasks->requests; r++)
        choices[tasks->request[r].question]++;
    for (size_t q = 0; status == 0 && q < tasks->questions; q++) {
        tasks->gold[q] = (uint32_t)read->gold[q];
        if (read->gold[q] < 0 || tasks->gold[q] >= choices[q])
            status = error_set(err, ERROR_DATA,
                               "%s: question %zu: choice %" PRId32
                               " is right, of %" PRIu32,
                               path, q, read->gold[q], choices[q]);
    }
    free(choices);
    return status;
}

static int check_ids(const struct tasks *tasks, size_t count,
                     const struct model *model, const char *path,
                     struct error *err)
{
    uint32_t vocabulary = model_vocabulary(model);

    for (size_t i = 0; i < count; i++) {
        if (tasks->ids[i] < 0 || (uint32_t)tasks->ids[i] >= vocabulary)
            return error_set(err, ERROR_DATA,
                             "%s: `ids`: number %zu: token %" PRId32
                             " is outside the vocabulary, 0 to %u",
                             path, i, tasks->ids[i], vocabulary - 1);
    }
    return 0;
}

static int tasks_read_tensors(struct tasks *tasks, struct task_tensors *read,
                              const struct safetensors *file,
                              const struct model *model, struct error *err)
{
    const char *path = safetensors_path(file);

    if (!(tasks->ids = read_numbers(file, "ids", &read->ids, err)) ||
        !(read->begin = read_numbers(file, "begin", &read->begins, err)) ||
        !(read->context =
              read_numbers(file, "context", &read->contexts, err)) ||
        !(read->question =
              read_numbers(file, "question", &read->questions, err)) ||
        !(read->length = read_numbers(file, "length", &read->lengths, err)) ||
        !(read->gold = read_numbers(file, "gold", &read->golds, err)) ||
        check_counts(read, path, err) < 0 ||
        take_requests(tasks, read, path, err) < 0 ||
        take_gold(tasks, read, path, err) < 0)
        return -1;
    return check_ids(tasks, read->ids, model, path, err);
}

int tasks_read(struct tasks *tasks, const char *path, const struct model *model,
               struct error *err)
{
    struct task_tensors read = { 0 };
    struct safetensors *file;
    int status;

    *tasks = (struct tasks){ 0 };
    if (safetensors_open(&file, path, err) < 0)
        return -1;
    status = tasks_read_tensors(tasks, &read, file, model, err);
    if (status == 0)
        safetensors_hash(file, tasks->hash);
    else
        tasks_release(tasks);
    free(read.begin);
    free(read.context);
    free(read.question);
    free(read.length);
    free(read.gold);
    safetensors_close(file);
    return status;
}

/* Three other rows, no two alike. */
static void draw_others(size_t other[CHOICES], size_t row, size_t rows,
                        uint64_t *seed)
{
    other[0] = row;
    for (int i = 1; i < CHOICES; i++) {
        bool again = true;

        while (again) {
            other[i] = (size_t)random_below(seed, rows);
            again = false;
            for (int j = 0; j < i; j++)
                again |= other[j] == other[i];
        }
    }
}

int tasks_from_rows(struct tasks *tasks, const struct model_tokens *rows,
                    struct tasks_cut cut, struct error *err)
{
    uint32_t piece = cut.context + cut.continuation;
    size_t pieces = rows->length / piece, at = 0;
    size_t count = pieces * rows->rows * CHOICES * piece;

    if (rows->rows < CHOICES || pieces == 0)
        return error_set(err, ERROR_DATA,
                         "questions need %d rows of at least %u tokens; here "
                         "are %zu of %u",
                         CHOICES, piece, rows->rows, rows->length);
    *tasks = (struct tasks){
        .ids = memory_new(count, sizeof *tasks->ids),
        .requests = pieces * rows->rows * CHOICES,
        .questions = pieces * rows->rows,
    };
    tasks->request = memory_new(tasks->requests, sizeof *tasks->request);
    tasks->gold = memory_new(tasks->questions, sizeof *tasks->gold);
    for (size_t q = 0; q < tasks->questions; q++) {
        size_t row = q / pieces, first = q % pieces * piece;
        size_t other[CHOICES];

        draw_others(other, row, rows->rows, &cut.seed);
        for (size_t c = 0; c < CHOICES; c++, at += piece) {
            tasks->request[q * CHOICES + c] =
                (struct task_request){ at, piece, cut.context, (uint32_t)q,
                                       cut.continuation };
            memcpy(tasks->ids + at, rows->ids + row * rows->length + first,
                   cut.context * sizeof *tasks->ids);
            memcpy(tasks->ids + at + cut.context,
                   rows->ids + other[c] * rows->length + first + cut.context,
                   cut.continuation * sizeof *tasks->ids);
        }
    }
    hash_bytes(tasks->hash, tasks->ids, count * sizeof *tasks->ids);
    return 0;
}

void tasks_release(struct tasks *tasks)
{
    free(tasks->ids);
    free(tasks->request);
    free(tasks->gold);
    *tasks = (struct tasks){ 0 };
}
