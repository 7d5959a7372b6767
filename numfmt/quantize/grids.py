# SPDX-License-Identifier: BSD-3-Clause
"""Uniform grids of 2^n points on an interval, in both conventions, and tables of the nearest points.

An article that mixes the conventions is the reason that both have names: with n = 2 on [0, 1] the points are
0, 1/3, 2/3, 1 (``endpoint``) or 0, 1/4, 1/2, 3/4 (``step``).
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from numfmt import codec, formats, operations, printing, sources
from numfmt.formats import Format
from numfmt.modes import Env, Flags, Rounding
from numfmt.quantize.quantized import Counted

Array = np.ndarray[Any, np.dtype[Any]]
Convention = Literal["endpoint", "step"]
Ties = Literal["half_even", "half_up", "ceil", "floor"]

CONVENTIONS: tuple[Convention, ...] = get_args(Convention)
ROUNDINGS: dict[Ties, Rounding] = {
    "half_even": "ties_even",
    "half_up": "ties_away",  # the same where codes are, from 0 on
    "ceil": "toward_positive",
    "floor": "toward_negative",
}
_FORMATS = tuple(formats.format(name) for name in ("binary64", "x87_extended", "binary128"))
_WIDE = _FORMATS[-1]
_ODD = Env(rounding="to_odd")
#: More points than these are not listed.
_MAX_LISTED = 16


@dataclass(frozen=True)
class UniformGrid:
    """2^bits points at equal distances on an interval: ``low + k * step``, k = 0 to 2^bits - 1.

    bits
        1 to 32.
    low, high
        The interval: exact numbers, each an int, float, Fraction, Decimal or text such as ``"0.1"``; kept as Fractions.
    convention
        ``"endpoint"``: step = (high - low) / (2^bits - 1), so that ``high`` is a point; ``"step"``: step =
        (high - low) / 2^bits, so that it is not.

    Raises ValueError for bits out of range, an interval that is empty, infinite or NaN, an unknown convention.
    """

    bits: int
    low: Any = Fraction(0)
    high: Any = Fraction(1)
    convention: Convention = "endpoint"

    def __post_init__(self) -> None:
        if type(self.bits) is not int or not 1 <= self.bits <= 32:
            raise ValueError(f"bits is {self.bits!r}: must be an integer 1 to 32")
        if self.convention not in CONVENTIONS:
            raise ValueError(f"convention is {self.convention!r}: must be one of {', '.join(CONVENTIONS)}")
        for name in ("low", "high"):
            given = getattr(self, name)
            end = sources.exact(given)
            if end is None or (isinstance(end, float) and end != 0):
                raise ValueError(f"{name} is {given!r}: must be a finite number")
            object.__setattr__(self, name, Fraction(end))
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high {self.high}: low must be less than high")

    @property
    def step(self) -> Fraction:
        """The distance between neighbouring points."""
        return Fraction(self.high - self.low) / (self.last + (self.convention == "step"))

    @property
    def last(self) -> int:
        """The largest code, 2^bits - 1."""
        return (1 << self.bits) - 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of codes: uint8, uint16 or uint32."""
        return np.dtype(np.uint8 if self.bits <= 8 else np.uint16 if self.bits <= 16 else np.uint32)

    @property
    def points(self) -> tuple[Fraction, ...]:
        """Every point, in the order of the codes.  Raises ValueError beyond 16 bits."""
        if self.bits > _MAX_LISTED:
            raise ValueError(
                f"bits is {self.bits}: points lists up to 2^{_MAX_LISTED}; exact(codes) gives some of them"
            )
        return tuple(self.low + code * self.step for code in range(self.last + 1))

    def encode(self, x: Any, rounding: Ties = "half_even") -> GridCodes:
        """The nearest point to each value, judged by the value itself: nothing is rounded on the way.

        x
            What ``numfmt.encode`` takes: float and integer arrays, nested lists of numbers, Fractions, decimal text.
        rounding
            What a value between two points becomes: of two equally near ones the even code (``half_even``) or the
            upper (``half_up``); or the next above (``ceil``), the next below (``floor``), near or not.

        Values beyond the ends get the end's code and are counted.  Raises ValueError for a NaN, naming its place.
        """
        if rounding not in tuple(ROUNDINGS):
            raise ValueError(f"rounding is {rounding!r}: must be one of {', '.join(ROUNDINGS)}")
        steps, wide = _steps(self, sources.read(x, _FORMATS[0]), x)
        places, flags = operations.to_int(steps, wide, "int64", env=Env(rounding=ROUNDINGS[rounding]), flags=True)
        if rounding == "half_up":
            places = np.where(operations.eq(steps, codec.encode(-0.5, wide), wide), 0, places)
        below, above = places < 0, places > self.last
        codes = np.asarray(np.clip(places, 0, self.last), self.dtype)
        inexact = below | above | ((flags & Flags.INEXACT) != 0)
        return GridCodes(codes, self, *(int(np.count_nonzero(some)) for some in (below, above, inexact)))

    def decode(self, codes: Any, to: Format | str = "binary64") -> Any:
        """The points of codes, each rounded once to the format ``to`` (ties to even), as float32 or float64.

        Raises ValueError for a code above 2^bits - 1, TypeError for a dtype that is no integer.
        """
        to = formats.format(to)
        return codec.decode(self.points_as(codes, to), to)

    def points_as(self, codes: Any, to: Format) -> Any:
        """The points of codes, each rounded once: codes of ``to``."""
        array = self._checked(codes)
        first, pitch, unit = _ratio(self)
        if max(abs(first), unit).bit_length() > 113 or pitch.bit_length() + self.bits > 112:
            return codec.encode(self.exact(array), to)
        numerators = operations.fma(
            codec.encode(array, _WIDE), codec.encode(pitch, _WIDE), codec.encode(first, _WIDE), _WIDE
        )
        return operations.div(numerators, codec.encode(unit, _WIDE), _WIDE, to=to)

    def exact(self, codes: Any) -> Any:
        """The points of codes as Fractions: an object array, or one Fraction."""
        array = self._checked(codes)
        points = np.empty(array.shape, object)
        low, step = self.low, self.step
        for index, code in np.ndenumerate(array):
            points[index] = low + int(code) * step
        return points[()]

    def table(self, values: Any, rounding: Ties = "half_even") -> GridTable:
        """The nearest point of each value, with exact errors; values as for ``encode``, one or a list of them."""
        elements: list[Any] = []
        sources.flatten("values", values, elements)
        found = self.encode(elements, rounding)
        rows = []
        for element, code in zip(elements, found.codes.tolist(), strict=True):
            value = sources.exact(element)
            if value is None or (isinstance(value, float) and value != 0):
                raise ValueError(f"values holds {element!r}: must be finite numbers")
            rows.append(GridRow(str(element), Fraction(value), code, self.low + code * self.step))
        return GridTable(self, rounding, tuple(rows))

    def _checked(self, codes: Any) -> Array:
        array = np.asarray(codes.codes if isinstance(codes, GridCodes) else codes)
        if array.dtype.kind not in "iu" and array.size:
            raise TypeError(f"codes has dtype {array.dtype}: must be integers 0 to {self.last}")
        if array.size and (int(array.min()) < 0 or int(array.max()) > self.last):
            raise ValueError(f"codes goes from {array.min()} to {array.max()}: must be 0 to {self.last}")
        return array


