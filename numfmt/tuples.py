# SPDX-License-Identifier: BSD-3-Clause
"""Operand tuples for the vectors of any operation, as blocks of codes, one array for each operand.

Directed tuples are chosen by their operands: the cross of each operand's landmarks, thinned, and tuples whose operands
are related: equal, opposite, neighbours, so and so many binades apart, a sum that cancels.  As in ``generate``, the
same arguments give the same tuples everywhere.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from numfmt import _bind, generate, landmarks, related
from numfmt.formats import Format
from numfmt.generate import BLOCK, GenerateError, Style
from numfmt.inttypes import IntType
from numfmt.ops import Op, Type

Array = np.ndarray[Any, np.dtype[Any]]
Tuples = tuple[int, Iterator[list[Array]]]

#: Directed tuples of two and three operands, unless the caller says how many.
DEFAULT_COUNT = 20_000
_RANDOM_COUNT = 10_000
#: Quotients of the golden section are 1; so much is as good.
_GOOD = 8
#: Random words per operand, and kinds of random operands by turns.
_WORDS = _KINDS = 4


def tuples(
    style: Style, op: Op, types: Sequence[Type], to: Type | None, count: int | None, seed: int, start: int = 0
) -> Tuples:
    """How many tuples there will be, and blocks of them: codes, one array per operand.

    count
        At most so many; None: 20,000 directed tuples of several operands, all directed single operands, 10,000 random
        ones, every tuple of an exhaustive file.

    Raises GenerateError.
    """
    if style == "exhaustive":
        return _exhaustive(types, count, start)
    if op.name == "convert" and isinstance(types[0], Format) and isinstance(to, Format):
        total, blocks = generate.operands(style, types[0], to, count, seed)
        return total, ([block] for block in blocks)
    if style == "random":
        total = _RANDOM_COUNT if count is None else count
        return total, _random(types, total, seed)
    return _directed(op, types, to, count)


def _exhaustive(types: Sequence[Type], count: int | None, first: int) -> Tuples:
    """Every tuple in order, the last operand fastest, from the ``first`` on."""
    bits = sum(one.width for one in types)
    if bits > 32:
        given = ", ".join(map(str, types))
        raise GenerateError(f"{given} have 2^{bits} tuples of codes: exhaustive goes up to 2^32")
    total = 1 << bits if count is None else min(count, 1 << bits)

    def blocks() -> Iterator[list[Array]]:
        for start in range(first, total, BLOCK):
            index = np.arange(start, min(start + BLOCK, total), dtype=np.uint64)
            columns = []
            for one in reversed(types):
                codes = index & np.uint64((1 << one.width) - 1)
                columns.append(codes.astype(one.code_dtype if isinstance(one, IntType) else one.dtype))
                index = index >> np.uint64(one.width)
            yield columns[::-1]

    return total, blocks()


def _directed(op: Op, types: Sequence[Type], to: Type | None, count: int | None) -> Tuples:
    points = [landmarks.codes(one, op, to) for one in types]
    if len(points) == 1:
        chosen = generate.thinned(points[0], count)
        return chosen.size, ([chosen[start : start + BLOCK]] for start in range(0, chosen.size, BLOCK))
    wanted = DEFAULT_COUNT if count is None else count
    kin = related.tuples(op, types)
    kin = [generate.thinned(column, wanted // 2) for column in kin]
    size = kin[0].size if kin else 0
    total = math.prod(array.size for array in points)
    crossed = min(wanted - size, total)

    def blocks() -> Iterator[list[Array]]:
        for start in range(0, size, BLOCK):
            yield [column[start : start + BLOCK] for column in kin]
        for start in range(0, crossed, BLOCK):
            yield _crossed(points, total, crossed, range(start, min(start + BLOCK, crossed)))

    return size + crossed, blocks()


def _crossed(points: Sequence[Array], total: int, count: int, places: range) -> list[Array]:
    """Some of ``count`` tuples of the cross: all in order, or else in steps that meet every part of it alike."""
    index = np.arange(places.start, places.stop, dtype=np.uint64)
    if count < total:
        index = index * np.uint64(_step(total)) % np.uint64(total)
    columns = []
    for array in reversed(points):
        columns.append(array[(index % np.uint64(array.size)).astype(np.int64)])
        index = index // np.uint64(array.size)
    return columns[::-1]


@functools.lru_cache(maxsize=16)
def _step(total: int) -> int:
    """A step whose multiples modulo ``total`` are all numbers below it, and evenly spread from the first few on: near
    the golden section, with no large quotient in Euclid's algorithm.
    """
    best, quality = 1, total
    for step in range(max(1, int(total * 0.6180339887498949)), total):
        largest, divisor, rest = 0, total, step
        while rest:
            largest, divisor, rest = max(largest, divisor // rest), rest, divisor % rest
        if divisor == 1 and largest < quality:
            best, quality = step, largest
        if quality <= _GOOD:
            break
    return best


def _random(types: Sequence[Type], total: int, seed: int) -> Iterator[list[Array]]:
    """By turns of random bits, exponents next to each other, numbers near one, exponents all over the range."""
    raw = np.random.Philox(key=seed)
    for start in range(0, total, BLOCK):
        size = min(BLOCK, total - start)
        words = raw.random_raw(_WORDS * len(types) * size).reshape(size, len(types), _WORDS)
        kinds = np.arange(size) % _KINDS
        first = next((one for one in types if isinstance(one, Format)), None)
        base = _exponents(first, words[:, 0, 2]) if first else np.zeros(size, np.int64)
        yield [
            _integers(one, words[:, place], kinds) if isinstance(one, IntType) else _floats(one, words[:, place], base)
            for place, one in enumerate(types)
        ]


def _exponents(fmt: Format, words: Array) -> Array:
    """Exponents over the range of a format."""
    low, high = fmt.emin - fmt.precision, fmt.emax
    return (words % np.uint64(high - low + 1)).astype(np.int64) + low


def _floats(fmt: Format, words: Array, base: Array) -> Array:
    reach = fmt.precision + 3
    exponents = np.zeros(len(words), np.int64)
    for kind in (1, 2):
        near = (words[kind::_KINDS, 1] >> np.uint64(1)) % np.uint64(2 * reach + 1)
        exponents[kind::_KINDS] = near.astype(np.int64) - reach
    exponents[1::_KINDS] += base[1::_KINDS]
    exponents[3::_KINDS] = _exponents(fmt, words[3::_KINDS, 2])
    values = np.zeros(len(words), _bind.PARTS)
    values["sig_hi"] = words[:, 0] | np.uint64(1 << 63)
    values["sig_lo"] = words[:, 3]
    values["sign"] = words[:, 1] & np.uint64(1) if fmt.is_signed else 0
    values["exp"] = exponents - 127
    values["kind"] = _bind.KIND_FINITE
    codes = generate.codes_below(fmt, values)
    codes[::_KINDS] = generate.masked(fmt, words[::_KINDS, 3], words[::_KINDS, 0])
    return codes


def _integers(type_: IntType, words: Array, kinds: Array) -> Array:
    """Random bits, and numbers of every length of both signs."""
    length = (words[:, 2] % np.uint64(type_.width)).astype(np.uint64)
    short = (words[:, 0] >> np.uint64(64 - type_.width) >> length) ^ (np.uint64(0) - (words[:, 1] & np.uint64(1)))
    codes = np.where(kinds == 0, words[:, 0], short) & np.uint64((1 << type_.width) - 1)
    return codes.astype(type_.code_dtype)
