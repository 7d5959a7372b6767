/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loops over arrays for tests/test_softfloat.py: over a function of SoftFloat's, which comes as a pointer, and over
 * what this machine's compiler makes of +, *, /, sqrt and fma.  Compiled by the test.
 */
#include <fenv.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The types of SoftFloat's softfloat_types.h: each format's code in a struct. */
typedef struct f16 {
    uint16_t v;
} f16;
typedef struct f16 bf16;
typedef struct f32 {
    uint32_t v;
} f32;
typedef struct f64 {
    uint64_t v;
} f64;
typedef struct f128 {
    uint64_t v[2];
} f128;
typedef uint32_t ui32;
typedef uint64_t ui64;
typedef int32_t i32;
typedef int64_t i64;
/* What to_int functions return, and what fits the arrays. */
typedef uint_fast32_t fast_ui32;
typedef uint_fast64_t fast_ui64;
typedef int_fast32_t fast_i32;
typedef int_fast64_t fast_i64;

typedef struct call {
    void *function;
    size_t n;
    const void *a, *b, *c;
    void *z;
    uint8_t *flags;  /* receives SoftFloat's flags, one byte per element */
    uint8_t *raised; /* where SoftFloat keeps them */
    uint8_t rounding, exact;
} call;

/* void *function to a pointer of its type, which ISO C does not cast */
#define BIND(POINTER)                                                                                                  \
    memcpy(&(POINTER), &j->function, sizeof(POINTER));                                                                 \
    for (size_t i = 0; i < j->n; i++)
#define RAISE(STATEMENT)                                                                                               \
    *j->raised = 0;                                                                                                    \
    STATEMENT;                                                                                                         \
    j->flags[i] = *j->raised
#define AT(TYPE, NAME) (((const TYPE *)j->NAME)[i])
#define OUT(TYPE) (((TYPE *)j->z)[i])

#define UNARY(A, Z)                                                                                                    \
    void A##_##Z(const call *j);                                                                                       \
    void A##_##Z(const call *j) {                                                                                      \
        Z (*f)(A);                                                                                                     \
        BIND(f) { RAISE(OUT(Z) = f(AT(A, a))); }                                                                       \
    }
#define TO_INT(A, Z)                                                                                                   \
    void A##_to_##Z(const call *j);                                                                                    \
    void A##_to_##Z(const call *j) {                                                                                   \
        fast_##Z (*f)(A, uint_fast8_t, bool);                                                                          \
        BIND(f) { RAISE(OUT(Z) = (Z)f(AT(A, a), j->rounding, j->exact != 0)); }                                        \
    }
#define FLOAT(A)                                                                                                       \
    UNARY(A, A)                                                                                                        \
    TO_INT(A, ui32)                                                                                                    \
    TO_INT(A, ui64)                                                                                                    \
    TO_INT(A, i32)                                                                                                     \
    TO_INT(A, i64)                                                                                                     \
    UNARY(ui32, A)                                                                                                     \
    UNARY(ui64, A)                                                                                                     \
    UNARY(i32, A)                                                                                                      \
    UNARY(i64, A)                                                                                                      \
    void A##_round(const call *j);                                                                                     \
    void A##_round(const call *j) {                                                                                    \
        A (*f)(A, uint_fast8_t, bool);                                                                                 \
        BIND(f) { RAISE(OUT(A) = f(AT(A, a), j->rounding, j->exact != 0)); }                                           \
    }                                                                                                                  \
    void A##_##A##_##A(const call *j);                                                                                 \
    void A##_##A##_##A(const call *j) {                                                                                \
        A (*f)(A, A);                                                                                                  \
        BIND(f) { RAISE(OUT(A) = f(AT(A, a), AT(A, b))); }                                                             \
    }                                                                                                                  \
    void A##_##A##_##A##_##A(const call *j);                                                                           \
    void A##_##A##_##A##_##A(const call *j) {                                                                          \
        A (*f)(A, A, A);                                                                                               \
        BIND(f) { RAISE(OUT(A) = f(AT(A, a), AT(A, b), AT(A, c))); }                                                   \
    }                                                                                                                  \
    void A##_##A##_bool(const call *j);                                                                                \
    void A##_##A##_bool(const call *j) {                                                                               \
        bool (*f)(A, A);                                                                                               \
        BIND(f) { RAISE(OUT(uint8_t) = f(AT(A, a), AT(A, b))); }                                                       \
    }                                                                                                                  \
    IS(A)
