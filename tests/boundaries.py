# SPDX-License-Identifier: BSD-3-Clause
"""Operands whose exact result lies at or next to a boundary of the destination: a value, a tie, the smallest normal,
the end of the range.  Found by solving the operation for its last operand, and its neighbours.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

from oracle import Env, decode, encode, tininess_slices, value_of
from oracle_bits import neighbour
from oracle_exact import root
from oracle_format import FormatLike, Layout, floor_log2, layout, pow2

TOWARD_ZERO = Env(rounding="toward_zero", overflow="saturate")
ONE = Fraction(1)
Operands = tuple[int, ...]


def nearest(fmt: FormatLike, x: Fraction) -> int:
    """The code at x or the next towards zero, within the range."""
    return encode(fmt, x, TOWARD_ZERO)[0]


def around(fmt: FormatLike, x: Fraction) -> list[int]:
    """The codes at x and next to it."""
    code = nearest(fmt, x)
    return [neighbour(fmt, code, up=False), code, neighbour(fmt, code, up=True)]


def significand(fmt: FormatLike, rng: random.Random) -> Fraction:
    """In [1, 2): random, or with long runs of zeros or ones."""
    bits, size = fmt.precision - 1, 1 << fmt.precision - 1
    run = rng.randrange(bits + 1)
    pattern = rng.choice([rng.randrange(size), (1 << run) - 1, size - (1 << run), 1 << run, 0, size - 1, size - 2])
    return 1 + Fraction(pattern % size, size)


def some_value(fmt: FormatLike, rng: random.Random, low: int, high: int) -> Fraction:
    """A value of the format with an exponent in that range, of either sign."""
    return rng.choice([-1, 1]) * significand(fmt, rng) * pow2(rng.randint(low, high))


def targets(to: FormatLike, rng: random.Random, count: int) -> list[Fraction]:
    """Exact results to aim at: ties and their neighbourhood, carries, subnormals, tininess, the end of the range."""
    lay = layout(to)
    emax = decode(to, lay.code(0, lay.max_ordinal)).magnitude
    found = list(tininess_slices(to))
    top = lay.ordinal_value(lay.max_ordinal + 1) - emax
    found += [emax + top * Fraction(k, 8) for k in (-8, -4, -1, 0, 1, 3, 4, 5, 7, 8, 9, 16)]
    found += [lay.smallest * Fraction(k, 8) for k in (1, 3, 4, 5, 8, 9, 12, 16)]
    while len(found) < count:
        ordinal = _some_ordinal(lay, rng)
        here, after = lay.ordinal_value(ordinal), lay.ordinal_value(ordinal + 1)
        tiny = pow2(-rng.choice([2, 3, 4, 8, to.precision - 1, to.precision, to.precision + 2, 2 * to.precision]))
        place = rng.choice([Fraction(0), Fraction(1, 2), tiny, Fraction(1, 2) - tiny, Fraction(1, 2) + tiny, 1 - tiny])
        found.append(here + (after - here) * place)
    rng.shuffle(found)
    return [rng.choice([-1, 1]) * x for x in found[:count]]


def _some_ordinal(lay: Layout, rng: random.Random) -> int:
    """Ends of binades, the first and last of them above all, and anything."""
    fields = lay.max_ordinal >> lay.frac_bits
    field = rng.choice([0, 0, 1, 1, 2, fields // 2, fields // 2, fields - 1, fields, rng.randint(0, fields)])
    low = rng.choice([0, 1, (1 << lay.frac_bits) - 1, (1 << lay.frac_bits) - 2, rng.randrange(1 << lay.frac_bits)])
    ordinal = (field << lay.frac_bits) + (low & (1 << lay.frac_bits) - 1)
    return min(max(ordinal, lay.first_ordinal), lay.max_ordinal)


Solver = Callable[[FormatLike, Fraction, random.Random], Iterator[Operands]]


def _clamped(fmt: FormatLike, x: Fraction) -> Fraction:
    """A nonzero value of the format near x."""
    code = nearest(fmt, x)
    value = value_of(fmt, code)
    return value or layout(fmt).smallest


def solve_sum(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    """a + b = t with a of any size around t's."""
    p = fmt.precision
    scale = pow2(rng.choice([0, 0, 0, 1, -1, 2, -2, p, p + 1, -p, -p - 1, rng.randint(-p - 3, p + 3)]))
    a = _clamped(fmt, t * scale * significand(fmt, rng) * rng.choice([1, -1]))
    for b in around(fmt, t - a):
        yield nearest(fmt, a), b


