# SPDX-License-Identifier: BSD-3-Clause
"""Vectors that may hit bins, as blocks of codes: solved for exact results, built from classes, significands, exponents
and order of the operands, directed and random ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from numfmt import _bind, formats, generate, ops, tuples
from numfmt.cover import solve, targets
from numfmt.cover.operand_points import differences
from numfmt.cover.operands import representatives
from numfmt.cover.targets import Chance, Value
from numfmt.formats import Format
from numfmt.generate import BLOCK
from numfmt.inttypes import IntType
from numfmt.jobs import Job
from numfmt.modes import Env, env_struct
from numfmt.ops import Type

Array = np.ndarray[Any, np.dtype[Any]]
Columns = list[Array]

_TOWARD_ZERO = Env(rounding="toward_zero", overflow="saturate", nan_substitute="zero")
#: Exponents of operands whose significands matter: so far from 0.
_NEAR_ONE = 4


def encoded(type_: Type, values: Sequence[Value]) -> Array:
    """The codes of exact numbers, toward zero and at most the largest."""
    if isinstance(type_, IntType):
        low, high = type_.values[0], type_.values[-1]
        return type_.encode("values", [min(max(_integer(value), low), high) for value in values])
    parts = np.zeros(len(values), _bind.PARTS)
    sizes = [_normalised(value) for value in values]
    parts["sig_hi"] = [size >> 64 for size, _, _ in sizes]
    parts["sig_lo"] = [size & (1 << 64) - 2 for size, _, _ in sizes]
    parts["exp"] = [exponent for _, exponent, _ in sizes]
    parts["sticky"] = [size & 1 | rest for size, _, rest in sizes]
    parts["sign"] = [value.number < 0 for value in values]
    parts["kind"] = [_bind.KIND_FINITE if value.number else _bind.KIND_ZERO for value in values]
    if not type_.is_signed:
        parts["sign"] = 0
    made = np.empty(len(values), type_.dtype)
    _bind.round_parts(formats.struct(type_), env_struct(_TOWARD_ZERO), _bind.Arrays(parts, made))
    return made


def _normalised(value: Value) -> tuple[int, int, int]:
    """128 bits with the first one set, their exponent, and whether bits were lost."""
    size = abs(value.number)
    shift = 128 - size.bit_length()
    if shift >= 0:
        return size << shift, min(max(value.exponent - shift, -(1 << 30)), 1 << 30), 0
    return size >> -shift, value.exponent - shift, int(size & ((1 << -shift) - 1) != 0)


def _integer(value: Value) -> int:
    shift = min(value.exponent, 128)
    return value.number << shift if shift >= 0 else value.number >> -shift


def _columns(types: Sequence[Type], rows: Sequence[Sequence[Value]]) -> Columns:
    return [encoded(type_, [row[k] for row in rows]) for k, type_ in enumerate(types)]


def _in_blocks(types: Sequence[Type], rows: Iterable[Sequence[Value]]) -> Iterator[Columns]:
    rest = iter(rows)
    while block := list(itertools.islice(rest, BLOCK)):
        yield _columns(types, block)


def solved(job: Job, chance: Chance) -> Iterator[Columns]:
    """Operands for the targets of the job, in both signs."""
    recipe = solve.RECIPES.get(job.op.name)
    if recipe is None:
        return
    rooms = solve.rooms_of(job.types)

    def rows() -> Iterator[solve.Operands]:
        for target in targets.targets(job, chance):
            for operands in recipe(target, rooms, chance):
                yield operands
                yield solve.negated(job.op.name, operands)

    yield from _in_blocks(job.types, rows())


def of_infinite_divisors(job: Job, chance: Chance) -> Iterator[Columns]:
    """Remainders of infinity, which are the dividends."""
    if job.op.name not in ("remainder", "fmod"):
        return
    a, b = _floats(job.types)
    if b.inf_code is not None:
        first = encoded(a, targets.targets(job, chance))
        signed = np.concatenate([first, ops.apply("negate", (first,), a)]) if a.is_signed else first
        yield [signed, formats.code_array(b, [b.inf_code]).repeat(signed.size)]


def of_classes(job: Job, turn: int) -> Iterator[Columns]:
    """Every tuple of classes; other representatives each turn."""
    kinds = [[members[turn % members.size] for members in representatives(type_).values()] for type_ in job.types]
    places = np.meshgrid(*(np.arange(len(members)) for members in kinds), indexing="ij")
    columns = [np.array(members)[place.ravel()] for members, place in zip(kinds, places, strict=True)]
    for start in range(0, columns[0].size, BLOCK):
        yield [column[start : start + BLOCK] for column in columns]


def _significand(name: str, bits: int, chance: Chance) -> int:
    lead = 1 << (bits - 1)
    match name:
        case "one_bit":
            return lead
        case "two_bits":
            return lead | 1 << chance.below(max(bits - 1, 1))
        case "all_ones":
            return 2 * lead - 1
        case "one_zero":
            return 2 * lead - 1 - (1 << chance.below(max(bits - 1, 1)))
        case "alternating":
            return int("10" * bits, 2) >> bits
        case _:
            return chance.significand(bits)


def _floats(types: Sequence[Type]) -> list[Format]:
    return [type_ for type_ in types if isinstance(type_, Format)]


def of_patterns(job: Job, chance: Chance) -> Iterator[Columns]:
    """Every tuple of kinds of significands, with exponents near 0."""
    from numfmt.cover.operands import PATTERNS

    def rows() -> Iterator[list[Value]]:
        for names in itertools.product(PATTERNS, repeat=len(_floats(job.types))):
            given = iter(names)
            yield [
                Value(1, 0)
                if isinstance(type_, IntType)
                else _valued(type_, _significand(next(given), type_.precision, chance), chance.below(2 * _NEAR_ONE))
                for type_ in job.types
            ]

    yield from _in_blocks(job.types, rows())


def _valued(fmt: Format, significand: int, exponent: int) -> Value:
    """A significand with an exponent counted from a little below 0, as far as the format goes."""
    top = min(max(exponent - _NEAR_ONE, fmt.emin), fmt.emax - 1)
    return Value(significand, top - fmt.precision + 1)


def of_exponents(job: Job, chance: Chance) -> Iterator[Columns]:
    """Addends with every difference of exponents that is a bin, of both signs; all others are a little of either."""
    if job.op.name not in ("add", "sub", "faa", "fma"):
        return
    formats_ = _floats(job.types)

    def rows() -> Iterator[list[Value]]:
        for difference in differences(job):
            for sign in (1, -1):
                yield from _apart(job, formats_, difference, sign, chance)

    yield from _in_blocks(job.types, rows())


def _apart(job: Job, types: Sequence[Format], difference: int, sign: int, chance: Chance) -> Iterator[list[Value]]:
    """Operands whose first addend's exponent is that much above the last one's."""
    lows = [type_.emin - (type_.precision - 1 if type_.exp0 == "subnormal" else 0) for type_ in types]
    first = (0, 1) if job.op.name == "fma" else (0,)
    low, high = sum(lows[k] for k in first), sum(types[k].emax for k in first)
    least = max(low, lows[-1] + difference)
    most = min(high, types[-1].emax + difference)
    for place in {least, most, (least + most) // 2, least + chance.below(max(most - least, 1))}:
        if not least <= place <= most:
            continue
        exponents = _shared(place, [(lows[k], types[k].emax) for k in first])
        rest = [place - difference] * (len(types) - len(first))
        tops = [*exponents, *rest]
        row = []
        for k, (type_, top) in enumerate(zip(types, tops, strict=True)):
            size = min(type_.precision, top - (type_.emin - type_.precision + 1) + 1)
            size = max(size, 1)
            number = chance.significand(size)
            row.append(Value(-number if k == 0 and sign < 0 else number, top - size + 1))
        yield row


def _shared(total: int, ranges: Sequence[tuple[int, int]]) -> list[int]:
    """One number in each range, of that sum."""
    if len(ranges) == 1:
        return [total]
    (low, high), (low_other, high_other) = ranges
    first = min(max(total // 2, low, total - high_other), high, total - low_other)
    return [first, total - first]


def of_cancellations(job: Job, chance: Chance) -> Iterator[Columns]:
    """Addends that nearly cancel: what is left has every length; some of it is subnormal."""
    if job.op.name not in ("add", "sub", "faa", "fma"):
        return
    types = _floats(job.types)
    make = _cancelling_product if job.op.name == "fma" else _cancelling_sum

    def rows() -> Iterator[list[Value]]:
        bits = sum(type_.precision for type_ in types[: 2 if job.op.name == "fma" else 1])
        for length in range(max(bits, *(type_.precision for type_ in types)) + 2):
            for low in (False, True):
                for _ in range(4):
                    row = make(types, length, chance, low=low)
                    if job.op.name == "fma" and chance.bits(1):
                        row = _cancelling_addend(types, length, chance)
                    if job.op.name == "sub":
                        row[1] = Value(-row[1].number, row[1].exponent)
                    yield row
                    yield [Value(-x.number, x.exponent) if k or len(row) < 3 else x for k, x in enumerate(row)]

    yield from _in_blocks(job.types, rows())


def _cancelling_sum(types: Sequence[Format], length: int, chance: Chance, *, low: bool) -> list[Value]:
    """a - (a - rest): ``rest`` is ``length`` bits shorter than a; ``low``: where the last bit is the smallest value."""
    a, b = types[:2]
    bits = max(a.precision, b.precision)
    unit = min(a.emin - a.precision, b.emin - b.precision) + 1
    exponent = unit if low else max(unit, -bits)
    rest = chance.significand(max(1, bits - length)) if length < bits else 1
    number = 1 << bits if length >= bits or chance.bits(1) else chance.significand(bits)
    row = [Value(number, exponent), Value(rest - number, exponent)]
    return [*row, Value(0, 0)][: len(types)] if len(types) < 3 else [row[0], row[1], Value(1, exponent)]


def _cancelling_product(types: Sequence[Format], length: int, chance: Chance, *, low: bool) -> list[Value]:
    """a * b - c with a * b = c + rest: the last bits of the product are those of ``rest``, which says what a is."""
    a, b, c = types
    total = a.precision + b.precision
    size = max(1, total - length - chance.below(2))
    fixed = min(a.precision, max(size + 1, total - c.precision))
    rest = chance.significand(min(size, fixed)) | 1
    other = chance.significand(b.precision) | 1
    number = rest * pow(other, -1, 1 << a.precision) % (1 << a.precision) if a.precision >= fixed else 1
    spacing = c.emin - c.precision + 1 - chance.below(fixed + 1) if low else -total
    first, second = solve.split(max(number, 1), other, spacing, solve.rooms_of(tuple(types)))
    product = Value(first.number * second.number, first.exponent + second.exponent)
    return [first, second, Value(rest - product.number, product.exponent)]


def _cancelling_addend(types: Sequence[Format], length: int, chance: Chance) -> list[Value]:
    """a * b - c with c = a * b - rest, where c has bits enough for a rest that is ``length`` bits shorter."""
    a, b, c = types
    x, y = chance.significand(a.precision), chance.significand(b.precision)
    first, second = solve.split(x, y, -(x * y).bit_length(), solve.rooms_of(tuple(types)))
    whole = Value(x * y, first.exponent + second.exponent)
    rest = Value(chance.bits(1) * 2 - 1, max(whole.top - length, c.emin - c.precision + 1))
    unit = min(whole.exponent, rest.exponent)
    number = (rest.number << (rest.exponent - unit)) - (whole.number << (whole.exponent - unit))
    return [first, second, Value(number, unit)]


def of_order(job: Job) -> Iterator[Columns]:
    """Pairs that are equal, opposite, neighbours."""
    types = _floats(job.types)
    if len(job.types) != 2 or len(types) != 2:
        return
    first = np.concatenate(list(representatives(types[0]).values()))
    second = ops.apply("convert", (first,), types[:1], to=types[1], env=_TOWARD_ZERO)
    kin = [second, *(ops.apply(name, (second,), types[1:]) for name in ("next_up", "next_down"))]
    if types[1].is_signed:
        kin.append(ops.apply("negate", (second,), types[1:]))
    yield [np.tile(first, len(kin)), np.concatenate(kin)]


def of_payloads(job: Job) -> Iterator[Columns]:
    """NaNs with single payload bits, and with several."""
    type_ = job.types[0]
    if len(job.types) != 1 or not isinstance(type_, Format) or not type_.has_quiet_bit or type_.inf_code is None:
        return
    low = [1 << place for place in range(type_.precision - 2)]
    payloads = {*low, *(one | 1 for one in low), *(one << 1 | one for one in low[:-1]), 0}
    quiet = 1 << (type_.precision - 2)
    pairs = [(bit, payload) for bit in (0, quiet) for payload in sorted(payloads) if bit or payload]
    magnitudes = [type_.inf_code | bit | payload for bit, payload in pairs]
    yield [generate.with_signs(type_, magnitudes)]


def blocks(job: Job, seed: int, turn: int) -> Iterator[Columns]:
    """Candidates of one turn; each turn brings others."""
    chance = Chance(seed << 64 | turn << 8 | 1)
    yield from solved(job, chance)
    yield from of_exponents(job, chance)
    yield from of_cancellations(job, chance)
    yield from of_patterns(job, chance)
    yield from of_infinite_divisors(job, chance)
    yield from of_order(job)
    yield from of_payloads(job)
    yield from of_classes(job, turn)
    if turn == 0:
        yield from tuples.tuples("directed", job.op, job.types, job.result.type, None, seed)[1]
    yield from tuples.tuples("random", job.op, job.types, job.result.type, BLOCK, seed ^ turn << 8)[1]
