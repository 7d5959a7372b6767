# SPDX-License-Identifier: BSD-3-Clause
"""How an integer becomes a code, as one does it by hand; every code on the way comes from the library."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from numfmt import printing
from numfmt.expansion import Expansion, expand
from numfmt.integers.kinds import OVERFLOWS, IntegerCode, IntegerOverflow, OnesComplement, Unsigned


class Step(NamedTuple):
    """A line of the way to the code: the bits so far, and what was done."""

    bits: str
    text: str


class Encoded(NamedTuple):
    """What an overflow policy makes of the integer; None for "error" out of range."""

    overflow: IntegerOverflow
    code: int | None
    value: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class IntegerExplanation:
    """One integer in one kind of code; see ``IntegerCode.explain``."""

    type: IntegerCode
    operand: int | None  # None if a code was given
    code: int | None  # None: out of range
    value: int | None  # of the code
    bits: str  # of the code, "" out of range
    fields: tuple[tuple[str, str], ...]  # name and bits, from the highest
    weights: str  # the value as the sum of its bits' weights, "" out of range
    expansion: Expansion | None  # of the operand's magnitude, or of it plus the bias, by repeated division
    steps: tuple[Step, ...]  # from those digits to the code; none out of range or of a code
    outcomes: tuple[Encoded, ...]  # the operand under every overflow policy

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON: codes as hexadecimal text, values as text."""
        return {
            "format": str(self.type),
            "width": self.type.width,
            "min": str(self.type.min),
            "max": str(self.type.max),
            "zeros": [self.type.hex(code) for code in self.type.zeros],
            "operand": _text(self.operand),
            "code": _hex(self.type, self.code),
            "value": _text(self.value),
            "bits": self.bits,
            "fields": dict(self.fields),
            "weights": self.weights,
            "expansion": None if self.expansion is None else self.expansion.as_dict(),
            "steps": [step._asdict() for step in self.steps],
            "outcomes": [
                {"overflow": each.overflow, "code": _hex(self.type, each.code), "value": _text(each.value)}
                for each in self.outcomes
            ],
        }


def explain(type_: IntegerCode, x: Any, code: Any) -> IntegerExplanation:
    """See ``IntegerCode.explain``."""
    if (x is None) == (code is None):
        raise ValueError("explain takes an integer x or code=, and not both")
    operand = None if x is None else _integer("x", x)
    outcomes: tuple[Encoded, ...] = ()
    if operand is None:
        code = _integer("code", code)
        type_.hex(code)  # refuses what is no code
    else:
        outcomes = tuple(_encoded(type_, operand, overflow) for overflow in OVERFLOWS)
        code = outcomes[0].code
    value = None if code is None else int(type_.decode(code))
    bits = "" if code is None else _digits(code, type_.width)
    return IntegerExplanation(
        type=type_,
        operand=operand,
        code=code,
        value=value,
        bits=bits,
        fields=_fields(type_, bits),
        weights="" if code is None else _weights(type_, bits),
        expansion=None if operand is None else _expansion(type_, operand, code),
        steps=() if operand is None or code is None else _steps(type_, operand, code),
        outcomes=outcomes,
    )


def _integer(name: str, x: Any) -> int:
    """One integer."""
    x = x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x
    if isinstance(x, bool | np.bool_) or not isinstance(x, int | np.integer):
        raise TypeError(f"{name} is {x!r}: must be one integer")
    return operator.index(x)


def _encoded(type_: IntegerCode, x: int, overflow: IntegerOverflow) -> Encoded:
    if overflow == "error" and not type_.min <= x <= type_.max:
        return Encoded(overflow, None, None)
    code = int(type_.encode(x, overflow))
    return Encoded(overflow, code, int(type_.decode(code)))


def _fields(type_: IntegerCode, bits: str) -> tuple[tuple[str, str], ...]:
    """The sign bit, where there is one, and the rest."""
    if not bits:
        return ()
    parts = (bits[:1], bits[1:]) if len(type_.fields) == 2 else (bits,)
    return tuple((name, digits) for name, digits in zip(type_.fields, parts, strict=True) if digits)


def _expansion(type_: IntegerCode, x: int, code: int | None) -> Expansion:
    stored = abs(x) if code is None or type_.kind != "offset_binary" else code
    return expand(Fraction(stored), type_.width)


def _steps(type_: IntegerCode, x: int, code: int) -> tuple[Step, ...]:
    width = type_.width
    if type_.kind == "offset_binary":
        bias = type_.zeros[0]
        return (Step(f"{code:b}", f"{x} + {bias} = {code}, the value plus the bias, in binary"), *_padded(code, width))
    size = abs(x)
    steps = [Step(f"{size:b}", f"{size} in binary")]
    if type_.kind == "sign_magnitude":
        return (*steps, *_padded(size, width - 1), Step(_digits(code, width), f"behind the sign bit {int(x < 0)}"))
    steps += _padded(size, width)
    if x >= 0:
        return tuple(steps)
    inverted = int(OnesComplement(width).negate(size).codes)
    steps.append(Step(_digits(inverted, width), "every bit inverted"))
    if type_.kind == "twos_complement":
        steps.append(Step(_digits(int(Unsigned(width).add(inverted, 1).codes), width), "plus 1"))
    return tuple(steps)


def _padded(code: int, width: int) -> list[Step]:
    """The digits with the zeros before them that the width asks for."""
    is_padded = len(f"{code:b}") < width
    return [Step(_digits(code, width), f"padded to {width} bits")] if is_padded else []


def _weights(type_: IntegerCode, bits: str) -> str:
    """The places that have a 1: ``-128 + 64 + 2``; what a sign or a bias does around them."""
    places = [1 << place for place, bit in zip(range(type_.width - 1, -1, -1), bits, strict=True) if bit == "1"]
    if bits[0] == "1" and type_.kind in ("ones_complement", "twos_complement"):
        places[0] = -places[0] + (type_.kind == "ones_complement")
    is_negative = bits[0] == "1" and type_.kind == "sign_magnitude"
    total = " + ".join(map(str, places[is_negative:])) or "0"
    if is_negative:
        return f"-({total})"
    return f"{total} - {type_.zeros[0]}" if type_.kind == "offset_binary" else total


def _digits(code: int, width: int) -> str:
    return f"{code:0{width}b}"


def _hex(type_: IntegerCode, code: int | None) -> str | None:
    return None if code is None else type_.hex(code)


def _text(number: int | None) -> str | None:
    return None if number is None else printing.number(Fraction(number))
