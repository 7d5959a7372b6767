# SPDX-License-Identifier: BSD-3-Clause
"""Operands for a wanted exact result, operation by operation.

A recipe offers operands whose exact result is the wanted value, or close to it where its operation cannot reach it
just so; the coverage of what is offered decides.  Formats limit what can be offered: significands of so many bits,
multiples of the smallest spacing, up to the largest exponent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from numfmt.cover.factors import factors
from numfmt.cover.targets import Chance, Value
from numfmt.inttypes import IntType
from numfmt.ops import Type


class Room(NamedTuple):
    """What fits a format."""

    bits: int
    unit: int  # exponent of the smallest spacing
    top: int  # exponent of the largest value

    def place(self, number: int, low: int, high: int) -> int:
        """An exponent for a significand, from ``low`` to ``high`` where it fits."""
        least, most = self.unit, self.top - abs(number).bit_length() + 1
        return min(max((low + high) // 2, least), max(most, least))


Operands = tuple[Value, ...]
Recipe = Callable[[Value, tuple[Room, ...], Chance], Iterator[Operands]]
_ZERO = Value(0, 0)
#: Numbers with so many bits more than a significand are taken apart into factors.
_MORE = 3
_T = TypeVar("_T")


def room(type_: Type) -> Room:
    if isinstance(type_, IntType):
        return Room(type_.width, 0, type_.width - 1)
    return Room(type_.precision, type_.emin - type_.precision + 1, type_.emax)


def _cut(value: Value, bits: int) -> Value:
    """Its first bits."""
    extra = max(0, value.number.bit_length() - bits)
    return Value(value.number >> extra, value.exponent + extra)


def _minus(a: Value, b: Value) -> Value:
    unit = min(a.exponent, b.exponent)
    return Value((a.number << (a.exponent - unit)) - (b.number << (b.exponent - unit)), unit)


def _times(a: Value, b: Value) -> Value:
    return Value(a.number * b.number, a.exponent + b.exponent)


def _unary(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    yield (z,)


def _parts(z: Value, first: Room, chance: Chance) -> Iterator[tuple[Value, Value]]:
    """z as a sum: its first bits and the rest; the first bits and one more, less what that is too much; halves; z out
    of a larger value.
    """
    for bits in (first.bits, 1, 1 + chance.below(first.bits)):
        head = _cut(z, bits)
        yield head, _minus(z, head)
        more = Value(head.number + 1, head.exponent)
        yield more, _minus(z, more)
    half = _cut(Value(z.number, z.exponent - 1), first.bits)
    yield half, _minus(z, half)
    larger = Value(1, z.top + 1 + chance.below(first.bits))
    yield larger, _minus(z, larger)
    some = Value(chance.significand(first.bits), z.exponent)
    yield some, _minus(z, some)


def _add(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    for a, b in _parts(z, rooms[0], chance):
        yield a, b
    for b, a in _parts(z, rooms[1], chance):
        yield a, b


def _sub(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    for a, b in _add(z, rooms, chance):
        yield a, Value(-b.number, b.exponent)


def _faa(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    for a, rest in _some(_parts(z, rooms[0], chance), 4, chance):
        head = _cut(rest, rooms[1].bits) if rest.number > 0 else rest
        yield a, head, _minus(rest, head)
        yield _minus(rest, head), a, head


def split(a: int, b: int, exponent: int, rooms: tuple[Room, ...]) -> tuple[Value, Value]:
    """a and b with exponents that add up, as near to the middles of their ranges as that goes."""
    first, second = rooms[:2]
    low = max(first.unit, exponent - (second.top - b.bit_length() + 1))
    high = min(first.top - a.bit_length() + 1, exponent - second.unit)
    place = first.place(a, low, high)
    return Value(a, place), Value(b, exponent - place)


def _products(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[tuple[Value, Value]]:
    """z as a product: of factors; with the last bits that z has; near z."""
    if z.number <= 0:
        return
    pa, pb = rooms[0].bits, rooms[1].bits
    if z.number.bit_length() <= max(pa, pb) + _MORE and (found := factors(_odd(z.number), pa, pb)):
        a, b = found if chance.bits(1) else found[::-1]
        if a.bit_length() <= pa and b.bit_length() <= pb:
            yield split(a, b, z.exponent + z.number.bit_length() - _odd(z.number).bit_length(), rooms)
    for length in (pa + pb, pa + pb - 1):
        pad = length - z.number.bit_length()
        if pad >= 0:
            b = chance.significand(pb) | 1
            a = (z.number << pad) * pow(b, -1, 1 << pa) % (1 << pa)
            if a:
                yield split(a, b, z.top - (a * b).bit_length() + 1, rooms)
    a = chance.significand(pa)
    shift = max(0, pa + pb - z.number.bit_length() + 1)
    near = _cut(Value((z.number << shift) // a, z.exponent - shift), pb)
    yield split(a, near.number, near.exponent, rooms)
    yield split(a, near.number + 1, near.exponent, rooms)


def _odd(number: int) -> int:
    return number // (number & -number)


def _mul(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    yield from _products(z, rooms, chance)


def _div(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    """a = z * b, of a divisor so short that it is exact, of 1, of any; and quotients next to midpoints."""
    pa, pb = rooms[0].bits, rooms[1].bits
    spare = pa - z.number.bit_length()
    lengths = [1, pb] if spare < 1 else [1, 1 + chance.below(min(spare, pb)), pb]
    for length in lengths:
        b = chance.significand(length) | 1
        a = _cut(Value(z.number * b, z.exponent), pa)
        for step in (0, 1):
            yield _ratio(a.number + step, b, a.exponent, rooms)
    bits = z.number.bit_length()
    if bits > pa:  # a * 2**n = z * b + 1 or - 1
        b = chance.significand(pb) | 1
        for step in (-1, 1):
            near = -step * pow(b, -1, 1 << (bits - 1)) % (1 << (bits - 1)) | 1 << (bits - 1)
            total = near * b + step
            a = _cut(Value(total, z.exponent), pa)
            yield _ratio(a.number, b, a.exponent, rooms)


def _ratio(a: int, b: int, exponent: int, rooms: tuple[Room, ...]) -> Operands:
    """a * 2**exponent / b, with exponents near the middles of the ranges."""
    low = max(rooms[0].unit, exponent + rooms[1].unit)
    high = min(rooms[0].top - a.bit_length() + 1, exponent + rooms[1].top - b.bit_length() + 1)
    place = rooms[0].place(a, low, high)
    return Value(a, place), Value(b, place - exponent)


def _neighbours(value: Value, bits: int) -> Iterator[Operands]:
    head = _cut(value, bits)
    for step in (0, 1):
        yield (Value(head.number + step, head.exponent),)


def _sqrt(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    yield from _neighbours(_times(z, z), rooms[0].bits)


def _recip(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    shift = z.number.bit_length() + rooms[0].bits + 2
    yield from _neighbours(Value((1 << shift) // z.number, -shift - z.exponent), rooms[0].bits)


def _rsqrt(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    yield from _recip(_times(z, z), rooms, chance)


def _some(offered: Iterable[_T], count: int, chance: Chance) -> list[_T]:
    """So many of what is offered."""
    rest = list(offered)
    return [rest.pop(chance.below(len(rest))) for _ in range(min(count, len(rest)))]


def _fma(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    """An addend and a product that are parts of z; a product near z and the rest; z alone; a product that cancels."""
    factors_, addend = rooms[:2], rooms[2]
    for c, rest in _some(_parts(z, addend, chance), 2, chance):
        for a, b in _some(_products(Value(abs(rest.number), rest.exponent), factors_, chance), 3, chance):
            yield Value(-a.number if rest.number < 0 else a.number, a.exponent), b, c
    for a, b in _some(_products(z, factors_, chance), 2, chance):
        yield a, b, _minus(z, _times(a, b))
    yield Value(1, 0), _ZERO, z
    larger = Value(chance.significand(addend.bits), z.top + chance.below(addend.bits) - addend.bits + 2)
    for a, b in _some(_products(_cut(larger, factors_[0].bits), factors_, chance), 1, chance):
        yield a, b, _minus(z, _times(a, b))


def _remainder(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    """z itself, of a larger divisor; and a multiple of a divisor more."""
    b = Value(1 << 2 | chance.bits(2), z.top + 1)
    yield z, b
    for n in (1, 2, 3):
        total = _minus(z, Value(-n * b.number, b.exponent))
        yield total, b
    unit = Value(2 * z.number + 1 + 2 * chance.bits(2), z.exponent)
    yield _minus(z, Value(-unit.number, unit.exponent)), unit
    yield Value(3 * z.number, z.exponent), Value(2 * z.number, z.exponent)


def _scaleb(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    a = _cut(z, rooms[0].bits)
    for shift in (-a.top, rooms[0].unit - a.exponent, chance.below(9) - 4 - a.top):
        yield Value(a.number, a.exponent + shift), Value(-shift, 0)


def _logb(z: Value, rooms: tuple[Room, ...], chance: Chance) -> Iterator[Operands]:
    if z.exponent >= 0 and z.top < 24:
        number = z.number << z.exponent
        for exponent in (number, -number):
            yield (Value(chance.significand(rooms[0].bits), exponent - rooms[0].bits + 1),)
            yield (Value(1, exponent),)


RECIPES: dict[str, Recipe] = {
    **dict.fromkeys(("convert", "from_int", "to_int", "to_int_not_exact"), _unary),
    **dict.fromkeys(("round_to_integral", "round_to_integral_not_exact"), _unary),
    "add": _add,
    "sub": _sub,
    "faa": _faa,
    "mul": _mul,
    "div": _div,
    "fma": _fma,
    "sqrt": _sqrt,
    "recip": _recip,
    "rsqrt": _rsqrt,
    "remainder": _remainder,
    "fmod": _remainder,
    "scaleb": _scaleb,
    "logb": _logb,
}


def negated(op: str, operands: Operands) -> Operands:
    """Operands for the result of the other sign."""
    turned = {"mul": (0,), "div": (0,), "fma": (0, 2), "scaleb": (0,), "remainder": (0,), "fmod": (0,)}
    places = turned.get(op, tuple(range(len(operands))))
    return tuple(Value(-x.number, x.exponent) if k in places else x for k, x in enumerate(operands))


def rooms_of(types: tuple[Type, ...]) -> tuple[Room, ...]:
    return tuple(map(room, types))
