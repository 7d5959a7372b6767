# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers: q = clip(round(x / scale) + zero_point), in every convention that is in use."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from numfmt.quantize import application, parameters
from numfmt.quantize.granularity import Granularity

if TYPE_CHECKING:
    from numfmt.codec import Path
    from numfmt.quantize.parameters import Parameters
    from numfmt.quantize.quantized import Quantized

Array = np.ndarray[Any, np.dtype[Any]]
Scheme = Literal["symmetric", "affine"]
AffineRounding = Literal["half_even", "half_away", "half_up", "ceil", "floor", "trunc", "stochastic"]
Divisor = Literal["qmax", "half_range", "qmin"]
Divide = Literal["div", "recip"]
ZeroPointOrder = Literal["after", "before", "fused"]
NanPolicy = Literal["raise", "zero", "qmin", "qmax"]
ZeroRule = Literal["sum", "quotient", "smaller_end"]
ZeroRange = Literal["raise", "one"]
_CHOICES: dict[str, tuple[str, ...]] = {
    "scheme": get_args(Scheme),
    "rounding": get_args(AffineRounding),
    "divide": get_args(Divide),
    "zp_add": get_args(ZeroPointOrder),
    "zero_rule": get_args(ZeroRule),
    "zero_range": get_args(ZeroRange),
}
_MAX_BITS = 32


