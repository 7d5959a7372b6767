# SPDX-License-Identifier: BSD-3-Clause
"""Integer codes against oracle_integers.py: every code and pair of codes up to 8 bits, every width at its ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import oracle_integers as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_integers import Kind

import numfmt as nf
from numfmt import _bind, _bind_integers, integers

OVERFLOWS = ("error", "saturate", "wrap")
OPS = ("add", "sub", "negate")
ISAS = [isa for isa in _bind.isas() if isa in ("portable", "avx2")]
#: Some tests take a width and those 8, 16, ... bits above it.
LOWEST_WIDTHS = range(1, 9)


def made(kind: Kind) -> integers.IntegerCode:
    numbers = (kind.width, kind.bias) if kind.name == "offset_binary" else (kind.width,)
    return integers.KINDS[kind.name](*numbers)


def struct(kind: Kind, *, narrow: bool = False) -> Any:
    return _bind_integers.struct(kind.name, kind.width, kind.bias, narrow=narrow)


def each_kind(*widths: int) -> list[Any]:
    return [pytest.param(kind, id=f"{kind.name}-{kind.width}-{kind.bias}") for w in widths for kind in oracle.kinds(w)]


def is_right(done: integers.Calculated, right: list[oracle.Sum]) -> bool:
    found = zip(*(np.ravel(part).tolist() for part in done), strict=True)
    return list(found) == [(code, bool(carry), bool(overflow)) for code, carry, overflow in right]


@pytest.mark.parametrize("kind", each_kind(*range(1, 9)))
def test_every_code(kind: Kind) -> None:
    type_ = made(kind)
    codes = range(1 << kind.width)
    values = [oracle.value(kind, code) for code in codes]
    assert (type_.min, type_.max) == oracle.limits(kind) == (min(values), max(values))
    assert type_.zeros == tuple(code for code in codes if values[code] == 0)
    assert type_.decode(list(codes)).tolist() == values
    assert is_right(type_.negate(list(codes)), [oracle.calculate(kind, "negate", code) for code in codes])
    inside = range(type_.min, type_.max + 1)
    used = type_.encode(list(inside)).tolist()
    assert used == [oracle.encode(kind, x) for x in inside] and [values[code] for code in used] == list(inside)
    beyond = range(type_.min - 300, type_.max + 301)
    for overflow in ("saturate", "wrap"):
        right = [oracle.encode(kind, x, overflow) for x in beyond]
        for dtype in (np.int16, np.int32, np.int64):
            assert type_.encode(np.array(beyond, dtype), overflow).tolist() == right, (overflow, dtype)
        assert type_.encode([*beyond, 2**70], overflow).tolist()[:-1] == right


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("kind", each_kind(1, 2, 3, 4))
def test_every_pair(kind: Kind, isa: str, pair_table: Callable[[Kind], Any]) -> None:
    check_pairs(kind, isa, pair_table(kind))


@pytest.mark.full
@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("kind", each_kind(5, 6, 7, 8))
def test_every_pair_of_larger_widths(kind: Kind, isa: str, pair_table: Callable[[Kind], Any]) -> None:
    check_pairs(kind, isa, pair_table(kind))


@pytest.fixture(scope="module")
def pair_table() -> Callable[[Kind], Any]:
    """The oracle's answers for every pair of codes, made once per kind."""
    tables: dict[Kind, Any] = {}

    def table(kind: Kind) -> Any:
        if kind not in tables:
            codes = range(1 << kind.width)
            sums = {op: np.array([oracle.calculate(kind, op, a, b) for a in codes for b in codes]) for op in OPS[:2]}
            order = np.array([oracle.value(kind, a) for a in codes])
            tables[kind] = sums, np.sign(order[:, None] - order).ravel()
        return tables[kind]

    return table


def check_pairs(kind: Kind, isa: str, table: Any) -> None:
    sums, order = table
    count = 1 << kind.width
    a, b = np.repeat(np.arange(count, dtype=np.uint8), count), np.tile(np.arange(count, dtype=np.uint8), count)
    for op, right in sums.items():
        out, carry, overflow = np.empty(a.shape, np.uint8), np.empty(a.shape, bool), np.empty(a.shape, bool)
        _bind_integers.calculate(struct(kind), op, a, b, out, carry, overflow, isa=isa)
        assert np.array_equal(np.stack([out, carry, overflow], axis=1), right), op
    compared = np.empty(a.shape, np.int8)
    _bind_integers.compare(struct(kind), a, b, compared, isa)
    assert np.array_equal(compared, order)


