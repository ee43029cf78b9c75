/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/spill.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

/* All blocks are there before it is written: a full disk is met here, and not
 * as a signal when a page is touched. */
static int spill_open(size_t bytes)
{
    const char *folder = getenv("TMPDIR");
    int file = open(folder && *folder ? folder : "/tmp",
                    O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (file >= 0 && posix_fallocate(file, 0, (off_t)bytes) != 0) {
        close(file);
        return -1;
    }
    return file;
}

void spill_take_file(struct spill *spill, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    int file;
    void *at;

    *spill = (struct spill){ .bytes = (bytes / page + 1) * page };
    file = spill_open(spill->bytes);
    if (file < 0)
        return;
    at = mmap(NULL, spill->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (at == MAP_FAILED)
        return;
    spill->at = at;
    spill->mapped = true;
}

void spill_take(struct spill *spill, size_t bytes)
{
    *spill = (struct spill){ 0 };
    if (bytes >= SPILL_FROM)
        spill_take_file(spill, bytes);
    if (spill->at)
        return;
    spill->at = memory_new_aligned(bytes, 1);
    spill->bytes = bytes;
}

void spill_rest(const struct spill *spill)
{
    if (spill->mapped)
        madvise(spill->at, spill->bytes, MADV_DONTNEED);
}

void spill_release(struct spill *spill)
{
    if (spill->mapped)
        munmap(spill->at, spill->bytes);
    else
        free(spill->at);
    *spill = (struct spill){ 0 };
}
