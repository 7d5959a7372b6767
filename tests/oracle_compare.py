# SPDX-License-Identifier: BSD-3-Clause
"""Comparisons (754 5.6.1, 5.11) and the total order (754 5.10)."""

from __future__ import annotations

from fractions import Fraction

from oracle import INVALID
from oracle_exact import is_nan
from oracle_format import FormatLike, Value, decode
from oracle_select import key

#: Relation -> the outcomes (less, equal, greater, unordered) for which it holds (754 tables 5.1 to 5.3).
RELATIONS = {"eq": "=", "ne": "<>?", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
             "not_lt": "=>?", "not_le": ">?", "not_gt": "<=?", "not_ge": "<?"}  # fmt: skip

#: Predicate -> (the outcomes for which it holds, whether a quiet NaN is invalid).
PREDICATES: dict[str, tuple[str, bool]] = {
    name: (holds, name not in ("eq", "ne")) for name, holds in RELATIONS.items()
} | {
    f"{name}_{'signaling' if name in ('eq', 'ne') else 'quiet'}": (holds, name in ("eq", "ne"))
    for name, holds in RELATIONS.items()
} | {"unordered": ("?", False), "ordered": ("<=>", False)}  # fmt: skip


def relation(a: Value, b: Value) -> str:
    """<, =, > or ?; zeros are equal."""
    if is_nan(a) or is_nan(b):
        return "?"
    left, right = key(a)[:2], key(b)[:2]
    return "=" if left == right else "<" if left < right else ">"


def decided(op: str, a: Value, b: Value) -> tuple[int, int]:
    """(truth, flags)."""
    holds, signals = PREDICATES[op]
    found = relation(a, b)
    invalid = "snan" in (a.kind, b.kind) or (signals and found == "?")
    return int(found in holds), INVALID if invalid else 0


OrderKey = tuple[int, tuple[int, Fraction]]


def order_key(fmt: FormatLike, code: int, *, magnitude: bool) -> OrderKey:
    """Place in the total order: -NaN < -Inf < ... < -0 < +0 < ... < Inf < sNaN < qNaN by payload, negative reversed.

    The NaN in the place of -0 has the sign that its code shows; it keeps it in total_order_mag too, as the absolute
    value of it is itself. NaNs without a quiet bit are ordered as their codes are.
    """
    value = decode(fmt, code)
    is_neg_zero_nan = is_nan(value) and fmt.is_signed and not fmt.has_neg_zero
    sign = 0 if magnitude and not is_neg_zero_nan else value.sign
    kind = {"zero": 0, "finite": 0, "inf": 1, "snan": 2, "qnan": 3}[value.kind]
    payload = code & (1 << fmt.width - fmt.is_signed) - 1 if value.payload[1] < 0 else value.payload[0]
    size = Fraction(payload) if is_nan(value) else value.magnitude
    return (-1, (-kind, -size)) if sign else (1, (kind, size))
