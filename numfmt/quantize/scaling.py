# SPDX-License-Identifier: BSD-3-Clause
"""Values divided by a scale and rounded to any float format: x / S with S = max|x| / max(format), or a power of two."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from numfmt import arguments, codec, codes, floats, formats, modes, operations
from numfmt.formats import Format
from numfmt.modes import Env, Flags
from numfmt.quantize.granularity import Granularity
from numfmt.quantize.inputs import floats_of
from numfmt.quantize.quantized import Counted
from numfmt.quantize.spreading import largest, spread

Array = np.ndarray[Any, np.dtype[Any]]
Rule = Literal["amax", "power_of_two"]
Divide = Literal["div", "recip"]
NanPolicy = Literal["raise", "nan", "zero"]
ZeroRange = Literal["raise", "one"]

_CHOICES = {
    "scale": get_args(Rule),
    "divide": get_args(Divide),
    "nan": get_args(NanPolicy),
    "zero_range": get_args(ZeroRange),
}
_SCALE = formats.format("binary32")
_POWERS = formats.format("float8_e8m0fnu")
_WIDE = formats.format("binary128")
#: Of formats with more bits a code times a float32 scale does not fit into binary128.
_MAX_PRECISION = 89


@dataclass(frozen=True)
class Scaled:
    """A quantizer to a float format: code = x / S rounded, value = code * S.

    fmt
        Any signed format with a zero, or its name.
    scale
        How ``calibrate`` finds S from max|x|: ``"amax"``, max|x| / max(fmt) rounded to float32, ties to even;
        ``"power_of_two"``, the smallest power of two that is not less than the exact quotient, so that nothing
        saturates and division by it adds no rounding.
    arithmetic
        ``"exact"``: the exact quotient is rounded once, to ``fmt``; a format's name: quotient and product are rounded
        to that first (ties to even), and codes are made from there; with a sign and zero, and of values that float64
        holds.
    divide
        ``"div"``, x / S; or ``"recip"``, x * r with r = 1 / S rounded to ``arithmetic``, which then is no ``"exact"``.
    env
        How ``fmt`` is rounded to; None: ties to even, what is beyond the largest value becomes that.
    axis, group, tile
        Which elements share a scale: all; those of one index of ``axis``; ``group`` in a row along ``axis``; a tile of
        (rows, columns) of the last two dimensions.
    nan
        ``"raise"``; or what a NaN becomes: ``"nan"``, the format's own, or ``"zero"``.
    zero_range
        What ``calibrate`` makes of nothing but zeros: ``"raise"``, an error; ``"one"``, the scale 1.

    Raises ValueError for an argument that is none of these.
    """

    fmt: Any
    _: KW_ONLY
    scale: Rule = "amax"
    arithmetic: str = "exact"
    divide: Divide = "div"
    env: Env | None = None
    axis: int | None = None
    group: int | None = None
    tile: tuple[int, int] | None = None
    nan: NanPolicy = "raise"
    zero_range: ZeroRange = "raise"

    def __post_init__(self) -> None:
        fmt = formats.format(self.fmt)
        if not (fmt.is_signed and fmt.has_zero) or fmt.precision > _MAX_PRECISION:
            raise ValueError(f"fmt is {fmt}: must be signed, have a zero and at most {_MAX_PRECISION} significand bits")
        object.__setattr__(self, "fmt", fmt)
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}: must be one of {', '.join(allowed)}")
        if self.arithmetic != "exact":
            object.__setattr__(self, "arithmetic", _checked(self.arithmetic))
        elif self.divide == "recip":
            raise ValueError("divide is 'recip' with arithmetic 'exact': a reciprocal has to be rounded to a format")
        object.__setattr__(self, "env", Env(overflow="saturate") if self.env is None else modes.resolve(self.env))
        if self.nan == "nan" and fmt.nan_code is None:
            raise ValueError(f"nan is 'nan': {fmt} has none; must be 'raise' or 'zero'")
        _ = self.granularity

    @property
    def granularity(self) -> Granularity:
        """Which elements share a scale."""
        return Granularity(self.axis, self.group, self.tile)

    def calibrate(self, x: Any) -> Scales:
        """The scales of ``x``, by the rule.

        Raises ValueError for an empty x, for an Inf, and for a NaN unless ``nan`` names what it becomes: it is left out
        then; for a scale that is not a normal float32.
        """
        array = floats_of("x", x)
        if not array.size:
            raise ValueError("x has no values to calibrate with")
        size = np.abs(self._without_nan(array))
        if np.isinf(size).any():
            raise ValueError(f"x: element {int(np.argmax(np.isinf(size)))} is infinite: no scale covers it")
        most = largest(self.granularity, size)
        zero = most == 0
        if zero.any() and self.zero_range == "raise":
            index = tuple(int(k) for k in np.unravel_index(int(np.argmax(zero)), zero.shape))
            where = f"granule {index} of x" if index else "x"
            raise ValueError(f"{where} has no range: all its values are 0; zero_range='one' gives it the scale 1")
        found = self._quotient(most)
        found[zero] = 1
        return self.parameters(scale=found)

    def _quotient(self, most: Array) -> Array:
        """max|x| / max(fmt), or the power of two above."""
        source = formats.format(most.dtype.name)
        given, top = codec.encode(most, source), codes.array(self.fmt, self.fmt.max_code)
        if self.scale == "amax":
            return np.array(codec.decode(operations.div(given, top, (source, self.fmt), to=_SCALE), _SCALE))
        env = Env(rounding="toward_positive", overflow="ieee")
        return np.array(codec.decode(operations.div(given, top, (source, self.fmt), to=_POWERS, env=env), _POWERS))

    def parameters(self, *, scale: Any) -> Scales:
        """Scales, each rounded to float32, ties to even; their shape must fit what is encoded.

        Raises ValueError, naming the place, for a scale that is not finite, positive and normal in float32.
        """
        single = np.array(codec.quantize_to(scale, _SCALE), np.float32)
        wrong = ~((single >= np.finfo(np.float32).smallest_normal) & np.isfinite(single))
        if wrong.any():
            index = int(np.argmax(wrong))
            given = np.asarray(scale, object).ravel()[index]
            raise ValueError(f"scale: element {index} is {given}: must be a normal, positive, finite float32")
        single.flags.writeable = False
        return Scales(single)

    def encode(self, x: Any, p: Scales, *, random_bits: Any = None) -> ScaledCodes:
        """The codes of ``x``, with counts.

        x
            Float arrays, ml_dtypes' too, numfmt.Arrays, or nested lists of floats and ints.
        p
            What ``calibrate`` or ``parameters`` made.
        random_bits
            For a stochastic ``env``, as for ``numfmt.encode``.

        Raises ValueError for a NaN under ``nan="raise"``, for scales whose shape does not fit.
        """
        array = floats_of("x", x)
        isnan = np.isnan(array)
        clean = self._without_nan(array) if self.nan != "nan" else array
        source = formats.format(array.dtype.name)
        values, scale = codec.encode(clean, source), self._spread(p, array.shape)
        bits = None if random_bits is None else np.broadcast_to(random_bits, array.shape)
        made, flags = self._codes(values, source, scale, bits)
        high, negative = (flags & Flags.OVERFLOW) != 0, np.signbit(array)
        decoded, fmt = self._products(made, scale)
        wrong = operations.ne(decoded, codec.encode(array, source), (fmt, source)) & ~isnan
        counts = (high & negative, high & ~negative, wrong, isnan)
        return ScaledCodes(np.asarray(made), p, self, *(int(np.count_nonzero(some)) for some in counts))

    def _without_nan(self, array: Array) -> Array:
        """Zeros for NaNs, or an error that names the first."""
        isnan = np.isnan(array)
        if not isnan.any():
            return array
        if self.nan == "raise":
            raise ValueError(f"x: element {int(np.argmax(isnan))} is NaN; nan= says what it may become")
        return np.where(isnan, array.dtype.type(0), array)

    def _codes(self, values: Array, source: Format, scale: Array, random_bits: Any) -> tuple[Array, Array]:
        """Codes and flags of values / scale."""
        how: dict[str, Any] = {"to": self.fmt, "env": self.env, "random_bits": random_bits, "flags": True}
        if self.arithmetic == "exact":
            made: tuple[Array, Array] = operations.div(values, scale, (source, _SCALE), **how)
            return made
        work = formats.format(self.arithmetic)
        if self.divide == "div":
            steps, before = operations.div(values, scale, (source, _SCALE), to=work, flags=True)
        else:
            inverse = operations.recip(scale, _SCALE, to=work)
            steps, before = operations.mul(values, inverse, (source, work), to=work, flags=True)
        last, after = codec.convert(steps, work, how.pop("to"), **how)
        return last, before & Flags.OVERFLOW | after

    def _spread(self, p: Scales, shape: tuple[int, ...]) -> Array:
        """The scale of each element, as a code."""
        if not isinstance(p, Scales):
            raise TypeError(f"p is {type(p).__name__}: must be what parameters() or calibrate() returns")
        return np.asarray(codec.encode(spread(self.granularity, p.scale, shape), _SCALE))

    def _products(self, made: Array, scale: Array) -> tuple[Array, Format]:
        """code * scale, and its format."""
        to = _WIDE if self.arithmetic == "exact" else formats.format(self.arithmetic)
        return operations.mul(made, scale, (self.fmt, _SCALE), to=to), to

    def decode(self, codes: Any, p: Scales | None = None) -> Any:
        """code * S.

        codes
            Codes of ``fmt``, or what ``encode`` delivered, which brings its own scales.

        Rounded to ``arithmetic``, as float32 or float64; exact: float64, if that has all of them, else Fractions.
        Raises ValueError for what is no code and for scales that are missing or do not fit.
        """
        if isinstance(codes, ScaledCodes):
            codes, p = codes.codes, codes.parameters if p is None else p
        elif hasattr(codes, "codes"):
            raise TypeError(f"codes is {type(codes).__name__}: must be codes of {self.fmt} or a ScaledCodes")
        if p is None:
            raise ValueError("p is missing: must be the scales of the codes, which are no ScaledCodes")
        given = arguments.codes_of("codes", codes, self.fmt)
        values, fmt = self._products(given, self._spread(p, given.shape))
        if self.arithmetic != "exact":
            return codec.decode(values, fmt)
        short, flags = codec.convert(values, fmt, "binary64", flags="any")
        if Flags.INEXACT in flags:
            return codec.decode(values, fmt, dtype=object)
        return codec.decode(short, "binary64")

    def fake(self, x: Any, p: Scales, *, random_bits: Any = None) -> Any:
        """``decode(encode(x))``."""
        return self.encode(x, p, random_bits=random_bits).values


def _checked(arithmetic: str) -> str:
    """The name of a format that quotients and products can be rounded to, and float64 holds."""
    fmt = formats.format(arithmetic)
    if not (fmt.is_signed and fmt.has_zero):
        raise ValueError(f"arithmetic is {fmt}: must be 'exact' or a format with a sign and zero")
    try:
        floats.float_for(fmt, None)
    except ValueError:
        raise ValueError(f"arithmetic is {fmt}: must be 'exact' or a format whose values float64 holds") from None
    return str(fmt)


@dataclass(frozen=True, eq=False)
class Scales:
    """The scales of a ``Scaled`` quantizer: float32, read-only."""

    scale: Array


@dataclass(frozen=True, eq=False)
class ScaledCodes(Counted):
    """What ``Scaled.encode`` delivers.

    ``below`` and ``above`` count elements beyond the format's ends, ``inexact`` those whose value is not x's,
    ``nan`` NaNs.
    """

    codes: Array
    parameters: Scales
    scaled: Scaled
    below: int
    above: int
    inexact: int
    nan: int

    @property
    def values(self) -> Any:
        """The values of the codes, as ``Scaled.decode`` gives them."""
        return self.scaled.decode(self)

    @property
    def exact(self) -> Any:
        """code * S without rounding: float64 if it holds all of them, else Fractions."""
        return replace(self.scaled, arithmetic="exact", divide="div").decode(self)
