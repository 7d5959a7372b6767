# SPDX-License-Identifier: BSD-3-Clause
"""A function for every operation: ``add(a, b, fmt, *, to=None, env=None, ...)``.

Each is ``apply`` with the name filled in; ``numfmt.OPS`` has the formulas and sources.
"""

from __future__ import annotations

import inspect
from enum import IntEnum
from typing import Any, Protocol

from numfmt import inttypes, ops
from numfmt.arguments import Array, FlagsArgument
from numfmt.codec import encode
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.modes import Env
from numfmt.ops import FormatArgument


class FloatClass(IntEnum):
    """What ``classify`` delivers: IEEE 754-2019 5.7.2, in its order."""

    SIGNALING_NAN = 0
    QUIET_NAN = 1
    NEGATIVE_INFINITY = 2
    NEGATIVE_NORMAL = 3
    NEGATIVE_SUBNORMAL = 4
    NEGATIVE_ZERO = 5
    POSITIVE_ZERO = 6
    POSITIVE_SUBNORMAL = 7
    POSITIVE_NORMAL = 8
    POSITIVE_INFINITY = 9


class Unary(Protocol):
    """``f(a, fmt, *, to, env, flags, out, random_bits)``."""

    def __call__(
        self,
        a: Any,
        fmt: FormatArgument | None = None,
        *,
        to: Format | IntType | str | None = None,
        env: Env | None = None,
        flags: FlagsArgument = False,
        out: Array | None = None,
        random_bits: Any = None,
    ) -> Any: ...


class Binary(Protocol):
    """``f(a, b, fmt, *, to, env, flags, out, random_bits)``."""

    def __call__(
        self,
        a: Any,
        b: Any,
        fmt: FormatArgument | None = None,
        *,
        to: Format | str | None = None,
        env: Env | None = None,
        flags: FlagsArgument = False,
        out: Array | None = None,
        random_bits: Any = None,
    ) -> Any: ...


class Ternary(Protocol):
    """``f(a, b, c, fmt, *, to, env, flags, out, random_bits)``."""

    def __call__(
        self,
        a: Any,
        b: Any,
        c: Any,
        fmt: FormatArgument | None = None,
        *,
        to: Format | str | None = None,
        env: Env | None = None,
        flags: FlagsArgument = False,
        out: Array | None = None,
        random_bits: Any = None,
    ) -> Any: ...


def _signature(kind: Any) -> inspect.Signature:
    """That of the protocol's call, for help()."""
    signature = inspect.signature(kind.__call__)
    return signature.replace(parameters=[*signature.parameters.values()][1:])


_SIGNATURES = [_signature(kind) for kind in (Unary, Binary, Ternary)]


def _named(front: Any, name: str) -> Any:
    row = ops.OPS[name]
    front.__signature__ = _SIGNATURES[len(row.operands) - 1]
    delivers = {"bool": "bools", "class": "uint8, a numfmt.FloatClass", "int": "integers"}.get(row.result, "codes")
    front.__name__ = front.__qualname__ = name
    front.__doc__ = (
        f"{row.formula}: {delivers}.  {row.source}.\n\n"
        f"Can raise {row.flags}.  ``numfmt.apply`` describes the arguments; without ``fmt`` the operands are "
        "numfmt.Arrays, and so is the result."
    )
    return front


def _unary(name: str) -> Unary:
    def front(a: Any, fmt: FormatArgument | None = None, **options: Any) -> Any:
        return ops.apply(name, (a,), fmt, **options)

    made: Unary = _named(front, name)
    return made


def _binary(name: str) -> Binary:
    def front(a: Any, b: Any, fmt: FormatArgument | None = None, **options: Any) -> Any:
        return ops.apply(name, (a, b), fmt, **options)

    made: Binary = _named(front, name)
    return made


def _ternary(name: str) -> Ternary:
    def front(a: Any, b: Any, c: Any, fmt: FormatArgument | None = None, **options: Any) -> Any:
        return ops.apply(name, (a, b, c), fmt, **options)

    made: Ternary = _named(front, name)
    return made


