# SPDX-License-Identifier: BSD-3-Clause
"""Random and directed operands of any format, as arrays of codes: what third opinions are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import numfmt as nf
from numfmt.inttypes import IntType

Array = np.ndarray[Any, np.dtype[Any]]
ONE = np.uint64(1)


def words(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Low and high halves of 128 random bits."""
    return rng.integers(0, 1 << 64, n, np.uint64), rng.integers(0, 1 << 64, n, np.uint64)


def patterns(rng: np.random.Generator, n: int, bits: int) -> tuple[Array, Array]:
    """Numbers of ``bits`` bits with long runs of zeros and ones: a run, its complement, a single bit, a few bits."""
    start, end = rng.integers(0, bits + 1, n), rng.integers(0, bits + 1, n)
    lo, hi = (a ^ b for a, b in zip(_below(start), _below(end), strict=True))
    few = rng.integers(0, 4, n)
    for part in (lo, hi):
        noise = rng.integers(0, 1 << 64, (3, n), np.uint64)
        sparse = noise[0] & noise[1] & noise[2] & rng.integers(0, 1 << 64, n, np.uint64)
        np.bitwise_xor(part, sparse, out=part, where=few == 0)
    return _masked(lo, hi, bits)


def _below(bit: Array) -> tuple[Array, Array]:
    """All ones below a bit, 0 to 128."""
    low, high = np.minimum(bit, 64), np.maximum(bit, 64) - 64
    ones = [
        np.where(count == 64, ~np.uint64(0), (ONE << (count % 64).astype(np.uint64)) - ONE) for count in (low, high)
    ]
    return ones[0], ones[1]


def _masked(lo: Array, hi: Array, bits: int) -> tuple[Array, Array]:
    mask = (1 << bits) - 1
    return lo & np.uint64(mask & (1 << 64) - 1), hi & np.uint64(mask >> 64)


def floats(fmt: nf.Format, n: int, rng: np.random.Generator, near: Array | None = None) -> Array:
    """Codes: a quarter random bits, the rest with patterns for fractions and exponents that are random, at the ends of
    the range, near 1, or within the precision of the exponents ``near``.
    """
    fields = exponents(fmt, n, rng, near)
    bits = fmt.width - fmt.exponent_bits - 1
    lo, hi = patterns(rng, n, bits)
    plain = rng.integers(0, 4, n)
    random_lo, random_hi = _masked(*words(rng, n), bits)
    lo, hi = np.where(plain < 2, random_lo, lo), np.where(plain < 2, random_hi, hi)
    if fmt.explicit_leading_bit:
        lo |= np.where(fields > 0, np.uint64(1 << 63), np.uint64(0))
    head = fields.astype(np.uint64) | rng.integers(0, 2, n, np.uint64) << np.uint64(fmt.exponent_bits)
    if bits < 64:
        lo |= head << np.uint64(bits)
    else:
        hi |= head << np.uint64(bits - 64)
    random_lo, random_hi = _masked(*words(rng, n), fmt.width)
    lo, hi = np.where(plain == 0, random_lo, lo), np.where(plain == 0, random_hi, hi)
    return joined(lo, hi, fmt.dtype)


def exponents(fmt: nf.Format, n: int, rng: np.random.Generator, near: Array | None) -> Array:
    """Exponent fields."""
    top = (1 << fmt.exponent_bits) - 1
    reach = fmt.precision + 3
    special = np.array([0, 0, 1, 2, fmt.precision, top // 2, top - fmt.precision, top - 2, top - 1, top, top])
    choice = rng.integers(0, 8, n)
    fields = rng.integers(0, top + 1, n)
    fields = np.where(choice < 2, rng.choice(special, n), fields)
    fields = np.where(choice == 2, fmt.bias + rng.integers(-reach, reach + 1, n), fields)
    if near is not None:
        fields = np.where(choice > 4, near + rng.integers(-reach, reach + 1, n), fields)
    return np.clip(fields, 0, top)


def joined(lo: Array, hi: Array, dtype: np.dtype[Any]) -> Array:
    if dtype.names is None:
        return lo.astype(dtype)
    codes = np.empty(lo.shape, dtype)
    codes["lo"], codes["hi"] = lo, hi
    return codes


def fields_of(fmt: nf.Format, codes: Array) -> Array:
    """Exponent fields of codes."""
    shift = fmt.width - 1 - fmt.exponent_bits
    head = codes["hi"] >> np.uint64(shift - 64) if codes.dtype.names else codes >> codes.dtype.type(shift)
    return head.astype(np.int64) & ((1 << fmt.exponent_bits) - 1)


def integers(type_: IntType, n: int, rng: np.random.Generator) -> Array:
    """Codes of integers: random, of every length, and patterns."""
    lo, _ = words(rng, n)
    lo = lo >> rng.integers(0, type_.width, n).astype(np.uint64) ^ (np.uint64(0) - rng.integers(0, 2, n, np.uint64))
    pattern, _ = patterns(rng, n, type_.width)
    return (np.where(rng.integers(0, 2, n) == 0, lo, pattern) & np.uint64((1 << type_.width) - 1)).astype(
        type_.code_dtype
    )


def operands(types: Sequence[nf.Format | IntType], n: int, seed: int) -> list[Array]:
    """One array for each operand; some of the second are equal, opposite or next to the first."""
    rng = np.random.default_rng(seed)
    made: list[Array] = []
    near: Array | None = None
    for type_ in types:
        if isinstance(type_, IntType):
            made.append(integers(type_, n, rng))
            continue
        made.append(floats(type_, n, rng, near))
        near = fields_of(type_, made[-1]) if near is None else near
    if len(types) > 1 and types[0] == types[1] and isinstance(types[0], nf.Format):
        _relate(types[0], made, rng)
    return made


def _relate(fmt: nf.Format, made: list[Array], rng: np.random.Generator) -> None:
    """An eighth of the second operands becomes the first, with the sign or the last bit changed or not."""
    chosen = rng.integers(0, 8, made[0].size) == 0
    near = made[0].copy()
    top, low = (near["hi"], near["lo"]) if near.dtype.names else (near, near)
    sign = top.dtype.type(1 << (fmt.width - 1) % 64)
    top ^= rng.integers(0, 2, top.size).astype(top.dtype) * sign
    low ^= (rng.integers(0, 3, low.size) == 0).astype(low.dtype)
    made[1][chosen] = near[chosen]
