/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every tiny model below tests/llm/families with its channels in an order drawn
 * by lot: what it computes stays, and so it is written. */
#include "llm/fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "llm/checkpoint_out.h"
#include "llm/head.h"
#include "llm/walk.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static char *cases[TINY_MOST_FAMILIES];
static int count;

static void fold_shuffle(uint32_t *order, uint32_t first, uint32_t size,
                         uint64_t *random)
{
    for (uint32_t i = 0; i < size; i++)
        order[first + i] = first + i;
    for (uint32_t i = size; i > 1; i--) {
        uint32_t j = (uint32_t)random_below(random, i);
        uint32_t kept = order[first + i - 1];

        order[first + i - 1] = order[first + j];
        order[first + j] = kept;
    }
}

/* Each set's channels by lot, those of one layer's readers alike. */
static struct permutation *fold_draw(const struct model *model, uint64_t seed)
{
    struct permutation *drawn = permutation_new(model_layers(model));
    struct channel_sets sets;

    channel_sets_find(&sets, model);
    for (size_t s = 0; s < sets.count; s++) {
        const struct channel_set *set = &sets.at[s];
        uint32_t inputs = model_layer(model, set->layer)->shape.inputs;
        uint32_t **whole =
            set->stream ? &drawn->stream : &drawn->inside[set->layer];
        uint32_t *order = memory_new(set->size, sizeof *order);

        ck_assert_uint_gt(set->readers, 0);
        if (set->stream)
            inputs = drawn->width = set->size;
        if (!*whole)
            *whole = memory_new(inputs, sizeof **whole);
        fold_shuffle(order, 0, set->size, &seed);
        for (size_t r = 0; r < set->readers; r++)
            for (uint32_t i = 0; i < set->size; i++)
                if (set->stream || set->reader[r].layer == set->layer)
                    (*whole)[set->reader[r].first + i] =
                        set->reader[r].first + order[i];
        free(order);
    }
    channel_sets_release(&sets);
    return drawn;
}

static struct model_tokens fold_tokens(const struct model *model,
                                       const char *folder)
{
    char *spec = memory_printf("%s/reference.safetensors", folder);
    struct model_tokens tokens;
    struct error err;

    ck_assert_msg(model_tokens_read(&tokens, spec, "tokens", 0, model, &err) ==
                      0,
                  "%s", err.text);
    free(spec);
    return tokens;
}

static float *fold_logits(const struct model *model,
                          const struct model_tokens *tokens, size_t *number)
{
    size_t width = model_width(model), words = model_vocabulary(model);
    size_t places = tokens->rows * tokens->length;
    float *hidden = memory_new(places * width, sizeof *hidden);
    float *normed = memory_new(places * width, sizeof *normed);
    float *logits = memory_new(places * words, sizeof *logits);
    struct model_walk walk = { .work.workers = 1 };
    struct head *head;
    struct error err;

    ck_assert_int_eq(model_walk_blocks(model, tokens, &walk, hidden, &err), 0);
    ck_assert_int_eq(head_load(&head, model, &err), 0);
    head_logits(head, hidden, (uint32_t)places, normed, logits);
    head_free(head);
    free(hidden);
    free(normed);
    *number = places * words;
    return logits;
}

START_TEST(logits_stay_when_all_channels_stand_elsewhere)
{
    struct model *model = tiny_open(cases[_i]), *folded;
    struct model_tokens tokens = fold_tokens(model, cases[_i]);
    struct permutation *drawn = fold_draw(model, 4711 + (uint64_t)_i);
    size_t number, moved = 0;
    double largest = 0, wrong = 0;
    float *dense, *other;
    struct error err;

    ck_assert_msg(model_fold(&folded, model, drawn, &err) == 0, "%s", err.text);
    dense = fold_logits(model, &tokens, &number);
    other = fold_logits(folded, &tokens, &number);
    for (size_t i = 0; i < number; i++) {
        largest = fmax(largest, fabs((double)dense[i]));
        wrong = fmax(wrong, fabs((double)dense[i] - (double)other[i]));
    }
    ck_assert_msg(wrong <= 1e-5 * largest, "%s: %g of %g", cases[_i], wrong,
                  largest);
    for (size_t l = 0; l < model_layers(model); l++) {
        uint32_t *order = model_inputs_order(folded, l);

        for (uint32_t k = 0; order && k < model_layer(model, l)->shape.inputs;
             k++)
            moved += order[k] != k;
        free(order);
    }
    ck_assert_uint_gt(moved, model_width(model));
    free(dense);
    free(other);
    model_unfold(folded);
    permutation_free(drawn);
    model_tokens_release(&tokens);
    model_close(model);
}
END_TEST

