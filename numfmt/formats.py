# SPDX-License-Identifier: BSD-3-Clause
"""Formats: the descriptor (SEMANTICS 1), what it implies, and look-up by name."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from numfmt import _bind, codetypes
from numfmt.codetypes import CodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numfmt.modes import Env
    from numfmt.printing import Style
    from numfmt.values import Array

_BOOLEANS = ("is_signed", "has_inf", "has_zero", "has_neg_zero", "has_quiet_bit", "explicit_leading_bit")
_EXP0 = ("subnormal", "normal", "zero")
_RANGES = {"width": (2, 128), "precision": (1, 113), "bias": (-(1 << 20), 1 << 20), "n_high_nans": (0, 2**32 - 2)}
_OR_ALL = {"n_high_nans": " or 'all'"}


class FormatError(ValueError):
    """A descriptor or a name that is no format; the message names the field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A binary floating-point format, described by plain data.  Immutable, hashable, picklable.

    The defaults are IEEE 754's: ``Format(width=8, precision=4, bias=7)`` is the IEEE-style E4M3.

    width
        Bits in the encoding, 2 to 128 (codes of more than 64 bits are ``lo``, ``hi`` records).
    precision
        Significand bits with the leading bit, 1 to 113.
    bias
        Exponent bias, -2**20 to 2**20.
    is_signed, has_inf, has_zero, has_neg_zero
        Which of these the encoding has.  Inf is the code after the largest finite; a signed format without -0
        uses that code as its only NaN.
    exp0
        What exponent field 0 means: ``"subnormal"``, ``"normal"`` (a hidden bit there too) or ``"zero"``.
    n_high_nans
        NaN codes above Inf, or above the largest finite, per sign; ``"all"``: Inf is the all-ones exponent with
        fraction 0 and every code above is NaN.
    has_quiet_bit
        Does the fraction's top bit tell quiet from signalling NaNs?
    explicit_leading_bit
        x87's explicit integer bit.
    name
        Shown in messages; no part of equality or hash.

    Raises FormatError naming the field that is wrong.
    """

    width: int
    precision: int
    bias: int
    is_signed: bool = True
    has_inf: bool = True
    has_zero: bool = True
    has_neg_zero: bool = True
    exp0: Literal["subnormal", "normal", "zero"] = "subnormal"
    n_high_nans: int | Literal["all"] = "all"
    has_quiet_bit: bool = True
    explicit_leading_bit: bool = False
    name: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if name == "n_high_nans" and value == "all":
                continue
            if type(value) is not int or not low <= value <= high:
                shown = f"{value.bit_length()} bits long" if type(value) is int and abs(value) >> 64 else repr(value)
                raise FormatError(f"{name} is {shown}: must be an integer {low} to {high}{_OR_ALL.get(name, '')}")
        for name in _BOOLEANS:
            if type(getattr(self, name)) is not bool:
                raise FormatError(f"{name} is {getattr(self, name)!r}: must be True or False")
        if self.exp0 not in _EXP0:
            raise FormatError(f"exp0 is {self.exp0!r}: must be one of {', '.join(_EXP0)}")
        if self.name is not None and not isinstance(self.name, str):
            raise FormatError(f"name is {self.name!r}: must be a string or None")
        object.__setattr__(self, "n_high_nans", _canonical(self)["n_high_nans"])

    @classmethod
    def p3109(cls, k: int, p: int, *, signed: bool = True, extended: bool = True) -> Format:
        """The format Binary{k}p{p}{s,u}{e,f} of IEEE P3109 v4.0 3.1, k = 3 to 16, 1 <= p < k (p <= k if unsigned).

        The report's properties are attributes: BitwidthOf ``width``, PrecisionOf ``precision``, SignednessOf
        ``is_signed``, DomainOf ``has_inf``, ExponentBitwidthOf ``exponent_bits``, TrailingSignificandBitwidthOf
        ``precision - 1``, ExponentBiasOf ``bias``, MaxFiniteOf ``max``, MinFiniteOf ``lowest``, MinPositiveOf
        ``min_positive``, MaxSubnormalOf ``max_subnormal``, MinNormalOf ``min_normal``.
        """
        return format(f"binary{k}p{p}{'s' if signed else 'u'}{'e' if extended else 'f'}")

    def __call__(self, x: Any, *, env: Env | None = None, random_bits: Any = None) -> Array:
        """``numfmt.array(x, self)``: the values ``x``, each rounded once, as an Array."""
        from numfmt.values import array

        return array(x, self, env=env, random_bits=random_bits)

    def __str__(self) -> str:
        """The name, or else the descriptor in the text form that ``format()`` reads."""
        return self.name or "/".join(_texts(self))

    @property
    def exponent_bits(self) -> int:
        """Bits in the exponent field."""
        return self.width - self.precision + 1 - self.is_signed - self.explicit_leading_bit

    @property
    def emin(self) -> int:
        """Exponent of the lowest binade with the full precision."""
        no_lowest = self.precision == 1 and self.has_zero  # field 0 holds nothing but zero
        return (0 if self.exp0 == "normal" and not no_lowest else 1) - self.bias

    @property
    def emax(self) -> int:
        """Exponent of the largest finite value."""
        largest = self.max
        return largest.numerator.bit_length() - largest.denominator.bit_length()

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of codes: uint8, 16, 32 or 64; a ``lo``, ``hi`` record above 64 bits."""
        return codetypes.code_dtype(self.width)

    @property
    def codes(self) -> range:
        """Every code."""
        return range(1 << self.width)

    @property
    def max_code(self) -> int:
        """Code of the largest finite value."""
        return _code(self, "max")

    @property
    def lowest_code(self) -> int:
        """Code of the most negative finite value; of the smallest value if unsigned."""
        return _code(self, "lowest")

    @property
    def min_positive_code(self) -> int:
        """Code of the smallest positive value."""
        return _code(self, "min_positive")

    @property
    def min_normal_code(self) -> int | None:
        """Code of the smallest positive normal value; None if every value is subnormal."""
        return _landmarks(self)["min_normal"]

    @property
    def inf_code(self) -> int | None:
        """Code of +Inf; None if there is none."""
        return _landmarks(self)["inf"]

    @property
    def nan_code(self) -> int | None:
        """Code of the canonical NaN (positive, quiet); None if there is none."""
        return _landmarks(self)["nan"]

    @property
    def max(self) -> Fraction:
        """The largest finite value."""
        return _value(self, "max")

    @property
    def lowest(self) -> Fraction:
        """The most negative finite value; the smallest value if unsigned."""
        return _value(self, "lowest")

    @property
    def min_positive(self) -> Fraction:
        """The smallest positive value."""
        return _value(self, "min_positive")

    @property
    def min_normal(self) -> Fraction | None:
        """The smallest positive normal value; None if every value is subnormal."""
        return None if self.min_normal_code is None else _value(self, "min_normal")

    @property
    def min_subnormal(self) -> Fraction | None:
        """The smallest positive subnormal value; None if there are no subnormals."""
        return None if _landmarks(self)["min_subnormal"] is None else _value(self, "min_subnormal")

    @property
    def max_subnormal(self) -> Fraction | None:
        """The largest subnormal value; None if there are no subnormals."""
        return None if _landmarks(self)["max_subnormal"] is None else _value(self, "max_subnormal")

    @property
    def epsilon(self) -> Fraction:
        """Distance from 1 to the next value on the format's grid, 2**(1 - precision)."""
        return Fraction(1, 1 << (self.precision - 1))

    @property
    def digits(self) -> int:
        """Decimal digits that survive a trip through the format in its normal range (C's ``*_DIG``)."""
        return len(str(1 << (self.precision - 1))) - 1

    @property
    def max_exact_integer(self) -> int:
        """The largest n such that the integers 1 to n are all values of the format (0: not even 1 is)."""
        quantum = self.min_positive if self.exp0 == "subnormal" else self.epsilon
        if self.min_positive > 1 or quantum > 1:
            return 0
        return min(int(self.max), 1 << self.precision)

    def to_string(self, code: Any, style: Style = "shortest") -> str:
        """The text of one code, from which ``parse`` gets the same code back.

        code
            An int, or an element of an array of codes.
        style
            ``"shortest"``: the fewest decimal digits that round back to the code, the nearest to the value among
            those, written as Python writes floats (1.5, 1e-45; the largest E4M3, 448, is 450.0).  ``"exact"``: every
            digit of the value, without exponent.  ``"hex"``: C99's %a with the leading digit 1 (0x1.8p+3).

        Inf is ``inf``; NaNs are ``nan``, ``-nan(0x1)``, ``snan(0x1)`` (a payload below the quiet bit, or all the
        fraction where there is none); a code that neither number nor payload reaches has itself behind its value,
        ``0.0[0x000001]``.  Raises TypeError for no integer, ValueError for a code with bits above the width.
        """
        from numfmt.printing import to_string

        return to_string(self, code, style)

    def parse(self, text: str) -> int:
        """The code that ``text`` spells, the inverse of ``to_string``.

        Numbers are rounded as ``encode`` rounds them in the default environment (ties to even, overflow by the
        format), without flags; NaNs name codes: sign, payload and signalling arrive as written.  Raises ValueError
        for text that is no number and for a NaN that the format does not have.
        """
        from numfmt.text import parse

        return parse(text, self)