@dataclass(frozen=True, eq=False)
class GridCodes(Counted):
    """What ``UniformGrid.encode`` delivers: codes, their grid, and how many elements were clipped or inexact."""

    codes: Array
    grid: UniformGrid
    below: int
    above: int
    inexact: int

    @property
    def values(self) -> Any:
        """The points as float64, each rounded once."""
        return self.grid.decode(self.codes)

    @property
    def exact(self) -> Any:
        """The points as Fractions."""
        return self.grid.exact(self.codes)


@dataclass(frozen=True)
class GridRow:
    """A value, as given and exactly, its code, and the code's point."""

    given: str
    value: Fraction
    code: int
    point: Fraction

    @property
    def error(self) -> Fraction:
        """point - value."""
        return self.point - self.value

    @property
    def relative(self) -> Fraction | None:
        """abs(error / value); None for the value 0."""
        return abs(self.error / self.value) if self.value else None


@dataclass(frozen=True)
class GridTable:
    """Values and their nearest points."""

    grid: UniformGrid
    rounding: Ties
    rows: tuple[GridRow, ...]

    def text(self) -> str:
        """A table for people: value, code, point, error, relative error in percent; six digits where more follow."""
        titles = ("value", "code", "point", "error", "relative")
        cells = [titles] + [
            (
                row.given if len(row.given) <= 24 else _decimal(row.value),
                str(row.code),
                _point(row.point),
                _decimal(row.error),
                "-" if row.relative is None else f"{float(100 * row.relative):.3f} %",
            )
            for row in self.rows
        ]
        widths = [max(len(line[column]) for line in cells) for column in range(len(titles))]
        aligned: list[Callable[[str, int], str]] = [str.ljust, str.rjust, str.ljust, str.rjust, str.rjust]
        lines = [
            "  ".join(put(cell, width) for put, cell, width in zip(aligned, line, widths, strict=True)).rstrip()
            for line in cells
        ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Everything, exact numbers as text (decimal, or numerator/denominator) and as the nearest float."""
        return {
            "bits": self.grid.bits,
            "low": printing.number(self.grid.low),
            "high": printing.number(self.grid.high),
            "convention": self.grid.convention,
            "step": printing.number(self.grid.step),
            "rounding": self.rounding,
            "rows": [
                {
                    "given": row.given,
                    "code": row.code,
                    **{
                        name: None if number is None else {"exact": printing.number(number), "float": float(number)}
                        for name, number in (
                            *(("value", row.value), ("point", row.point)),
                            *(("error", row.error), ("relative", row.relative)),
                        )
                    },
                }
                for row in self.rows
            ],
        }

    def json(self) -> str:
        """``as_dict`` as JSON text."""
        return json.dumps(self.as_dict(), indent=2)


def _decimal(number: Fraction) -> str:
    exact = printing.number(number)
    return exact if "/" not in exact and len(exact) <= 12 else f"~{float(number):.6g}"


def _point(number: Fraction) -> str:
    """Exactly; what does not end in decimal also by its first digits."""
    exact = printing.number(number)
    return f"{exact} (~{float(number):.6g})" if "/" in exact else exact


@functools.lru_cache(maxsize=64)
def _ratio(grid: UniformGrid) -> tuple[int, int, int]:
    """(first, pitch, unit), integers: the point of code k is (first + k * pitch) / unit."""
    step = grid.step
    unit = math.lcm(grid.low.denominator, step.denominator)
    return int(grid.low * unit), int(step * unit), unit


def _narrowest(grid: UniformGrid) -> Format | None:
    """A format with the precision to tell exact quotients from codes and midpoints once rounded to odd."""
    first, pitch, unit = _ratio(grid)
    operands = max(abs(first), unit).bit_length()
    midpoints = pitch.bit_length() + grid.bits + 1
    return next((fmt for fmt in _FORMATS if operands <= fmt.precision and midpoints < fmt.precision), None)


def _steps(grid: UniformGrid, source: sources.Source, x: Any) -> tuple[Array, Format]:
    """(x - low) / step, rounded to odd: on which side of each code, and of each midpoint between two, the exact
    quotient lies can still be seen, because those have fewer bits.
    """
    first, pitch, unit = _ratio(grid)
    values, fmt = source.array, source.format
    if fmt is None and values.dtype.kind in "iu":
        values, fmt = codec.encode(values, _WIDE), _WIDE
    wide = _narrowest(grid)
    if fmt is None or wide is None:
        return _steps_of_fractions(grid, x), _WIDE
    if (nans := operations.is_nan(values, fmt)).any():
        raise ValueError(f"x: element {int(np.argmax(nans))} is NaN, which lies nowhere on a grid")
    unit_code, start = codec.encode(unit, wide), codec.encode(-first, wide)
    offset = operations.fma(values, unit_code, start, (fmt, wide, wide), to=wide, env=_ODD)
    return operations.div(offset, codec.encode(pitch, wide), wide, env=_ODD), wide


def _steps_of_fractions(grid: UniformGrid, x: Any) -> Array:
    elements: list[Any] = []
    shape = sources.flatten("x", x, elements)
    steps: list[Any] = []
    for index, element in enumerate(elements):
        value = sources.exact(element)
        if value is None:
            raise ValueError(f"x: element {index} is {element!r}, too far out to be written down")
        if isinstance(value, float) and math.isnan(value):
            raise ValueError(f"x: element {index} is NaN, which lies nowhere on a grid")
        steps.append(value if isinstance(value, float) and value else (Fraction(value) - grid.low) / grid.step)
    return np.asarray(codec.encode(steps, _WIDE, env=_ODD)).reshape(shape)
