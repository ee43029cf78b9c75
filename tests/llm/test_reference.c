/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Perplexity of the shipped models on all test rows against what PyTorch gave
 * (traces/checkpoints/README.md). */
#include <math.h>

#include "llm/perplexity.h"
#include "tests/llm/tiny.h"
#include "tests/suite.h"

static void must_give(const char *folder, double wanted)
{
    struct model *model = tiny_open(folder);
    struct perplexity perplexity;
    struct model_tokens tokens;
    struct error err;

    ck_assert_int_eq(model_tokens_read(&tokens, SHIPPED("tokens.safetensors"),
                                       "test", 0, model, &err),
                     0);
    ck_assert_uint_eq(tokens.rows, 256);
    ck_assert_int_eq(
        perplexity_measure(&perplexity, model, &tokens, NULL, &err), 0);
    ck_assert_double_eq_tol(perplexity.value / wanted, 1, 2e-5);
    model_tokens_release(&tokens);
    model_close(model);
}

START_TEST(llama_7m_has_the_perplexity_that_pytorch_gave)
{
    must_give(SHIPPED("llama-7m"), 15.6495);
}
END_TEST

START_TEST(mamba2_6m_has_the_perplexity_that_pytorch_gave)
{
    must_give(SHIPPED("mamba2-6m"), 18.0520);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reference");
    TCase *models = tcase_create("models");

    tcase_set_timeout(models, 600);
    tcase_add_test(models, llama_7m_has_the_perplexity_that_pytorch_gave);
    tcase_add_test(models, mamba2_6m_has_the_perplexity_that_pytorch_gave);
    suite_add_tcase(suite, models);
    return suite;
}
