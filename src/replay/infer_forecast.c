/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An inference repeats itself, and what repeats is gone over at once, so that
 * no count of its work says how long it takes.  But it is alike at every
 * length: a prompt of an eighth has as many blocks, heads and layers, fewer
 * blocks of queries and shorter rows.  Time lies between what does not grow
 * with tokens (layouts, the choice of merge modes) and what grows with their
 * square (attention): three small runs show where.
 *
 * Memory is the most that the system saw of this program meanwhile, less what
 * it had before (proc(5): clear_refs, VmHWM); where that is not told it is 0.
 */
#include "replay/infer_forecast.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cpu_clock.h"
#include "base/arithmetic.h"

static const int parts[INFER_FORECAST_PARTS] = { 32, 16, 8 };

/* A line of /proc/self/status in bytes; 0: there is none. */
static double status_bytes(const char *key)
{
    FILE *file = fopen("/proc/self/status", "r");
    double kilobytes = 0;
    char line[256];

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            sscanf(line + strlen(key), ": %lf", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");

    if (!file)
        return;
    fputs("5", file);
    fclose(file);
}

/* What a part of the tokens takes: the prompt alone, and steps after it. */
static int run_part(struct infer_forecast *took,
                    const struct inference_asked *asked, uint32_t part)
{
    struct inference_asked piece = *asked;
    struct inference_result result;
    double seconds;
    struct error ignored;

    piece.passed = NULL;
    piece.prompt = (uint32_t)max(1, asked->prompt / part);
    piece.generate = 1;
    malloc_trim(0);
    forget_peak();
    seconds = -cpu_clock_thread();
    if (inference_run(&result, &piece, &ignored) < 0)
        return -1;
    inference_result_release(&result);
    seconds += cpu_clock_thread();
    took->prompt = seconds;
    took->decoding = 0;
    if (asked->generate > 1) {
        piece.generate = 1 + (uint32_t)max(1, (asked->generate - 1) / part);
        seconds = -cpu_clock_thread();
        if (inference_run(&result, &piece, &ignored) < 0)
            return -1;
        inference_result_release(&result);
        seconds += cpu_clock_thread();
        took->decoding = fmax(0, seconds - took->prompt);
    }
    took->memory = status_bytes("VmHWM");
    return 0;
}

double infer_forecast_memory(double each, uint64_t at_once)
{
    return status_bytes("VmRSS") + each * (double)at_once;
}

/*
 * On the line through the outer parts, which errs least where times are short
 * and so uncertain; if the second half of the way between them rises much more
 * than the first, each doubling of the tokens adds as much more than the one
 * before.
 */
double infer_forecast_whole(const double part[INFER_FORECAST_PARTS])
{
    double before = part[1] - part[0], last = part[2] - part[1];
    double whole = part[2];
    static const double steep = 2.8; /* a line: 2, a square: 4 */

    if (part[2] <= part[0])
        return whole;
    if (before <= 0 || last < steep * before)
        return whole + (part[2] - part[0]) * (1 - 1.0 / parts[2]) /
                           (1.0 / parts[2] - 1.0 / parts[0]);
    for (int doubled = parts[2]; doubled > 1; doubled /= 2) {
        last *= fmin(4, (part[2] - part[1]) / before);
        whole += last;
    }
    return whole;
}

double infer_forecast_share(size_t segments, size_t all, size_t each,
                            double prompt)
{
    /* Blocks are alike: the first few take the time of all of them. */
    if (segments < each)
        return prompt * (1 - exp2(-(double)segments));
    if (all <= each)
        return 1;
    return prompt +
           (1 - prompt) * (double)(segments - each) / (double)(all - each);
}

void infer_forecast(struct infer_forecast *forecast,
                    const struct inference_asked *asked, double most)
{
    double prompt[INFER_FORECAST_PARTS], memory[INFER_FORECAST_PARTS];
    double decoding[INFER_FORECAST_PARTS], before;

    *forecast = (struct infer_forecast){ 0 };
    if (asked->prompt < (uint32_t)parts[0] &&
        asked->generate < (uint32_t)parts[0])
        return;
    malloc_trim(0);
    before = status_bytes("VmRSS");
    for (int i = 0; i < INFER_FORECAST_PARTS; i++) {
        struct infer_forecast took;

        if (run_part(&took, asked, (uint32_t)parts[i]) < 0 ||
            (took.prompt + took.decoding) * parts[i] < most)
            return;
        prompt[i] = took.prompt;
        decoding[i] = took.decoding;
        memory[i] = fmax(0, took.memory - before);
    }
    *forecast = (struct infer_forecast){
        .prompt = infer_forecast_whole(prompt),
        /* Steps are alike, and there are so many more of them. */
        .decoding = decoding[2] * parts[2],
        .memory = infer_forecast_whole(memory),
    };
}
