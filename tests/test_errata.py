# SPDX-License-Identifier: BSD-3-Clause
"""Worked examples of popular articles on quantization: what is right, and that what they print is wrong.

One test for each example about integer codes; those about grids, float formats and sizes have a file of their own.
"""

from __future__ import annotations

import pytest

import numfmt as nf


def bits(code: int) -> str:
    return f"{int(code):08b}"


@pytest.mark.parametrize(
    ("type_", "minus_5"),
    [(nf.SignMagnitude(8), "10000101"), (nf.OnesComplement(8), "11111010"), (nf.TwosComplement(8), "11111011")],
    ids=str,
)
def test_plus_and_minus_5(type_: nf.SignMagnitude | nf.OnesComplement | nf.TwosComplement, minus_5: str) -> None:
    """The article's three codes of -5 are right; 5 is the same in each."""
    assert bits(type_.encode(-5)) == minus_5
    assert bits(type_.encode(5)) == "00000101"
    assert type_.decode(int(minus_5, 2)) == -5


def test_derivation_of_twos_complement() -> None:
    """The article drops the sign bit on the way: 01111010 + 1 = 01111011 is the code of 123, not of -5."""
    inverted = nf.OnesComplement(8).encode(-5)
    minus_5 = nf.TwosComplement(8).add(inverted, 1).codes
    assert bits(inverted) == "11111010"
    assert bits(inverted) != "01111010"
    assert bits(minus_5) == "11111011"
    assert bits(minus_5) != "01111011"
    assert nf.TwosComplement(8).decode([0b11111011, 0b01111011]).tolist() == [-5, 123]
    assert [step.bits for step in nf.TwosComplement(8).explain(-5).steps][-2:] == ["11111010", "11111011"]


def test_zeros_of_ones_complement() -> None:
    """+0 is all zeros, its complement -0 all ones; the article's +0, 11111111, is -0, and its -0 the code of -127."""
    type_ = nf.OnesComplement(8)
    plus, minus = type_.zeros
    assert (bits(plus), bits(minus)) == ("00000000", "11111111") != ("11111111", "10000000")
    assert bits(type_.negate(plus).codes) == "11111111"
    assert type_.decode([0b00000000, 0b11111111, 0b10000000]).tolist() == [0, 0, -127]
    assert type_.compare(plus, minus) == 0


def test_13_in_binary() -> None:
    """13 = 1101 = 8 + 4 + 0 + 1 by repeated division is right."""
    each = nf.Unsigned(4).explain(13)
    assert each.expansion is not None
    assert each.expansion.integer_steps == ((13, 6, 1), (6, 3, 0), (3, 1, 1), (1, 0, 1))
    assert (each.bits, each.weights) == ("1101", "8 + 4 + 1")


def test_8_ones() -> None:
    """11111111 is -1 signed and 255 unsigned, and INT4 goes from -8 to 7 or 0 to 15: right.  Unsigned is not the
    absolute value of signed.
    """
    signed, unsigned = nf.TwosComplement(8).decode(0b11111111), nf.Unsigned(8).decode(0b11111111)
    assert (signed, unsigned) == (-1, 255)
    assert unsigned != abs(signed)
    assert [(type_.min, type_.max) for type_ in (nf.TwosComplement(4), nf.Unsigned(4))] == [(-8, 7), (0, 15)]
