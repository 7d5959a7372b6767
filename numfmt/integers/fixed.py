# SPDX-License-Identifier: BSD-3-Clause
"""Fixed-point types: what they hold, what sums, products and quotients of them are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from numfmt import arguments, codetypes, formats, sources
from numfmt.arguments import FlagsArgument
from numfmt.formats import Format
from numfmt.integers import fixed_calls
from numfmt.integers.fixed_calls import FixedOverflow, FixedRounding, Rule
from numfmt.modes import Env

_NAME = re.compile(r"(u?)fixed(-?\d+)\.(-?\d+)", re.IGNORECASE)
_MAX_WIDTH, _MAX_FRAC = 128, 1024


@dataclass(frozen=True)
class Fixed:
    """A fixed-point type: codes of ``int_bits + frac_bits`` bits, two's complement if ``signed``, worth
    ``2**-frac_bits`` each.

    int_bits
        Bits before the binary point, the sign bit among them (as in APyTypes, Vivado's ap_fixed and Arm's Qm.n; TI's
        Qm.n leaves the sign out).  May be negative, as ``frac_bits`` may.
    frac_bits
        Bits behind it, -1024 to 1024.
    signed
        Two's complement, or unsigned.

    Codes are arrays of ``dtype``: uint8 to uint64, a ``lo``, ``hi`` record above 64 bits; right-aligned, unused high
    bits zero.  Every method rounds once, from the exact value:

    rounding
        ``ties_even``, ``ties_away``, ``ties_up`` (toward +Inf: add a half and cut), ``toward_zero``,
        ``toward_positive``, ``toward_negative`` (cut two's complement bits), ``to_odd``, ``stochastic_a``, ``_b``,
        ``_c`` (which take ``random_bits=`` with ``random_bits_count`` bits each, P3109 4.7.4).
    overflow
        ``error``: ValueError that names the first element out of range, and NaN and Inf; ``saturate``: the nearest
        end, and 0 for NaN; ``wrap``: modulo ``2**width``, and 0 for NaN and Inf.
    flags
        False, ``"any"`` or True as for ``encode``: inexact; overflow with inexact for a value out of range; invalid
        for NaN and Inf; divide by zero.

    Raises ValueError if the width is not 1 to 128.  Operands of arithmetic have at most 64 bits.
    """

    int_bits: int
    frac_bits: int
    signed: bool = True

    def __post_init__(self) -> None:
        for name in ("int_bits", "frac_bits"):
            value = getattr(self, name)
            if type(value) is not int:
                raise ValueError(f"{name} is {value!r}: must be an integer")
        if abs(self.frac_bits) > _MAX_FRAC:
            raise ValueError(f"frac_bits is {self.frac_bits}: must be -{_MAX_FRAC} to {_MAX_FRAC}")
        if not 1 <= self.width <= _MAX_WIDTH:
            raise ValueError(
                f"int_bits + frac_bits is {self.int_bits} + {self.frac_bits} = {self.width}: must be 1 to {_MAX_WIDTH}"
            )
        if type(self.signed) is not bool:
            raise ValueError(f"signed is {self.signed!r}: must be True or False")

    @classmethod
    def parse(cls, name: str) -> Fixed:
        """The type of a name as ``str`` writes it, ``fixed4.12`` or ``ufixed0.8``."""
        match = _NAME.fullmatch(name) if isinstance(name, str) else None
        if match is None:
            raise ValueError(
                f"name is {name!r}: must be like 'fixed4.12' or 'ufixed0.8' (bits before and behind the point)"
            )
        return cls(int(match[2]), int(match[3]), not match[1])

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}fixed{self.int_bits}.{self.frac_bits}"

    @property
    def width(self) -> int:
        """Bits of a code."""
        return self.int_bits + self.frac_bits

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of codes."""
        return codetypes.code_dtype(self.width)

    @property
    def codes(self) -> range:
        """Every code."""
        return range(1 << self.width)

    @property
    def resolution(self) -> Fraction:
        """The step from one value to the next."""
        return Fraction(2) ** -self.frac_bits

    @property
    def min(self) -> Fraction:
        """The most negative value."""
        return -self.resolution * (1 << self.width - 1) if self.signed else Fraction(0)

    @property
    def max(self) -> Fraction:
        """The largest value."""
        return self.resolution * ((1 << self.width - self.signed) - 1)

    def encode(
        self,
        x: Any,
        *,
        rounding: FixedRounding = "ties_even",
        overflow: FixedOverflow = "error",
        flags: FlagsArgument = False,
        random_bits: Any = None,
        random_bits_count: int = 0,
    ) -> Any:
        """The codes of ``x``, anything that ``numfmt.encode`` takes, in its shape; a scalar for a scalar.

        Fractions, text and the like can go into types of up to ``109 - random_bits_count`` bits.
        """
        rule = Rule(rounding, overflow, random_bits_count)
        codes, type_ = fixed_calls.read(x, self, rule)
        return fixed_calls.run("convert", (codes,), (type_,), self, rule, flags, random_bits, name="x")

    def decode(self, codes: Any, *, dtype: Any = None) -> Any:
        """The values of codes, exactly: float32 if every code is exact there, else float64; Fractions for
        ``dtype=object``.

        Raises ValueError if the dtype (float32, float64) cannot hold every value.
        """
        array = arguments.codes_of("codes", codes, self)
        if dtype is not None and np.dtype(dtype) == object:
            self._check(array)
            values = np.empty(array.shape, object)
            for index in np.ndindex(array.shape):
                values[index] = self._raw(formats.code_int(array[index])) * self.resolution
            return values[()]
        target = self._float(dtype)
        values = self.to_float(array, formats.format(target.name))
        return values.view(target)[()]

    def integers(self, codes: Any) -> Any:
        """The integers behind codes, ``value / resolution``: int8 to int64, uint8 to uint64, or Python ints."""
        array = arguments.codes_of("codes", codes, self)
        self._check(array)
        if self.width > 64:
            values = np.empty(array.shape, object)
            for index in np.ndindex(array.shape):
                values[index] = self._raw(formats.code_int(array[index]))
            return values[()]
        signed = array.view(array.dtype.str.replace("u", "i")) if self.signed else array
        unused = 8 * array.itemsize - self.width
        return (signed << unused >> unused)[()]

    def from_float(self, codes: Any, fmt: Format | str, **how: Any) -> Any:
        """Codes of a float format into codes of this type; ``rounding`` to ``random_bits_count`` as for ``encode``."""
        return fixed_calls.apply_fixed("convert", (codes,), (formats.format(fmt),), to=self, **how)

    def to_float(
        self,
        codes: Any,
        fmt: Format | str,
        *,
        env: Env | None = None,
        flags: FlagsArgument = False,
        random_bits: Any = None,
    ) -> Any:
        """Codes of this type into codes of a float format, rounded once under ``env``."""
        return fixed_calls.run("convert", (codes,), (self,), formats.format(fmt), env, flags, random_bits)

    def requantize(self, codes: Any, *, to: Fixed | str, **how: Any) -> Any:
        """Codes of this type into codes of another one, or of its name; ``to_float`` makes those of float formats.

        ``rounding`` to ``random_bits_count`` as for ``encode``.
        """
        target = fixed_calls.named(to)
        if isinstance(target, Format):
            raise ValueError(f"to is {target}: must be fixed-point (to_float() makes codes of float formats)")
        return fixed_calls.apply_fixed("convert", (codes,), (self,), to=target, **how)

    def add(self, a: Any, b: Any, other: Fixed | Format | str | None = None, **how: Any) -> Any:
        """``a + b``: ``a`` of this type, ``b`` of ``other`` (default: this one; float formats too).

        to
            The result's type: a Fixed, or a float format with its ``env=``.  None: ``add_type(other)``, which is exact.
        rounding, overflow, flags, random_bits, random_bits_count
            As the class says.
        """
        return fixed_calls.binary("add", self, (a, b), other, **how)

    def sub(self, a: Any, b: Any, other: Fixed | Format | str | None = None, **how: Any) -> Any:
        """``a - b``; see ``add``.  Default: ``sub_type(other)``, which is exact."""
        return fixed_calls.binary("sub", self, (a, b), other, **how)

    def mul(self, a: Any, b: Any, other: Fixed | Format | str | None = None, **how: Any) -> Any:
        """``a * b``; see ``add``.  Default: ``mul_type(other)``, which is exact."""
        return fixed_calls.binary("mul", self, (a, b), other, **how)

    def div(self, a: Any, b: Any, other: Fixed | Format | str | None = None, **how: Any) -> Any:
        """``a / b``, rounded; see ``add``.  Default: ``div_type(other)``."""
        return fixed_calls.binary("div", self, (a, b), other, **how)

    def add_type(self, other: Fixed | None = None) -> Fixed:
        """The type that holds every sum: one integer bit more."""
        a, b = _alike(self, self if other is None else other)
        return Fixed(max(a.int_bits, b.int_bits) + 1, max(a.frac_bits, b.frac_bits), a.signed)

    def sub_type(self, other: Fixed | None = None) -> Fixed:
        """The type that holds every difference: signed, with one integer bit more."""
        a, b = _alike(self, self if other is None else other)
        return Fixed(max(a.int_bits, b.int_bits) + 1, max(a.frac_bits, b.frac_bits), signed=True)

    def mul_type(self, other: Fixed | None = None) -> Fixed:
        """The type that holds every product: the bits of both together."""
        b = self if other is None else other
        return Fixed(self.int_bits + b.int_bits, self.frac_bits + b.frac_bits, self.signed or b.signed)

    def div_type(self, other: Fixed | None = None) -> Fixed:
        """The type of a quotient that cannot overflow, unless divided by zero (IEEE 1076-2008, fixed_generic_pkg)."""
        a, b = _alike(self, self if other is None else other)
        return Fixed(a.int_bits + b.frac_bits + a.signed, a.frac_bits + b.int_bits - a.signed, a.signed)

    def _check(self, codes: arguments.Array) -> None:
        """ValueError that names the first code with bits above the width."""
        top = self.codes[-1]
        high, limit = (codes["hi"], top >> 64) if self.width > 64 else (codes, top)
        wrong = high > limit
        if wrong.any():
            index = int(np.argmax(wrong))
            code = formats.code_int(codes.ravel()[index])
            raise ValueError(f"codes: element {index} is {code}: {self} takes codes 0 to {hex(top)}")

    def _raw(self, code: int) -> int:
        return code - (1 << self.width) if self.signed and code >> (self.width - 1) else code

    def _float(self, dtype: Any) -> np.dtype[Any]:
        """The float dtype that ``dtype`` asks for, or the smaller that holds every value."""
        wanted: list[np.dtype[Any]] = (
            [np.dtype(np.float32), np.dtype(np.float64)] if dtype is None else [np.dtype(dtype)]
        )
        for one in wanted:
            fmt = sources.float_format(one)
            if fmt is None or one.itemsize < 4:
                raise ValueError(f"dtype is {one}: must be float32, float64 or object")
            unit = fmt.emin - fmt.precision + 1
            if (
                self.width - self.signed <= fmt.precision
                and unit <= -self.frac_bits
                and max(self.max, -self.min) <= fmt.max
            ):
                return one
        raise ValueError(f"{self} has values that {wanted[-1]} does not hold: decode with dtype=object")


def _alike(a: Fixed, b: Fixed) -> tuple[Fixed, Fixed]:
    """Both signed if one is: an unsigned type has its values with one more integer bit."""
    if a.signed == b.signed:
        return a, b
    return tuple(one if one.signed else Fixed(one.int_bits + 1, one.frac_bits) for one in (a, b))  # type: ignore[return-value]
