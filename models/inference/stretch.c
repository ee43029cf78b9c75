/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waves whose teams differ are many and each unlike the one before, so nothing
 * repeats from column wave to column wave (repeat.c).  But what their vectors
 * ask of the entry port are few small numbers, and the states in which they
 * meet it are few as well: a model's million waves are some hundred stretches.
 *
 * Once a vector of a wave has entered, the load, the inputs and the makers are
 * over.  All that a later one waits for is the port, the read before it and the
 * ends of output operations; every time is the latest of those plus constants
 * of the wave, so from the same state, told from the port on, with the same
 * constants and as many vectors, follow the same clocks and the same state.
 * Ends before the port hold nothing up and are no part of it; whether such an
 * end is early or as late as the port makes no difference, as the next
 * operation cannot end before that.
 *
 * States are told in whole clocks.  Where one of their times has another part
 * of a clock than the port (the channel was waited for not long ago) they are
 * not remembered, nor where they are too long: then vectors are stepped
 * through, as those are that are met for the first time.
 *
 * To recall one costs about as much as two vectors.  What is found by a hash is
 * compared word by word.
 */
#include "models/inference/stretch.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* What the vectors of a stretch wait for, and what they do. */
static const enum programme_clock stretch_clocks[] = { PROGRAMME_COMPUTE,
                                                       PROGRAMME_READ,
                                                       PROGRAMME_OUTPUT };

enum {
    CLOCKS = sizeof stretch_clocks / sizeof *stretch_clocks,
    BEGIN_WORDS = 5,       /* before the wave's outputs and the open ends */
    END_WORDS = 3 + CLOCKS /* before the open ends */
};

void stretches_init(struct stretches *stretches)
{
    *stretches = (struct stretches){ 0 };
    stretches->known = memory_new(STRETCHES, sizeof *stretches->known);
}

void stretches_release(struct stretches *stretches)
{
    free(stretches->known);
}

/* Clocks from the port to `at`, modulo 2^64; false: they are not whole. */
static bool put_time(uint64_t *word, const struct entry *entry, instant at)
{
    *word = instant_whole(at) - instant_whole(entry->port);
    return instant_part(at) == instant_part(entry->port);
}

/* The ends of output operations after the port, newest first; `*words` gets
 * more by their number.  False: there is no room, or they are not whole. */
static bool put_ends(uint64_t word[STRETCH_WORDS], uint32_t *words,
                     const struct entry *entry)
{
    for (uint32_t i = entry->credits; i-- > 0; ++*words) {
        instant end = entry_end(entry, i);

        if (end <= entry->port)
            break;
        if (*words == STRETCH_WORDS || !put_time(&word[*words], entry, end))
            return false;
    }
    return true;
}

/* All that a stretch depends on; returns how many words, 0: it is not to be
 * remembered. */
static uint32_t put_begin(uint64_t word[STRETCH_WORDS],
                          const struct entry *entry,
                          const struct task_wave *wave, uint64_t vectors)
{
    uint32_t words = BEGIN_WORDS;

    if (wave->passes > STRETCH_WORDS - BEGIN_WORDS ||
        !put_time(&word[0], entry, entry->read))
        return 0;
    word[1] = vectors;
    word[2] = wave->passes;
    word[3] = wave->entry;
    word[4] = wave->read;
    for (uint32_t pass = 0; pass < wave->passes; pass++)
        word[words++] = wave->output[pass];
    return put_ends(word, &words, entry) ? words : 0;
}

static uint64_t hash_of(const uint64_t *word, uint32_t words)
{
    uint64_t hash = words;

    for (uint32_t i = 0; i < words; i++)
        hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15U;
    return hash >> 32;
}

static void stretch_again(const struct stretch *stretch, struct entry *entry,
                          instant *spent)
{
    const uint64_t *word = stretch->end, *open = word + END_WORDS;
    instant port = instant_after(entry->port, word[0]);

    entry->port = entry->released = port;
    entry->read = instant_after(port, word[1]);
    entry->ready = instant_after(port, word[2]);
    for (int i = 0; i < CLOCKS; i++)
        spent[stretch_clocks[i]] += instant_at(word[3 + i]);
    entry->next = 0;
    for (uint32_t i = entry->credits; i-- > 0;)
        entry->ends[i] =
            open < word + stretch->ends ? instant_after(port, *open++) : port;
}

bool stretches_recall(struct stretches *stretches, struct entry *entry,
                      instant *spent, const struct task_wave *wave,
                      uint64_t vectors)
{
    uint64_t begin[STRETCH_WORDS];
    uint32_t words = put_begin(begin, entry, wave, vectors);
    struct stretch *stretch;

    stretches->open = NULL;
    if (words == 0)
        return false;
    stretch = &stretches->known[hash_of(begin, words) % STRETCHES];
    if (stretch->begins == words &&
        memcmp(stretch->begin, begin, words * sizeof *begin) == 0) {
        stretch_again(stretch, entry, spent);
        return true;
    }
    stretch->begins = words;
    memcpy(stretch->begin, begin, words * sizeof *begin);
    stretches->open = stretch;
    stretches->port = entry->port;
    memcpy(stretches->spent, spent, sizeof stretches->spent);
    return false;
}

void stretches_learn(struct stretches *stretches, const struct entry *entry,
                     const instant *spent)
{
    struct stretch *stretch = stretches->open;
    uint64_t *word;

    if (!stretch)
        return;
    word = stretch->end;
    word[0] = instant_whole(entry->port) - instant_whole(stretches->port);
    put_time(&word[1], entry, entry->read);
    put_time(&word[2], entry, entry->ready);
    for (int i = 0; i < CLOCKS; i++)
        word[3 + i] = instant_whole(spent[stretch_clocks[i]]) -
                      instant_whole(stretches->spent[stretch_clocks[i]]);
    stretch->ends = END_WORDS;
    if (!put_ends(word, &stretch->ends, entry))
        stretch->begins = 0;
}