@dataclass(frozen=True, kw_only=True)
class Affine:
    """How numbers become integer codes and back.  Immutable and hashable.

    bits, signed, narrow
        Codes are ``-2**(bits-1)`` to ``2**(bits-1) - 1``, or 0 to ``2**bits - 1``; ``narrow`` leaves out the lowest.
        1 to 32 bits.
    scheme
        ``symmetric``: the zero point is 0, or ``2**(bits-1)`` of unsigned codes; ``affine``: any code.
    rounding
        To an integer: ``half_even``, ``half_away``, ``half_up`` (toward +Inf), ``ceil``, ``floor``, ``trunc``,
        ``stochastic`` (``stochastic_a`` of Env, with ``random_bits_count`` bits each).
    divide
        ``div``: t = x / scale; ``recip``: t = x * (1 / scale).
    zp_add
        ``after``: q = clip(round(t) + zero_point); ``before``: q = clip(round(t + zero_point)); ``fused``: the same,
        with t + zero_point a fused multiply-add, for ``recip`` only.
    arithmetic
        The format that each of those quotients, products and sums is rounded to, ties to even; ``exact``: none is.
        Formats with a sign and zero whose values float64 holds.
    axis, group, tile
        None: one scale for all.  ``axis``: one per index along it; with ``group`` one for so many neighbours along
        it.  ``tile=(r, c)``: one for each r rows and c columns of the last two dimensions.
    nan
        What a NaN becomes: ``raise`` (ValueError), ``zero`` (the zero point), ``qmin``, ``qmax`` or a code.
    divisor, min_scale, zero_rule, zero_range, range_arithmetic
        How ``calibrate`` comes from a range to a scale and a zero point.  Symmetric: scale = amax / divisor, where
        divisor is ``qmax`` (``2**(bits-1) - 1``), ``half_range`` ((qmax - qmin) / 2), ``qmin`` (``2**(bits-1)``) or a
        number.  Affine: scale = (hi - lo) / (qmax - qmin), and the zero point is rint(qmin - lo / scale) by
        ``sum``, qmin - rint(lo / scale) by ``quotient``, the one of the two ends' with the smaller error by
        ``smaller_end``, clipped.  No scale is below ``min_scale``; a range without extent is an error or has scale 1
        (``zero_range``); the steps are rounded to ``range_arithmetic``, if not to ``arithmetic``.

    Infinities become the nearest end.  Raises ValueError for a field out of range and for fields that exclude each
    other.
    """

    bits: int = 8
    signed: bool = True
    scheme: Scheme = "symmetric"
    narrow: bool = False
    rounding: AffineRounding = "half_even"
    divisor: Divisor | float = "qmax"
    divide: Divide = "div"
    zp_add: ZeroPointOrder = "after"
    arithmetic: str = "binary32"
    axis: int | None = None
    group: int | None = None
    tile: tuple[int, int] | None = None
    nan: NanPolicy | int = "raise"
    random_bits_count: int = 0
    min_scale: float = 0.0
    zero_rule: ZeroRule = "sum"
    zero_range: ZeroRange = "raise"
    range_arithmetic: str | None = None

    def __post_init__(self) -> None:
        self._check_codes()
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in allowed:
                raise ValueError(f"{name} is {value!r}: must be one of {', '.join(allowed)}")
        if self.divide == "recip" and self.arithmetic == "exact":
            raise ValueError("divide is 'recip' and arithmetic is 'exact': 1 / scale must be rounded to a format")
        if self.zp_add == "fused" and self.divide != "recip":
            raise ValueError(f"zp_add is 'fused' and divide is {self.divide!r}: a fused multiply-add needs 'recip'")
        count = self.random_bits_count
        if type(count) is not int or not 0 <= count <= (32 if self.rounding == "stochastic" else 0):
            raise ValueError(f"random_bits_count is {count!r}: must be 0 to 32, and 0 unless rounding is 'stochastic'")
        _ = self.granularity
        self._check_numbers()
        application.check(self)

    def _check_codes(self) -> None:
        if type(self.bits) is not int or not 1 <= self.bits <= _MAX_BITS:
            raise ValueError(f"bits is {self.bits!r}: must be an integer 1 to {_MAX_BITS}")
        for name in ("signed", "narrow"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{name} is {getattr(self, name)!r}: must be True or False")
        if self.qmin >= self.qmax:
            raise ValueError(f"narrow is True with {self.bits} bit: leaves one code, {self.qmin}")
        if isinstance(self.nan, str):
            if self.nan not in get_args(NanPolicy):
                raise ValueError(f"nan is {self.nan!r}: must be a code or one of {', '.join(get_args(NanPolicy))}")
        elif type(self.nan) is not int or not self.qmin <= self.nan <= self.qmax:
            raise ValueError(f"nan is {self.nan!r}: must be a code, {self.qmin} to {self.qmax}, or a policy's name")

    def _check_numbers(self) -> None:
        if isinstance(self.divisor, str):
            if self.divisor not in get_args(Divisor):
                names = ", ".join(get_args(Divisor))
                raise ValueError(f"divisor is {self.divisor!r}: must be a positive number or one of {names}")
        elif not _is_number(self.divisor) or self.divisor <= 0:
            raise ValueError(f"divisor is {self.divisor!r}: must be positive and finite")
        if not _is_number(self.min_scale) or self.min_scale < 0:
            raise ValueError(f"min_scale is {self.min_scale!r}: must be 0 or more, and finite")

    @property
    def qmin(self) -> int:
        """The lowest code."""
        return (-(1 << self.bits - 1) if self.signed else 0) + self.narrow

    @property
    def qmax(self) -> int:
        """The highest code."""
        return (1 << self.bits - self.signed) - 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of codes: the smallest of int8, int16, int32 or uint8, uint16, uint32."""
        return np.dtype(f"{'i' if self.signed else 'u'}{1 << max(0, (self.bits - 1).bit_length() - 3)}")

    @property
    def scale_dtype(self) -> np.dtype[Any]:
        """The dtype of scales."""
        return parameters.scale_format(self.arithmetic)[1]

    @property
    def granularity(self) -> Granularity:
        """Which elements share a scale."""
        return Granularity(self.axis, self.group, self.tile)

    def parameters(self, *, scale: Any, zero_point: Any = None) -> Parameters:
        """Scales and zero points.

        scale
            Numbers, each rounded to ``arithmetic`` (binary64 if that is exact), ties to even.  A scalar where the
            quantizer has one scale; (x.shape[axis],) with ``axis``; x.shape with one dimension divided by ``group``,
            or with two divided by ``tile``.
        zero_point
            Integers of the same shape, or one for all.  None: 0, or ``2**(bits-1)`` of unsigned codes, which is all
            that ``symmetric`` allows; ``affine`` needs it given.

        Raises ValueError that names the first scale that is not finite, positive and normal in its format, and the
        first zero point that is no code.
        """
        return parameters.make(self, scale, zero_point)

    def calibrate(self, x: Any, method: str = "minmax", **options: Any) -> Parameters:
        """Scales and zero points for the values ``x``.

        x
            A float or integer array, or nested lists of numbers; for "ema" a list or tuple of batches.
        method
            ``minmax``, ``max``, ``mean_std``, ``ema``, ``percentile``, ``entropy``, ``mse`` or ``mse_exact``.
        options
            Those of the method, such as ``percentile=99.9``, and ``zero_range``:
            ``help("numfmt.quantize.calibration.calibrate")`` names them all.

        Returns Parameters with the ranges and how many values lie outside.  Raises ValueError for values without a
        range or scale, TypeError for options that the method does not have.
        """
        calibration = importlib.import_module("numfmt.quantize.calibration")
        found: Parameters = calibration.calibrate(self, x, method, **options)
        return found

    def encode(
        self,
        x: Any,
        p: Parameters,
        *,
        random_bits: Any = None,
        out: Array | None = None,
        path: Path = "auto",
        threads: int | None = None,
    ) -> Quantized:
        """The codes of ``x``, and how many were clipped, inexact or NaN.

        x
            A float16, float32, float64 or ml_dtypes array, a numfmt.Array, integers, or nested lists of numbers that
            binary128 holds exactly.  Its own value is the operand, whatever ``arithmetic`` is.
        p
            From ``parameters`` or ``calibrate``; its shape must fit that of ``x``.
        random_bits
            For ``stochastic``: integers below ``2**random_bits_count`` that broadcast to ``x``'s shape.
        out
            An array of ``dtype`` and ``x``'s shape to receive the codes.
        path, threads
            As for ``numfmt.encode``.

        Raises ValueError for a NaN under ``nan="raise"`` (``out`` then holds codes all the same), for a shape that
        does not fit; TypeError for what are no numbers.
        """
        return application.encode(self, x, p, application.Options(random_bits, out, path, threads))

    def decode(
        self,
        codes: Any,
        p: Parameters | None = None,
        *,
        out: Array | None = None,
        path: Path = "auto",
        threads: int | None = None,
    ) -> Any:
        """(code - zero_point) * scale, rounded once to ``arithmetic``.

        codes
            Integers qmin to qmax, or a Quantized, which brings its own parameters.

        Returns float32, or float64 where float32 does not hold ``arithmetic``; for ``exact`` arithmetic float64 if it
        holds all of them, else Fractions.  Raises ValueError that names the first element that is no code.
        """
        return application.decode(self, codes, p, application.Options(None, out, path, threads))

    def exact(self, codes: Any, p: Parameters | None = None) -> Any:
        """(code - zero_point) * scale without rounding: float64 if it holds all of them, else Fractions."""
        return application.exact(self, codes, p)

    def fake(self, x: Any, p: Parameters, *, random_bits: Any = None) -> Any:
        """``decode(encode(x))``: the values that the codes of ``x`` stand for."""
        return self.encode(x, p, random_bits=random_bits).values


def _is_number(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)
