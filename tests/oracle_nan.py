# SPDX-License-Identifier: BSD-3-Clause
"""Which NaN a result is: the profiles of SEMANTICS 5 for one, two and three operands."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from oracle import (
    CANONICAL_PROFILES,
    INVALID,
    NEGATIVE_CANONICAL,
    Case,
    EnvLike,
    FormatLike,
    Value,
    canonical_nan,
    made_nan,
    substitute,
)
from oracle_exact import Nan
from oracle_format import layout


def quieted(value: Value) -> Value:
    return Value("qnan", value.sign, payload=value.payload)


def larger(a: Value, b: Value) -> Value:
    """x87's rule: quiet before signalling, then the larger payload, then the positive one (Intel SDM 1 4.8.3.5)."""
    if a.kind != b.kind:
        return a if a.kind == "qnan" else b
    left, right = _aligned(a), _aligned(b)
    if left != right:
        return a if left > right else b
    return b if a.sign and not b.sign else a


def _aligned(value: Value) -> Fraction:
    """The payload as a fraction of the quiet bit; 0 without one."""
    payload, n_bits = value.payload
    return Fraction(payload, 1 << n_bits) if n_bits > 0 else Fraction(0)


def first(a: Value, _: Value) -> Value:
    """SoftFloat's 8086-SSE: the first, quiet or signalling."""
    return a


def signalling_first(a: Value, b: Value) -> Value:
    """Arm's FPProcessNaNs: the first signalling one, else the first."""
    return b if b.kind == "snan" and a.kind != "snan" else a


TWO = {"x87": larger, "sf_8086": larger, "sf_8086_sse": first, "sf_arm": signalling_first}
"""Profiles that take three operands as two and two."""


def chosen(nan: Nan, to: FormatLike, env: EnvLike) -> Value | None:
    """The NaN operand that is delivered, or None: the profile's canonical NaN."""
    order = nan.operands[2:] + nan.operands[:2] if nan.is_fma and env.nan == "arm" else nan.operands
    nans = [value for value in order if value is not None]
    if not nans or env.nan in CANONICAL_PROFILES or (env.nan == "x87" and any(value.unsupported for value in nans)):
        return None
    if env.nan == "x86_sse":
        return nans[0]
    if env.nan == "arm":
        signalling = [value for value in nans if value.kind == "snan"]
        return signalling[0] if signalling else None if nan.undefined else nans[0]
    return _by_twos(nan, nans, to, env)


def _by_twos(nan: Nan, nans: Sequence[Value], to: FormatLike, env: EnvLike) -> Value | None:
    """two(two(a, b), c), where inf * 0 is the canonical NaN and an inner result is quiet."""
    two = larger if env.nan == "sf_8086_sse" and to.explicit_leading_bit else TWO[env.nan]
    canonical = Value("qnan", int(env.nan in NEGATIVE_CANONICAL), payload=(0, 0))
    if nan.undefined:
        best = two(canonical, nans[0])
        return None if best is canonical else best
    if len(nan.operands) < 3 or (nan.operands[0] is None and nan.operands[1] is None):
        return nans[0] if len(nans) == 1 else two(nans[0], nans[1])
    inner = [value for value in nan.operands[:2] if value is not None]
    best = quieted(inner[0] if len(inner) == 1 else two(inner[0], inner[1]))
    return best if nan.operands[2] is None else two(best, nan.operands[2])


def is_invalid(nan: Nan, env: EnvLike) -> bool:
    """Signalling NaNs always; inf * 0 + qNaN unless the profile is hardware x86's FMA."""
    signalling = any(value is not None and value.kind == "snan" for value in nan.operands)
    quiet_fma = env.nan == "x86_sse" and bool(nan.operands)
    return signalling or (nan.undefined and not quiet_fma)


def nan_outcome(nan: Nan, to: FormatLike, env: EnvLike) -> tuple[int, int]:
    """(code, flags) of a NaN result; what stands for it has the sign of the first NaN operand."""
    lay = layout(to)
    if not nan.operands:
        return made_nan(lay, env), INVALID
    if not lay.has_nan:
        return substitute(lay, env, next(value.sign for value in nan.operands if value is not None)), INVALID
    best = chosen(nan, to, env)
    code = canonical_nan(lay, env) if best is None else Case(to, quieted(best)).outcome(env)[0]
    return code, INVALID if is_invalid(nan, env) else 0