add = _binary("add")
sub = _binary("sub")
mul = _binary("mul")
div = _binary("div")
remainder = _binary("remainder")
fmod = _binary("fmod")
sqrt = _unary("sqrt")
recip = _unary("recip")
rsqrt = _unary("rsqrt")
fma = _ternary("fma")
faa = _ternary("faa")
logb = _unary("logb")
minimum = _binary("minimum")
maximum = _binary("maximum")
minimum_number = _binary("minimum_number")
maximum_number = _binary("maximum_number")
minimum_magnitude = _binary("minimum_magnitude")
maximum_magnitude = _binary("maximum_magnitude")
minimum_magnitude_number = _binary("minimum_magnitude_number")
maximum_magnitude_number = _binary("maximum_magnitude_number")
min_num = _binary("min_num")
max_num = _binary("max_num")
min_num_mag = _binary("min_num_mag")
max_num_mag = _binary("max_num_mag")
negate = _unary("negate")
absolute = _unary("absolute")
copysign = _binary("copysign")
next_up = _unary("next_up")
next_down = _unary("next_down")
eq = _binary("eq")
ne = _binary("ne")
lt = _binary("lt")
le = _binary("le")
gt = _binary("gt")
ge = _binary("ge")
not_lt = _binary("not_lt")
not_le = _binary("not_le")
not_gt = _binary("not_gt")
not_ge = _binary("not_ge")
eq_signaling = _binary("eq_signaling")
ne_signaling = _binary("ne_signaling")
lt_quiet = _binary("lt_quiet")
le_quiet = _binary("le_quiet")
gt_quiet = _binary("gt_quiet")
ge_quiet = _binary("ge_quiet")
not_lt_quiet = _binary("not_lt_quiet")
not_le_quiet = _binary("not_le_quiet")
not_gt_quiet = _binary("not_gt_quiet")
not_ge_quiet = _binary("not_ge_quiet")
unordered = _binary("unordered")
ordered = _binary("ordered")
total_order = _binary("total_order")
total_order_mag = _binary("total_order_mag")
is_signaling = _unary("is_signaling")
is_nan = _unary("is_nan")
is_infinite = _unary("is_infinite")
is_finite = _unary("is_finite")
is_normal = _unary("is_normal")
is_subnormal = _unary("is_subnormal")
is_zero = _unary("is_zero")
is_sign_minus = _unary("is_sign_minus")
is_canonical = _unary("is_canonical")
classify = _unary("classify")


def scaleb(a: Any, n: Any, fmt: FormatArgument | None = None, **options: Any) -> Any:
    """a * 2^n, rounded once: codes.  IEEE 754-2019 5.3.3.

    n holds integers of any dtype.  The other arguments are those of ``numfmt.apply``.
    """
    return ops.apply("scaleb", (a, n), fmt, **options)


def round_to_integral(a: Any, fmt: FormatArgument | None = None, *, exact: bool = True, **options: Any) -> Any:
    """a as an integer, by the environment's rounding: codes.  IEEE 754-2019 5.9.

    exact
        True: inexact is raised where the integer differs from ``a`` (roundToIntegralExact); False: it is not.

    The other arguments are those of ``numfmt.apply``.
    """
    return ops.apply("round_to_integral" if exact else "round_to_integral_not_exact", (a,), fmt, **options)


def to_int(
    a: Any, fmt: FormatArgument | None = None, to: IntType | str = "int64", *, exact: bool = True, **options: Any
) -> Any:
    """a as an integer of the type ``to``, by the environment's rounding: numpy integers.  IEEE 754-2019 5.8.

    to
        ``"int1"`` to ``"int64"``, ``"uint1"`` to ``"uint64"``.
    exact
        True: inexact is raised where the integer differs from ``a``; False: it is not.

    NaN, and what the type does not have after rounding, is invalid, and delivered as ``env.int_overflow`` says.
    The other arguments are those of ``numfmt.apply``.
    """
    return ops.apply("to_int" if exact else "to_int_not_exact", (a,), fmt, to=to, **options)


def from_int(x: Any, fmt: Format | str, **options: Any) -> Any:
    """Codes of integers, each rounded once.  IEEE 754-2019 5.4.1 convertFromInt.

    x
        Integers: any integer dtype, nested lists of ints of any size.
    fmt
        The result's format; env, flags, out, random_bits as for ``numfmt.encode``, which does the same for any value.
    """
    inttypes.integers("x", x)
    return encode(x, fmt, **options)
