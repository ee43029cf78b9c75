/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "models/inference/inference.h"

/*
 * What an inference will take on this computer: a thirty-second, a sixteenth
 * and an eighth of its tokens are run, prompt and decoding by themselves, and
 * what they took is drawn on to the whole.  Nothing is told of what is over in
 * a moment: all is 0 then.
 */
struct infer_forecast {
    double prompt, decoding; /* seconds of a processor */
    double memory;           /* bytes, beside what is there */
};

/* `most`: seconds, below which nobody wants to know. */
void infer_forecast(struct infer_forecast *forecast,
                    const struct inference_asked *asked, double most);

/* Of the program as it is, with so many that run at once. */
double infer_forecast_memory(double each, uint64_t at_once);

/* Of a whole of which a thirty-second, a sixteenth and an eighth took so much:
 * what grows with its size, or up to its square. */
enum { INFER_FORECAST_PARTS = 3 };
double infer_forecast_whole(const double part[INFER_FORECAST_PARTS]);

/* The share of an inference's time that is over with `segments` of `all`; of a
 * step there are `each`, and the prompt takes the share `prompt` of the time.
 */
double infer_forecast_share(size_t segments, size_t all, size_t each,
                            double prompt);
