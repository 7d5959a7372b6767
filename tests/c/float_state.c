/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The floating-point control register of the thread that calls: MXCSR on x86, FPCR on Arm.  Elsewhere there is none
 * that this file knows, and every call gives 0.
 */
#include <stdint.h>

#if defined(__x86_64__) || defined(__SSE__)

#include <xmmintrin.h>

uint64_t get_state(void) { return _mm_getcsr(); }
void set_state(uint64_t state) { _mm_setcsr((uint32_t)state); }

#elif defined(__aarch64__)

uint64_t get_state(void) {
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    return state;
}
void set_state(uint64_t state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }

#else

uint64_t get_state(void) { return 0; }
void set_state(uint64_t state) { (void)state; }

#endif
