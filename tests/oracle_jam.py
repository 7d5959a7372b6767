# SPDX-License-Identifier: BSD-3-Clause
"""Exact results of finite operands over arrays, as jammed integers: 2 floor(|x| 2^t) + (x is no multiple of 2^-t)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
"""int64, or object where Python's integers are needed."""


def _bits(numbers: Ints) -> int:
    return int(max(abs(int(numbers.max(initial=0))), abs(int(numbers.min(initial=0))))).bit_length()


def _wide(*bits: int) -> Callable[[Ints], Ints]:
    """The identity where results of that many bits fit in int64, else a change to Python's integers."""
    return (lambda x: x) if max(bits) < 62 else (lambda x: x.astype(object))


def _jam(x: Ints, scale: int, t: int) -> Ints:
    """The jammed integers of magnitudes x 2^-scale."""
    cut = max(scale - t, 0)
    if scale <= t:
        x = _wide(_bits(x) + t - scale + 1)(x) << (t - scale)
    jammed: Ints = ((x >> cut) << 1) | ((x & ((1 << cut) - 1)) != 0)
    return jammed


def _divide(x: Ints, y: Ints, shift: int) -> Ints:
    """Jammed x 2^shift / y."""
    wide = _wide(_bits(x) + max(shift, 0) + 1, _bits(y) + max(-shift, 0))
    x, y = wide(x) << max(shift, 0), wide(y) << max(-shift, 0)
    q = x // y
    jammed: Ints = (q << 1) | (q * y != x)
    return jammed


def _sum(parts: Sequence[tuple[Ints, int]]) -> tuple[Ints, int]:
    """Sum of numbers with their scales."""
    scale = max(s for _, s in parts)
    wide = _wide(max(_bits(n) + scale - s for n, s in parts) + 2)
    terms = [wide(n) << (scale - s) for n, s in parts]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total, scale


def _modulo(x: Ints, y: Ints, *, nearest: bool) -> Ints:
    """Of magnitudes at one scale: x mod y, or x - y round(x/y) with its sign."""
    q, left = x // y, x % y
    if nearest:
        up = (2 * left > y) | ((2 * left == y) & (q % 2 == 1))
        left = left - y * up
    return left


def _product(x: Ints, y: Ints) -> Ints:
    wide = _wide(_bits(x) + _bits(y))
    product: Ints = wide(x) * wide(y)
    return product


def _root(x: Ints, shift: int) -> Ints:
    """Jammed sqrt(x 2^shift), elementwise."""

    def one(n: int) -> int:
        n = int(n)
        floor = isqrt(n << shift if shift >= 0 else n >> -shift)
        return 2 * floor + (floor * floor != (n << shift) if shift >= 0 else floor * floor << -shift != n)

    return np.array([one(n) for n in x], object)


def _reciprocal_root(x: Ints, scale: int, t: int) -> Ints:
    """Jammed 1/sqrt(x 2^-scale) = sqrt(2^(2t + scale) / x) 2^-t."""

    def one(n: int) -> int:
        n, top = int(n), 1 << 2 * t + scale
        floor = isqrt(top // n)
        return 2 * floor + (floor * floor * n != top)

    return np.array([one(n) for n in x], object)


def finite_results(op: str, n: Sequence[Ints], scales: Sequence[int], t: int) -> tuple[NDArray[np.bool_], Ints]:
    """Sign and jammed integer of the results of finite nonzero operands n 2^-scale; 0 is an exact zero."""
    size = [np.abs(x) for x in n]
    match op:
        case "add" | "sub" | "faa" | "fma":
            parts = list(zip(n, scales, strict=True))
            if op == "sub":
                parts[1] = (-n[1], scales[1])
            if op == "fma":
                parts = [(_product(n[0], n[1]), scales[0] + scales[1]), parts[2]]
            total, scale = _sum(parts)
            return total < 0, _jam(np.abs(total), scale, t)
        case "mul":
            return (n[0] < 0) != (n[1] < 0), _jam(_product(size[0], size[1]), scales[0] + scales[1], t)
        case "div":
            return (n[0] < 0) != (n[1] < 0), _divide(size[0], size[1], t + scales[1] - scales[0])
        case "fmod" | "remainder":
            scale = max(scales)
            wide = _wide(max(_bits(x) + scale - s for x, s in zip(size, scales, strict=True)) + 2)
            x, y = (wide(x) << (scale - s) for x, s in zip(size, scales, strict=True))
            left = _modulo(x, y, nearest=op == "remainder")
            return (n[0] < 0) != (left < 0), _jam(np.abs(left), scale, t)
        case "recip":
            return n[0] < 0, _divide(np.ones_like(size[0]), size[0], t + scales[0])
        case "sqrt":
            return n[0] < 0, _root(size[0], 2 * t - scales[0])
        case "rsqrt":
            return n[0] < 0, _reciprocal_root(size[0], scales[0], t)
    raise ValueError(op)


VECTORISED = ("add", "sub", "mul", "div", "remainder", "fmod", "fma", "faa", "recip", "sqrt", "rsqrt")
