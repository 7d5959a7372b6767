# SPDX-License-Identifier: BSD-3-Clause
"""Requantization: 32-bit accumulators times a real multiplier, as integers (TFLite's quantization specification)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from numfmt import _bind, _bind_requantize, formats, inttypes, sources
from numfmt.integers import fixed_calls
from numfmt.integers.fixed import Fixed
from numfmt.integers.fixed_calls import FixedRounding, Rule
from numfmt.inttypes import IntType

Array = np.ndarray[Any, np.dtype[Any]]
Mode = Literal["gemmlowp", "single", "exact"]
_INT32 = Fixed(32, 0)
#: Wide enough to saturate in, with room for a zero point.
_PRODUCT = Fixed(48, 0)
#: A significand in [1/2, 1), or 1 after rounding.
_SIGNIFICAND = Fixed(1, 31, signed=False)
_SHIFTS = range(-31, 31)
#: No float64 from there on.
_BEYOND = 1 << 1023


def quantize_multiplier(real: Any) -> tuple[Any, Any]:
    """(multiplier, shift), int32, with ``real`` = multiplier * 2**(shift - 31) to nearest, ties away from zero.

    real
        A multiplier or nested lists or an array of them, 0 or more, exactly: floats, Fractions, decimal text.
        2**30 <= multiplier < 2**31; below 2**-32 both are 0.  Scalars for a scalar.

    Raises ValueError for a negative, infinite or NaN multiplier and for one of 2**30 or more.
    Source: tensorflow/lite/kernels/internal/quantization_util.cc, QuantizeMultiplier.
    """
    elements: list[Any] = []
    given = real.astype(object) if isinstance(real, np.ndarray) else real
    shape = sources.flatten("real", given, elements)
    split = [_split(index, sources.exact(element)) for index, element in enumerate(elements)]
    codes = _SIGNIFICAND.encode([significand for significand, _ in split], rounding="ties_away").astype(np.int64)
    shifts = np.array([shift for _, shift in split], np.int64)
    carried = codes == 1 << 31
    codes, shifts = np.where(carried, codes >> 1, codes), shifts + carried
    if (shifts > _SHIFTS[-1]).any():
        index = int(np.argmax(shifts > _SHIFTS[-1]))
        raise ValueError(f"real: element {index} is {elements[index]}: must be less than 2^30")
    codes, shifts = (np.where(shifts < _SHIFTS[0], 0, values) for values in (codes, shifts))
    return codes.astype(np.int32).reshape(shape)[()], shifts.astype(np.int32).reshape(shape)[()]


def _split(index: int, real: Fraction | float | None) -> tuple[Fraction, int]:
    """(significand, shift): a significand in [1/2, 1), or 0."""
    if real == 0:
        return Fraction(0), 0
    if not isinstance(real, Fraction) or real < 0:
        raise ValueError(f"real: element {index} is {real}: must be a finite number, 0 or more")
    shift = real.numerator.bit_length() - real.denominator.bit_length()
    shift += real >= Fraction(2) ** shift
    return real / Fraction(2) ** shift, shift


def requantize(
    acc: Any,
    multiplier: Any,
    shift: Any = None,
    zero_point: Any = 0,
    *,
    to: str | IntType = "int8",
    mode: Mode = "gemmlowp",
    rounding: FixedRounding | None = None,
    axis: int | None = None,
) -> Any:
    """Accumulators times a real multiplier, rounded to integers, plus a zero point, clamped to an integer type.

    acc
        int32 values: an integer array or nested lists.
    multiplier, shift
        The real multiplier is ``multiplier * 2**(shift - 31)``, see ``quantize_multiplier``; with ``shift=None``
        ``multiplier`` is the real number itself, which ``gemmlowp`` and ``single`` quantize first.
    zero_point
        Added after rounding.
    to
        An integer type whose values int32 holds; the result saturates there.
    mode
        ``gemmlowp``: rounded twice, by SaturatingRoundingDoublingHighMul (ties up) and RoundingDivideByPOT (ties
        away), as TFLite's reference kernels do; ``single``: once, ties up (TFLITE_SINGLE_ROUNDING); ``exact``: the
        exact product with the multiplier, once, by ``rounding``.
    rounding
        Of ``exact`` alone: a rounding of numfmt.Fixed that needs no random bits; None: ``ties_away``.
    axis
        multiplier, shift and zero_point that are no scalars have one element for each index along this axis of acc.

    Returns an array of acc's shape and the smallest dtype that holds ``to``.
    Raises ValueError for what does not fit: accumulators beyond int32, also when shifted left by ``gemmlowp``.
    """
    type_ = inttypes.int_type(to)
    if type_.width > 32 or (type_.width == 32 and not type_.signed):
        raise ValueError(f"to is {type_}: must be an integer type with values within int32")
    if mode not in get_args(Mode):
        raise ValueError(f"mode is {mode!r}: must be one of {', '.join(get_args(Mode))}")
    if rounding is not None and mode != "exact":
        raise ValueError(f"rounding is given, but mode {mode!r} has its own: only 'exact' takes one")
    values = _int32("acc", acc)
    zeros = _along(axis, "zero_point", _int32("zero_point", zero_point), values.shape)
    low, high = type_.values[0], type_.values[-1]
    if mode == "exact":
        products = _exact(values, _real(multiplier, shift), axis, rounding or "ties_away")
        return np.clip(products + zeros.astype(np.int64), low, high).astype(type_.dtype)[()]
    if shift is None:
        multiplier, shift = quantize_multiplier(multiplier)
    rows = [
        _along(axis, name, _int32(name, one), values.shape)
        for name, one in (("multiplier", multiplier), ("shift", shift))
    ]
    try:
        scaled = _bind_requantize.requantize(mode, (values, rows[0], rows[1], zeros), low, high)
    except _bind.NumfmtError as error:
        index = error.index or 0
        given = f"{values.ravel()[index]} times {rows[0].ravel()[index]} * 2^({rows[1].ravel()[index]} - 31)"
        raise ValueError(f"acc: element {index}, {given}: {error}") from None
    return scaled.astype(type_.dtype)[()]


def _int32(name: str, values: Any) -> Array:
    """An argument as int32; ValueError for what that does not hold."""
    elements, array = inttypes.integers(name, values)
    outside = [element for element in elements if not -(1 << 31) <= element < 1 << 31]
    if outside:
        raise ValueError(f"{name} holds {outside[0]}: must be within int32")
    return np.asarray(np.array(elements).reshape(np.shape(values)) if array is None else array, np.int32, order="C")


def _along(axis: int | None, name: str, values: Array, shape: tuple[int, ...]) -> Array:
    """A scalar, or one element per index along the axis, for every element of ``shape``."""
    if values.ndim:
        if axis is None or not -len(shape) <= axis < len(shape):
            raise ValueError(f"axis is {axis}: must be an axis of acc, of shape {shape}, as {name} is no scalar")
        if values.shape != (shape[axis],):
            raise ValueError(
                f"{name} has shape {values.shape}: must be a scalar or ({shape[axis]},), acc's axis {axis}"
            )
        values = values.reshape([-1 if k == axis % len(shape) else 1 for k in range(len(shape))])
    return np.ascontiguousarray(np.broadcast_to(values, shape)).reshape(shape)


def _real(multiplier: Any, shift: Any) -> Array:
    """Real multipliers as an object array of Fractions."""
    if shift is None:
        elements: list[Any] = []
        given = multiplier.astype(object) if isinstance(multiplier, np.ndarray) else multiplier
        shape = sources.flatten("multiplier", given, elements)
        reals = [sources.exact(element) for element in elements]
    else:
        pairs = np.broadcast_arrays(_int32("multiplier", multiplier), _int32("shift", shift))
        shape = pairs[0].shape
        reals = [int(m) * Fraction(2) ** (int(s) - 31) for m, s in zip(pairs[0].flat, pairs[1].flat, strict=True)]
    if any(real is None or (isinstance(real, float) and not math.isfinite(real)) for real in reals):
        raise ValueError(f"multiplier is {multiplier}: must be finite")
    out = np.empty(len(reals), object)
    out[:] = reals
    return out.reshape(shape)


def _exact(values: Array, reals: Array, axis: int | None, rounding: FixedRounding) -> Array:
    """The products, rounded once, as int64."""
    rule = Rule(rounding, "saturate")
    if rounding.startswith("stochastic"):
        raise ValueError(f"rounding is {rounding!r}: must need no random bits")
    doubles = np.array([float(real) if abs(real) < _BEYOND else 0.0 for real in reals.flat]).reshape(reals.shape)
    if all(Fraction(double) == real for double, real in zip(doubles.flat, reals.flat, strict=True)):
        rows = _along(axis, "multiplier", doubles, values.shape).view(np.uint64)
        pair, types = (values.view(np.uint32), rows), (_INT32, formats.format("binary64"))
        codes = fixed_calls.run("mul", pair, types, _PRODUCT, rule, flags=False, random_bits=None)
    else:
        codes = _PRODUCT.encode(
            values.astype(object) * _along(axis, "multiplier", reals, values.shape),
            rounding=rounding,
            overflow="saturate",
        )
    return np.asarray(_PRODUCT.integers(codes))