static void fold_write(const struct model *model, const char *folder,
                       enum checkpoint_numbers numbers)
{
    struct checkpoint_out *out;
    struct error err;

    ck_assert_msg(checkpoint_out_create(&out, model, folder, numbers, &err) ==
                      0,
                  "%s", err.text);
    ck_assert_msg(checkpoint_out_commit(out, &err) == 0, "%s", err.text);
}

/* The words of its own checkpoint, but for the floats. */
static void config_says_float32(const char *folder)
{
    char *path = memory_printf("%s/config.json", folder);
    struct error err;
    char *text = file_read_text(path, 1 << 20, &err);

    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_nonnull(strstr(text, "dtype\": \"float32\""));
    ck_assert_ptr_null(strstr(text, "bfloat16"));
    free(text);
    free(path);
}

START_TEST(a_folded_model_is_written_so_that_a_plain_reader_has_its_bits)
{
    static const char *const folders[] = { "own", "wide" };
    struct model *model = tiny_open(cases[_i]), *folded;
    struct model_tokens tokens = fold_tokens(model, cases[_i]);
    struct permutation *drawn = fold_draw(model, 815 + (uint64_t)_i);
    size_t number;
    float *wanted;
    struct error err;

    ck_assert_int_eq(model_fold(&folded, model, drawn, &err), 0);
    wanted = fold_logits(folded, &tokens, &number);
    for (int f = 0; f < 2; f++) {
        struct model *read;
        float *found;

        fold_write(folded, folders[f], f ? CHECKPOINT_F32 : CHECKPOINT_OWN);
        read = tiny_open(folders[f]);
        ck_assert_ptr_null(model_permutation(read));
        found = fold_logits(read, &tokens, &number);
        ck_assert_msg(memcmp(found, wanted, number * sizeof *wanted) == 0, "%s",
                      cases[_i]);
        free(found);
        model_close(read);
    }
    config_says_float32("wide");
    free(wanted);
    model_unfold(folded);
    permutation_free(drawn);
    model_tokens_release(&tokens);
    model_close(model);
}
END_TEST

START_TEST(a_channel_that_leaves_its_head_is_refused)
{
    struct model *model, *folded;
    struct permutation *wrong;
    struct error err;

    tiny_write("m", &(struct tiny){ 0 });
    model = tiny_open("m");
    wrong = permutation_new(model_layers(model));
    wrong->inside[3] = memory_new(8, sizeof **wrong->inside); /* o */
    for (uint32_t i = 0; i < 8; i++)
        wrong->inside[3][i] = i < 2 ? 1 - i : i;
    /* Its two query heads share the values of one. */
    ck_assert_int_eq(model_fold(&folded, model, wrong, &err), -1);
    ck_assert_int_eq(err.kind, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "self_attn.o_proj"));
    wrong->inside[3][4] = 5;
    wrong->inside[3][5] = 4;
    ck_assert_int_eq(model_fold(&folded, model, wrong, &err), 0);
    model_unfold(folded);
    wrong->inside[3][0] = 4;
    wrong->inside[3][5] = 1;
    ck_assert_int_eq(model_fold(&folded, model, wrong, &err), -1);
    free(wrong->inside[3]);
    wrong->inside[3] = NULL;
    wrong->inside[0] = memory_new(8, sizeof **wrong->inside); /* q */
    ck_assert_int_eq(model_fold(&folded, model, wrong, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "q_proj"));
    permutation_free(wrong);
    model_close(model);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("fold");
    TCase *fold = tcase_create("fold");

    count = tiny_families(cases);
    tcase_add_checked_fixture(fold, tiny_enter, tiny_leave);
    tcase_set_timeout(fold, 60);
    tcase_add_loop_test(fold, logits_stay_when_all_channels_stand_elsewhere, 0,
                        count);
    tcase_add_loop_test(
        fold, a_folded_model_is_written_so_that_a_plain_reader_has_its_bits, 0,
        count);
    tcase_add_test(fold, a_channel_that_leaves_its_head_is_refused);
    suite_add_tcase(suite, fold);
    return suite;
}