@functools.lru_cache(maxsize=1024)
def _canonical_struct(format: Format) -> Any:
    return _bind.canonical(_descriptor(format))[0]


def _descriptor(format: Format) -> dict[str, Any]:
    return {item.name: getattr(format, item.name) for item in fields(format) if item.name != "name"}


def _canonical(format: Format) -> dict[str, Any]:
    try:
        return _bind.canonical(_descriptor(format))[1]
    except _bind.NumfmtError as error:
        raise FormatError(f"{error}: got {format!r}") from None


def struct(format: Format) -> Any:
    """The descriptor as C takes it."""
    return _canonical_struct(format)


@functools.lru_cache(maxsize=1024)
def _landmarks(format: Format) -> dict[str, int | None]:
    return _bind.landmarks(struct(format))


def _code(format: Format, landmark: str) -> int:
    code = _landmarks(format)[landmark]
    if code is None:
        raise FormatError(f"{format} has no {landmark}")
    return code


def _value(format: Format, landmark: str) -> Fraction:
    return Fraction(exact(_bind.unpack(struct(format), code_array(format, [_code(format, landmark)]))[0]))


def code_array(type_: CodeType, codes: Sequence[int]) -> np.ndarray[Any, np.dtype[Any]]:
    """Codes as an array of ``type_.dtype``."""
    if type_.width <= 64:
        return np.array(codes, type_.dtype)
    return np.array([(code & (2**64 - 1), code >> 64) for code in codes], type_.dtype)


