# SPDX-License-Identifier: BSD-3-Clause
"""Fixed-point types of the library beside the oracle's: codes, modes and results as both sides have them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import oracle_fixed as oracle
import pytest
from numpy.typing import NDArray
from oracle import Fmt
from oracle_fixed import FixedType

import numfmt as nf

UNSIGNED = [FixedType(2, 2, signed=False), FixedType(0, 4, signed=False)]
SMALL = [FixedType(2, 2), UNSIGNED[0], FixedType(0, 4), FixedType(4, 1), UNSIGNED[1]]
ODD = [FixedType(6, -2), FixedType(1, 0), FixedType(-3, 5, False), FixedType(1, 0, False), FixedType(-2, 6)]
INEXACT, OVERFLOW, DIVIDE_BY_ZERO, INVALID = 1, 4, 8, 16
RANDOM_BITS_COUNT = 3
FLOATS = {
    "binary16": Fmt(width=16, precision=11, bias=15, has_quiet_bit=True),
    "e4m3fn": Fmt(width=8, precision=4, bias=7, has_inf=False, n_high_nans=1),
}
OPS = ("add", "sub", "mul", "div")
MODES = list(product(oracle.ROUNDINGS, ("saturate", "wrap")))

Array = NDArray[Any]
Rounded = tuple[list[int], list[int]]


def plainly(kinds: Sequence[FixedType], n: int) -> list[Any]:
    """Parameters of a test: the first n in every run, all of them in a full one."""
    return [*kinds[:n], *(pytest.param(kind, marks=pytest.mark.full) for kind in kinds[n:])]


def fixed(kind: FixedType) -> nf.Fixed:
    return nf.Fixed(kind.int_bits, kind.frac_bits, signed=kind.signed)


def name_of(value: object) -> str:
    return str(fixed(value)) if isinstance(value, FixedType) else str(value)


def raw(kind: FixedType, codes: Sequence[int]) -> Array:
    """Codes as the library stores them: two's complement bits, right-aligned."""
    return np.array([code % (1 << kind.width) for code in codes], fixed(kind).dtype)


def how(rounding: str, overflow: str, n: int) -> tuple[dict[str, Any], list[int]]:
    """The library's arguments, and random bits for n elements."""
    arguments: dict[str, Any] = {"rounding": rounding, "overflow": overflow, "flags": True}
    bits = [(5 * k + k // 8) % (1 << RANDOM_BITS_COUNT) for k in range(n)]
    if rounding == "stochastic_a":
        arguments |= {"random_bits": np.array(bits), "random_bits_count": RANDOM_BITS_COUNT}
    return arguments, bits


def plain(done: tuple[Array, Array]) -> Rounded:
    return done[0].tolist(), done[1].tolist()


def rounded(kind: FixedType, numbers: Sequence[Fraction], mode: tuple[str, str], bits: Sequence[int]) -> Rounded:
    """Codes and flags by the definition: out of range is overflow and inexact."""
    done = [kind.encode(x, *mode, RANDOM_BITS_COUNT, r) for x, r in zip(numbers, bits, strict=True)]
    flags = [INEXACT * stored.inexact | OVERFLOW * stored.overflow for stored in done]
    return [stored.code % (1 << kind.width) for stored in done], flags


def pairs(kind: FixedType, op: str) -> tuple[list[int], list[int]]:
    both = [(a, b) for a, b in product(kind.codes, kind.codes) if b or op != "div"]
    return [a for a, _ in both], [b for _, b in both]


def exact_results(
    op: str, kind: FixedType, a: list[int], b: list[int], other: FixedType | None = None
) -> list[Fraction]:
    right = other or kind
    return [oracle.exact_result(op, kind.value(x), right.value(y)) for x, y in zip(a, b, strict=True)]


def type_of(f: nf.Fixed) -> FixedType:
    return FixedType(f.int_bits, f.frac_bits, f.signed)
