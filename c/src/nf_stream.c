/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which results go past the caches.
 */
#if defined(__linux__)
#define _DEFAULT_SOURCE 1
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "nf_fast.h"

/* Operands and results of so many bytes fit into no cache.  Tests with small arrays set it lower. */
#if !defined(NFI_STREAM_MIN)
#define NFI_STREAM_MIN (1 << 25)
#endif

/* Has nobody yet written there?  The system clears such memory at the first write, and leaves it in the caches. */
static int is_untouched(const unsigned char *p) {
#if defined(__linux__)
    unsigned char present = 1;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    return mincore((void *)((uintptr_t)p / page * page), 1, &present) == 0 && !(present & 1);
#else
    (void)p;
    return 0;
#endif
}

uint32_t nfi_streams(const void *out, size_t n, size_t bytes, size_t in_bytes) {
    if (n < NFI_STREAM_MIN / (bytes + in_bytes) || (uintptr_t)out % bytes != 0) return 0;
    return !is_untouched((const unsigned char *)out + (n - 1) * bytes);
}
