# SPDX-License-Identifier: BSD-3-Clause
"""Operations on the code itself: signs, neighbours, classes (754 5.3.1, 5.5.1, 5.7.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from oracle_exact import is_nan
from oracle_format import FormatLike, Layout, Value, layout
from oracle_format import decode as decode_once

decode = lru_cache(maxsize=1 << 17)(decode_once)
MOVES = ("negate", "absolute", "copysign", "next_up", "next_down")


def copysign(fmt: FormatLike, code: int, sign: int) -> int:
    """The code with that sign bit, but what has one sign only keeps it: the zero and the NaN of formats without -0."""
    if not fmt.is_signed:
        raise ValueError("a sign operation on an unsigned format")
    top = 1 << fmt.width - 1
    if not fmt.has_neg_zero and decode(fmt, code).kind not in ("finite", "inf"):
        return code
    return code & ~top | (top if sign else 0)


def neighbour(fmt: FormatLike, code: int, *, up: bool) -> int:
    """The code of the next larger (smaller) value of a number or infinity; its own where there is none."""
    lay, value = layout(fmt), decode(fmt, code)
    if value.kind == "inf":
        return code if bool(value.sign) != up else lay.code(value.sign, lay.max_ordinal)
    outward = bool(value.sign) != up
    if value.kind == "zero":
        return lay.code(int(not up), lay.first_ordinal) if up or fmt.is_signed else code
    ordinal = lay.value_ordinal(value.magnitude)
    if outward:
        return _beyond(lay, value, ordinal, code)
    if ordinal == lay.first_ordinal:
        return lay.zero_code(value.sign) if fmt.has_zero else code
    return lay.code(value.sign, ordinal - 1)


def _beyond(lay: Layout, value: Value, ordinal: int, code: int) -> int:
    """One step away from zero."""
    if ordinal < lay.max_ordinal:
        return lay.code(value.sign, ordinal + 1)
    return lay.inf_code(value.sign) if lay.fmt.has_inf else code


def is_canonical(fmt: FormatLike, code: int) -> bool:
    """False for a zero that is not the one of its sign, and for x87's encodings with a wrong leading bit."""
    lay, value = layout(fmt), decode(fmt, code)
    if value.kind == "zero":
        return code == lay.zero_code(value.sign)
    if not fmt.explicit_leading_bit:
        return True
    leading = code >> fmt.precision - 1 & 1
    field = code >> fmt.precision & (1 << fmt.width - fmt.precision - 1) - 1
    return leading == (field != 0)


def classify(fmt: FormatLike, code: int) -> int:
    """The class, numbered in the order of 754 5.7.2."""
    value = decode(fmt, code)
    if is_nan(value):
        return int(value.kind == "qnan")
    size = {"zero": 0, "finite": 2 - value.subnormal, "inf": 3}[value.kind]
    return 5 - size if value.sign else 6 + size


TESTS: dict[str, Callable[[FormatLike, int], bool]] = {
    "is_signaling": lambda fmt, code: decode(fmt, code).kind == "snan",
    "is_nan": lambda fmt, code: is_nan(decode(fmt, code)),
    "is_infinite": lambda fmt, code: decode(fmt, code).kind == "inf",
    "is_finite": lambda fmt, code: decode(fmt, code).kind in ("zero", "finite"),
    "is_normal": lambda fmt, code: classify(fmt, code) in (3, 8),
    "is_subnormal": lambda fmt, code: classify(fmt, code) in (4, 7),
    "is_zero": lambda fmt, code: decode(fmt, code).kind == "zero",
    "is_sign_minus": lambda fmt, code: decode(fmt, code).sign == 1,
    "is_canonical": is_canonical,
}