def solve_difference(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    flip = 1 << fmt.width - 1
    for a, b in solve_sum(fmt, t, rng):
        yield a, b ^ flip


def _factor(fmt: FormatLike, t: Fraction, rng: random.Random) -> Fraction:
    """A value such that neither it nor t divided by it leaves the range, mostly."""
    half = layout(fmt).emin // 2
    return _clamped(fmt, some_value(fmt, rng, half, -half) if rng.random() < 0.5 else some_value(fmt, rng, -2, 2))


def _odd(bits: int, rng: random.Random) -> int:
    """An odd integer of that many bits."""
    return rng.getrandbits(bits) | 1 << bits - 1 | 1


def solve_product(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    """Near t; or a tie in t's binade: odd factors of s and p + 1 - s bits, for no value divides a random tie."""
    if rng.random() < 0.6:
        a = _factor(fmt, t, rng)
        b = t / a
    else:
        s = rng.randint(2, fmt.precision - 1)
        factors = _odd(s, rng), _odd(fmt.precision + 1 - s, rng)
        quantum = layout(fmt).emin - fmt.precision + 1
        exponent = max(floor_log2(abs(t)) - fmt.precision, quantum - 1 - rng.choice([0, 0, 1, 2]))
        a, b = factors[0] * pow2(exponent // 2), factors[1] * pow2(exponent - exponent // 2)
    for code in around(fmt, b):
        yield nearest(fmt, a), code


def solve_quotient(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    """Near t; or a tie between subnormal results, the only ties that quotients have (but for those of overflow)."""
    lay, p = layout(fmt), fmt.precision
    b = _factor(fmt, t, rng)
    if rng.random() < 0.3:
        bits = rng.randint(1, p // 2)
        t = _odd(bits, rng) * pow2(lay.emin - p) * (-1 if t < 0 else 1)
        b = _odd(rng.randint(1, p - bits), rng) * pow2(rng.randint(0, -lay.emin - 1))
    for a in around(fmt, t * b):
        yield a, nearest(fmt, b)


def solve_root(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    for a in around(fmt, t * t):
        yield (a & ~(1 << fmt.width - 1),)


def solve_reciprocal(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    for a in around(fmt, 1 / t):
        yield (a,)


def solve_reciprocal_root(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    for a in around(fmt, 1 / (t * t)):
        yield (a & ~(1 << fmt.width - 1),)


def solve_fma(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    """a b + c = t: c from a factor pair near t, far above it (cancellation) or below; or b from a and c."""
    p = fmt.precision
    a = _factor(fmt, t, rng)
    if rng.random() < 0.5:
        scale = pow2(rng.choice([0, 1, -1, 2, p, -p, p + 1, -p - 1, rng.randint(-2 * p - 2, p + 2)]))
        b = _clamped(fmt, t * scale * significand(fmt, rng) / a)
        for c in around(fmt, t - a * b):
            yield nearest(fmt, a), nearest(fmt, b), c
        return
    c_value = _clamped(fmt, t * pow2(rng.randint(-2 * p - 2, p + 2)) * significand(fmt, rng))
    for b_code in around(fmt, (t - c_value) / a):
        yield b_code, nearest(fmt, a), nearest(fmt, c_value)


def below_normals(fmt: FormatLike) -> list[Operands]:
    """fma at the tininess slices, in both signs: the smallest normal less k 2^-(p + 2) of itself."""
    normal = layout(fmt).smallest_normal
    shares = [sign * k * pow2(-fmt.precision - 2) for k in range(1, 9) for sign in (1, -1)]
    return [(nearest(fmt, normal), nearest(fmt, -x), nearest(fmt, normal if x > 0 else -normal)) for x in shares]


def solve_faa(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    p = fmt.precision
    a, b = (_clamped(fmt, t * pow2(rng.randint(-p - 2, p + 2)) * significand(fmt, rng) * rng.choice([1, -1]))
            for _ in range(2))  # fmt: skip
    for c in around(fmt, t - a - b):
        yield nearest(fmt, a), nearest(fmt, b), c


def solve_remainder(fmt: FormatLike, t: Fraction, rng: random.Random) -> Iterator[Operands]:
    """a at and next to multiples and half multiples of b, near and far."""
    b = _clamped(fmt, t)
    n = rng.choice([rng.randrange(8), rng.randrange(1 << fmt.precision), rng.randrange(1 << fmt.precision + 40)])
    for a in around(fmt, b * n + rng.choice([0, 1, -1]) * b / 2):
        yield a, nearest(fmt, b)


SOLVERS: dict[str, Solver] = {
    "add": solve_sum, "sub": solve_difference, "mul": solve_product, "div": solve_quotient, "sqrt": solve_root,
    "recip": solve_reciprocal, "rsqrt": solve_reciprocal_root, "fma": solve_fma, "faa": solve_faa,
    "remainder": solve_remainder, "fmod": solve_remainder,
}  # fmt: skip


def operands_at_boundaries(op: str, fmt: FormatLike, to: FormatLike, seed: int, count: int) -> list[Operands]:
    """About that many operand tuples of one format, for results in another."""
    rng = random.Random(f"{op} {fmt.width} {to.width} {seed}")
    found: list[Operands] = []
    for t in targets(to, rng, count // 3 + 1):
        t_safe = t or layout(to).smallest
        found += SOLVERS[op](fmt, t_safe, rng)
    return list(dict.fromkeys(found))


def cancellations(fmt: FormatLike, seed: int = 0) -> list[Operands]:
    """Pairs whose sum loses 0 to precision + 1 leading bits, at the ends of the exponents too."""
    rng, p, lay = random.Random(seed), fmt.precision, layout(fmt)
    found: list[Operands] = []
    for lost in range(p + 2):
        for exponent in (0, lay.emin, lay.emin + p // 2, lay.emin + p, rng.randint(lay.emin, -lay.emin)):
            a = significand(fmt, rng) * pow2(exponent)
            found += [(nearest(fmt, a), b | 1 << fmt.width - 1) for b in around(fmt, a - a * pow2(-lost))]
    return found


def alignments(fmt: FormatLike, seed: int = 0, step: int = 1) -> list[Operands]:
    """fma with the addend at every exponent difference from the product, both signs, hard significands."""
    rng, p = random.Random(seed), fmt.precision
    found: list[Operands] = []
    for difference in range(-2 * p - 4, p + 5, step):
        for sign in (1, -1):
            a, b, c = (significand(fmt, rng) for _ in range(3))
            exponent = max(difference, layout(fmt).emin)
            found.append((nearest(fmt, a), nearest(fmt, sign * b), nearest(fmt, c * pow2(exponent))))
            found += [(nearest(fmt, a), nearest(fmt, b * sign), c_code)
                      for c_code in around(fmt, -sign * a * b * (1 + pow2(min(difference, 0))))][:2]  # fmt: skip
    return found


def kinds_of_nan(fmt: FormatLike) -> list[int]:
    """Quiet and signalling NaNs of both signs with small and large payloads, and one of each other kind."""
    lay = layout(fmt)
    quiet, inf = 1 << fmt.precision - 2, lay.max_ordinal + 1
    nans = [inf | quiet, inf | quiet | 1, inf | quiet | quiet - 1, inf | 1, inf | quiet - 1]
    nans += [inf | 2] if quiet > 2 else []
    codes = [lay.code(sign, ordinal) for ordinal in nans for sign in (0, 1)]
    one = nearest(fmt, Fraction(1))
    return [*codes, lay.inf_code(0), lay.inf_code(1), lay.zero_code(0), lay.zero_code(1), one, lay.code(1, 1)]


def exact_quotients(fmt: FormatLike, seed: int, count: int) -> list[Operands]:
    """a = q b exactly, with few significant bits of q and b, and the neighbours of a."""
    rng = random.Random(seed)
    found: list[Operands] = []
    while len(found) < count:
        bits = rng.randint(1, fmt.precision - 1)
        q, b = rng.getrandbits(bits) | 1, rng.getrandbits(fmt.precision - bits) | 1
        exponent = rng.randint(-6, 6)
        found += [(a, nearest(fmt, Fraction(b))) for a in around(fmt, q * b * pow2(exponent))]
    return found


def exact_roots(fmt: FormatLike, seed: int, count: int) -> list[Operands]:
    """Squares of short significands and their neighbours; and of halves between two values, which need 2p bits."""
    rng, p = random.Random(seed), fmt.precision
    found: list[Operands] = []
    while len(found) < count:
        short = rng.getrandbits(p // 2) | 1
        full = rng.getrandbits(p) | 1 << p - 1
        for x in (Fraction(short), Fraction(2 * full + 1, 1 << p)):
            code = nearest(fmt, root(x * x, p) ** 2 * pow2(2 * rng.randint(-3, 3)))
            found += [(code,), (neighbour(fmt, code, up=True),), (neighbour(fmt, code, up=False),)]
    return found
