/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/whole/image_decoder.h"

#include "models/whole/whole.h"

struct coming_image {
    size_t wave;
    uint64_t clock;
};

void image_decoder_put(struct image_decoder *decoder, size_t wave,
                       uint64_t clock)
{
    *(struct coming_image *)deque_add(&decoder->coming) =
        (struct coming_image){ wave, clock };
    station_wake(&decoder->station);
}

static void image_decoder_decode(struct image_decoder *decoder,
                                 const struct coming_image *image)
{
    struct whole *whole = decoder->station.whole;
    struct agenda_wave *wave = deque_at(&whole->agenda.wave, image->wave);
    const struct agenda_job *job = deque_at(&whole->agenda.job, wave->job);

    wave->image = image->clock + wave->of.decode;
    whole_count(whole, agenda_task_of(&whole->agenda, job)->of.name,
                COUNTER_DECODED_BYTES, wave->of.decoded);
    station_wake(&whole->loader.station);
}

static void image_decoder_run(void *module)
{
    struct image_decoder *decoder = module;
    struct deque *coming = &decoder->coming;

    while (coming->first < coming->end) {
        const struct coming_image *image = deque_at(coming, coming->first);

        if (!station_has_come(&decoder->station, image->clock))
            return;
        image_decoder_decode(decoder, image);
        deque_drop(coming, coming->first + 1);
    }
}

void image_decoder_init(struct image_decoder *decoder, struct whole *whole)
{
    *decoder = (struct image_decoder){ 0 };
    station_init(&decoder->station, whole, "image_decoder", image_decoder_run,
                 decoder);
    deque_init(&decoder->coming, sizeof(struct coming_image));
}

void image_decoder_release(struct image_decoder *decoder)
{
    deque_release(&decoder->coming);
}