#define IS(A)                                                                                                          \
    void A##_bool(const call *j);                                                                                      \
    void A##_bool(const call *j) {                                                                                     \
        bool (*f)(A);                                                                                                  \
        BIND(f) { RAISE(OUT(uint8_t) = f(AT(A, a))); }                                                                 \
    }

FLOAT(f16)
FLOAT(f32)
FLOAT(f64)
FLOAT(f128)
IS(bf16)
UNARY(bf16, f32)
UNARY(f32, bf16)
UNARY(f16, f32)
UNARY(f16, f64)
UNARY(f16, f128)
UNARY(f32, f16)
UNARY(f32, f64)
UNARY(f32, f128)
UNARY(f64, f16)
UNARY(f64, f32)
UNARY(f64, f128)
UNARY(f128, f16)
UNARY(f128, f32)
UNARY(f128, f64)

/* The host: volatile operands keep the compiler from computing or moving anything; the test compiles without
 * contraction.  Flags are those of <fenv.h>, put into TestFloat's bits. */
static uint8_t host_flags(void) {
    const int set = fetestexcept(FE_ALL_EXCEPT);
    return (uint8_t)((set & FE_INEXACT ? 1 : 0) | (set & FE_UNDERFLOW ? 2 : 0) | (set & FE_OVERFLOW ? 4 : 0) |
                     (set & FE_DIVBYZERO ? 8 : 0) | (set & FE_INVALID ? 16 : 0));
}

#define HOST(NAME, TYPE, EXPRESSION)                                                                                   \
    void host_##NAME(const call *j);                                                                                   \
    void host_##NAME(const call *j) {                                                                                  \
        for (size_t i = 0; i < j->n; i++) {                                                                            \
            const volatile TYPE a = AT(TYPE, a), b = AT(TYPE, b), c = AT(TYPE, c);                                     \
            (void)b, (void)c;                                                                                          \
            feclearexcept(FE_ALL_EXCEPT);                                                                              \
            const volatile TYPE z = EXPRESSION;                                                                        \
            j->flags[i] = host_flags();                                                                                \
            OUT(TYPE) = z;                                                                                             \
        }                                                                                                              \
    }

HOST(f32_add, float, a + b)
HOST(f32_sub, float, a - b)
HOST(f32_mul, float, a *b)
HOST(f32_div, float, a / b)
HOST(f32_sqrt, float, sqrtf(a))
HOST(f32_fma, float, fmaf(a, b, c))
HOST(f64_add, double, a + b)
HOST(f64_sub, double, a - b)
HOST(f64_mul, double, a *b)
HOST(f64_div, double, a / b)
HOST(f64_sqrt, double, sqrt(a))
HOST(f64_fma, double, fma(a, b, c))

#if defined(__x86_64__) || defined(__i386__)
/* The x87 itself: its control word's rounding and precision control are the call's `rounding` and `exact`. */
#define X87(NAME, INSTRUCTION)                                                                                         \
    void x87_##NAME(const call *j);                                                                                    \
    void x87_##NAME(const call *j) {                                                                                   \
        uint16_t before, status;                                                                                       \
        const uint16_t control = (uint16_t)(0x3F | j->exact << 8 | j->rounding << 10);                                 \
        __asm__ volatile("fnstcw %0" : "=m"(before));                                                                  \
        __asm__ volatile("fldcw %0" : : "m"(control));                                                                 \
        for (size_t i = 0; i < j->n; i++) {                                                                            \
            long double z = AT(long double, a);                                                                        \
            const long double b = AT(long double, b);                                                                  \
            __asm__ volatile("fnclex\n\t" INSTRUCTION "\n\tfnstsw %1" : "+t"(z), "=m"(status) : "u"(b) : "ax", "cc");  \
            OUT(long double) = z;                                                                                      \
            j->flags[i] = (uint8_t)((status >> 5 & 1) | (status >> 3 & 2) | (status >> 1 & 4) | (status << 1 & 8) |    \
                                    (status << 4 & 16));                                                               \
        }                                                                                                              \
        __asm__ volatile("fldcw %0" : : "m"(before));                                                                  \
    }

X87(add, "fadd %%st(1), %%st(0)")
X87(sub, "fsub %%st(1), %%st(0)")
X87(mul, "fmul %%st(1), %%st(0)")
X87(div, "fdiv %%st(1), %%st(0)")
X87(sqrt, "fsqrt")
X87(round_to_integral, "frndint")
X87(remainder, "0: fprem1\n\tfnstsw %%ax\n\ttestb $4, %%ah\n\tjnz 0b")
#endif