def ends(kind: Kind) -> list[int]:
    """Values at the ends of the range, and of what integers of 64 bits and more hold."""
    low, high = oracle.limits(kind)
    near = {low - 1, low, low + 1, -1, 0, 1, high - 1, high, high + 1, 2 * low - 1, 2 * high + 2}
    return sorted(near | {2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, -(2**130), 2**130 + 1})


@pytest.mark.parametrize("lowest", LOWEST_WIDTHS)
def test_every_width_at_its_ends(lowest: int) -> None:
    for kind in (kind for width in range(lowest, 65, 8) for kind in oracle.kinds(width)):
        type_, values = made(kind), ends(kind)
        small = [x for x in values if -(2**63) <= x < 2**63]
        large = [x for x in values if 0 <= x < 2**64]
        for overflow in ("saturate", "wrap"):
            right = {x: oracle.encode(kind, x, overflow) for x in values}
            assert type_.encode(values, overflow).tolist() == list(right.values())
            assert type_.encode(np.array(small), overflow).tolist() == [right[x] for x in small]
            assert type_.encode(np.array(large, np.uint64), overflow).tolist() == [right[x] for x in large]
        inside = [x for x in values if type_.min <= x <= type_.max]
        codes = type_.encode(inside)
        assert codes.tolist() == [oracle.encode(kind, x) for x in inside]
        assert type_.decode(codes).tolist() == inside and type_.decode(codes).dtype == type_.dtype
        for x in (type_.min - 1, type_.max + 1, -(2**130)):
            with pytest.raises(ValueError) as refused:
                type_.encode(x)
            assert str(refused.value) == f"x: element 0 is {x}: {type_} takes {type_.min} to {type_.max}"


@pytest.mark.parametrize("lowest", LOWEST_WIDTHS)
def test_arithmetic_of_every_width_at_its_ends(lowest: int) -> None:
    for width in range(lowest, 65, 8):
        check_arithmetic_at_ends(width)


def check_arithmetic_at_ends(width: int) -> None:
    top, mask = 1 << (width - 1), (1 << width) - 1
    near = {code & mask for code in (0, 1, top - 1, top, mask, mask // 3)}
    pairs = [(a, b) for a in near for b in near]
    left, right = ([pair[side] for pair in pairs] for side in (0, 1))
    for kind in oracle.kinds(width):
        type_ = made(kind)
        for op in OPS[:2]:
            done = getattr(type_, op)(left, right)
            assert is_right(done, [oracle.calculate(kind, op, a, b) for a, b in pairs]), (kind, op)
            assert done.codes.dtype == type_.code_dtype
        assert is_right(type_.negate(left), [oracle.calculate(kind, "negate", a) for a in left]), kind
        assert type_.compare(left, right).tolist() == [oracle.compare(kind, a, b) for a, b in pairs]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_integers(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 64))
    plain = st.sampled_from(["sign_magnitude", "ones_complement", "twos_complement", "unsigned"])
    offset = st.integers(0, (1 << width) - 1).map(lambda bias: Kind("offset_binary", width, bias))
    kind = data.draw(offset | plain.map(lambda name: Kind(name, width)))
    type_ = made(kind)
    values = data.draw(st.lists(st.integers() | st.integers(-(1 << width), 1 << width), max_size=5))
    for overflow in ("saturate", "wrap"):
        assert type_.encode(values, overflow).tolist() == [oracle.encode(kind, x, overflow) for x in values]
    codes = st.lists(st.integers(0, (1 << width) - 1), min_size=3, max_size=3)
    a, b = data.draw(codes), data.draw(codes)
    assert type_.decode(a).tolist() == [oracle.value(kind, code) for code in a]
    for op in OPS[:2]:
        right = [oracle.calculate(kind, op, x, y) for x, y in zip(a, b, strict=True)]
        assert is_right(getattr(type_, op)(a, b), right)
    assert type_.compare(a, b).tolist() == [oracle.compare(kind, x, y) for x, y in zip(a, b, strict=True)]


@pytest.mark.parametrize("width", [1, 2, 8, 16, 33, 64])
def test_narrow(width: int) -> None:
    kind, type_ = Kind("twos_complement", width), nf.TwosComplement(width)
    values = [*range(type_.min, type_.min + 3), -1, 0, type_.max]
    for x in values:
        right = oracle.encode(kind, x, narrow=True)
        if right is None:
            with pytest.raises(ValueError, match=rf"element 0 is {x}: .* takes {type_.min + 1} to {type_.max}$"):
                type_.encode(x, narrow=True)
        else:
            assert type_.encode(x, narrow=True) == right
    saturated = [oracle.encode(kind, x, "saturate", narrow=True) for x in values]
    assert type_.encode(values, "saturate", narrow=True).tolist() == saturated
    assert type_.encode([*values, 2**99], "saturate", narrow=True).tolist()[:-1] == saturated