def code_int(code: Any) -> int:
    """An element of an array of codes as an int."""
    return int(code["lo"]) | int(code["hi"]) << 64 if code.dtype.names else int(code)


def exact(parts: Any) -> Fraction | float:
    """One record of parts as a Fraction; as a float for -0.0, inf and nan."""
    kind, sign = int(parts["kind"]), -1 if parts["sign"] else 1
    if kind == _bind.KIND_ZERO:
        return -0.0 if sign < 0 else Fraction(0)
    if kind == _bind.KIND_INF:
        return sign * float("inf")
    if kind != _bind.KIND_FINITE:
        return float("nan")
    sig = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"])
    exp = int(parts["exp"])
    low = (sig & -sig).bit_length() - 1
    sig, exp = sign * (sig >> low), exp + low
    return Fraction(sig << exp) if exp >= 0 else Fraction(sig, 1 << -exp)


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """A row of the table of named formats: names, the defining document, and whether a parameter is unconfirmed."""

    name: str
    aliases: tuple[str, ...]
    source: str
    provisional: bool
    format: Format


@functools.cache
def list_formats() -> tuple[FormatInfo, ...]:
    """Every named format, in the table's order (P3109's formats are known by name but not listed)."""
    return tuple(FormatInfo(*row, format(row[0])) for row in _bind.table())


@functools.lru_cache(maxsize=1024)
def _find(name: str) -> Format:
    return Format(**_bind.find(name), name=name)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _texts(format: Format) -> Iterator[str]:
    """The fields that differ from the defaults, as ``field=value``."""
    for item in fields(format):
        value = getattr(format, item.name)
        if item.name != "name" and value != item.default:
            yield f"{item.name}={value}".lower()


def _parse(text: str) -> Format:
    """A descriptor from ``field=value`` texts joined by slashes: ``width=8/precision=4/bias=7``."""
    values: dict[str, Any] = {}
    words = {"true": True, "false": False, "all": "all"} | {word: word for word in _EXP0}
    for part in text.split("/"):
        name, _, value = part.strip().partition("=")
        if name not in {item.name for item in fields(Format)} - {"name"} or name in values:
            raise FormatError(f"format {_shown(text)}: {_shown(name)} is no field, or is there twice")
        try:
            values[name] = words[value.lower()] if value.lower() in words else int(value)
        except ValueError:
            raise FormatError(
                f"format {_shown(text)}: {name} is {_shown(value)}: must be an integer, true, false, ..."
            ) from None
    if missing := {"width", "precision", "bias"} - set(values):
        raise FormatError(f"format {_shown(text)}: {', '.join(sorted(missing))} missing")
    return Format(**values)


def named(name: str) -> Format | None:
    """The format with this name or alias in the table; None if there is none."""
    return format(name) if name in _primary_names() else None


@functools.cache
def _primary_names() -> dict[str, str]:
    return {alias: name for name, aliases, _, _ in _bind.table() for alias in (name, *aliases)}


def format(name: str | Format) -> Format:
    """The format with this name or alias, in any case; a Format is returned as it is.

    P3109's ``binary{K}p{P}{s,u}{e,f}`` with K = 3 to 16 are known by rule, and a descriptor can be spelt out:
    ``width=8/precision=4/bias=7/has_inf=false/n_high_nans=1/has_quiet_bit=false``.  Raises FormatError for an
    unknown name and for a bare ``e4m3``, which could be either ``float8_e4m3fn`` or ``float8_e4m3``; TypeError
    for anything but a string or a Format.
    """
    if isinstance(name, Format):
        return name
    if not isinstance(name, str):
        raise TypeError(f"format is {type(name).__name__}: must be a numfmt.Format or a format's name")
    if "=" in name:
        return _parse(name)
    try:
        return _find(_primary_names().get(name.lower(), name.lower()))
    except _bind.NumfmtError as error:
        known = ", ".join(row[0] for row in _bind.table())
        raise FormatError(f"format {_shown(name)}: {error}; known: {known}, binary{{K}}p{{P}}{{s,u}}{{e,f}}") from None
