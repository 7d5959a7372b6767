# SPDX-License-Identifier: BSD-3-Clause
"""The oracle over arrays of operands: exact results as integers, one bracket per distinct result, then gathered.

Finite results become *jammed integers* 2 floor(|x| 2^t) + (x is no multiple of 2^-t).  With every limit of the
destination (value, midpoint, stochastic threshold, tininess limit) a multiple of 2^-t, comparing jammed integers is
comparing exact results.  Into narrow formats results are numbered by the interval between limits in which they lie,
for within one every environment does the same; `oracle.Case` is asked about one result of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle import Case, EnvLike, Value, boundary_values, decode
from oracle_exact import Nan, Number, exact, is_nan, nan_result, signed
from oracle_format import FormatLike, Layout, layout, pow2
from oracle_jam import VECTORISED, Ints, finite_results
from oracle_ops import OPS, Outcome

Codes = NDArray[Any]
NARROW = 8
"""Formats up to this width are tabulated, and as destinations number their results by intervals."""


@dataclass(frozen=True)
class Column:
    """What codes of one format mean, for looking up by their place here."""

    codes: tuple[int, ...]
    values: tuple[Value, ...]
    scale: int
    numbers: Ints  # value * 2^scale, 0 unless finite
    finite: NDArray[np.bool_]
    zero: NDArray[np.bool_]
    nan: NDArray[np.bool_]
    flushed: NDArray[np.int64]  # the place of the code after DAZ


def column(fmt: FormatLike, codes: Codes) -> tuple[Column, NDArray[np.int64]]:
    """A column of these codes (every one of a narrow format), and their places in it."""
    if fmt.width <= NARROW:
        return _column(layout(fmt), tuple(range(1 << fmt.width))), np.asarray(codes).astype(np.int64)
    lay = layout(fmt)
    distinct = sorted({int(code) for code in codes} | ({lay.zero_code(0), lay.zero_code(1)} if fmt.has_zero else set()))
    place = {code: at for at, code in enumerate(distinct)}
    return _column(lay, tuple(distinct)), np.array([place[int(code)] for code in codes], np.int64)


@cache
def _column(lay: Layout, codes: tuple[int, ...]) -> Column:
    fmt = lay.fmt
    place = {code: at for at, code in enumerate(codes)}
    values = tuple(decode(fmt, code) for code in codes)
    scale = max(v.magnitude.denominator.bit_length() - 1 for v in values)
    numbers = [int(signed(v) * (1 << scale)) for v in values]
    bits = max(abs(n) for n in numbers).bit_length()
    flushed = [place[lay.zero_code(v.sign)] if v.subnormal else at for at, v in enumerate(values)]
    kinds = np.array([v.kind for v in values])
    small = np.array(numbers, np.int64 if bits < 62 else object)
    nan = np.array([is_nan(v) for v in values])
    return Column(codes, values, scale, small, kinds == "finite", kinds == "zero", nan, np.array(flushed))


class Limits:
    """The places of a destination at which an outcome can change, and which interval a jammed integer lies in."""

    def __init__(self, to: FormatLike, random_bits_count: int) -> None:
        lay = layout(to)
        self.t = max(to.precision - lay.emin + random_bits_count + 6, 0)
        self.places: list[Fraction] = []
        self.cells: dict[int, Cell] = {}  # by 2 number + sign
        if to.width > NARROW:
            return
        quantum = pow2(lay.emin - lay.frac_bits - random_bits_count - 2)
        near = (lay.smallest_normal - k * quantum for k in range(1, (8 << random_bits_count) + 1))
        places = {*boundary_values(to), *(place for place in near if place > 0)}
        if random_bits_count:  # every multiple of gap 2^-(N+2)
            ends = [Fraction(0), *(lay.ordinal_value(o) for o in range(lay.first_ordinal, lay.max_ordinal + 2))]
            parts = 1 << random_bits_count + 2
            places |= {a + (b - a) * k / parts for a, b in pairwise(ends) for k in range(1, parts + 1)}
        self.places = sorted(places)
        jammed = [2 * int(place * (1 << self.t)) for place in self.places]
        self._jammed = np.array(jammed, object)
        self._small = np.array(jammed, np.int64) if jammed[-1] < 1 << 62 else None

    def number(self, jammed: Ints) -> Ints:
        """2 i + 1 at the i-th limit, 2 i below it."""
        small = self._small is not None and jammed.dtype != object
        limits = self._small if small else self._jammed
        assert limits is not None
        at = np.searchsorted(limits, jammed)
        hit = limits[np.minimum(at, len(limits) - 1)] == jammed
        found: Ints = 2 * at + (hit & (at < len(limits)))
        return found

    def sample(self, number: int) -> Fraction:
        """A result with that number."""
        at, hit = divmod(number, 2)
        if hit:
            return self.places[at]
        if at == len(self.places):
            return self.places[-1] * 2
        return (self.places[at] + (self.places[at - 1] if at else 0)) / 2


_LIMITS: dict[tuple[Layout, int], Limits] = {}


def limits_of(to: FormatLike, random_bits_count: int) -> Limits:
    key = (layout(to), random_bits_count)
    if key not in _LIMITS:
        _LIMITS[key] = Limits(to, random_bits_count)
    return _LIMITS[key]


@dataclass(frozen=True)
class Cell:
    """A distinct exact result; cells of one shape have outcomes that differ in which two neighbours they take."""

    outcome: Outcome
    shape: tuple[Any, ...]
    lower: int
    upper: int


def _shape(case: Case, n: int) -> tuple[Any, ...]:
    """All that `Case` decides by but the neighbours themselves, which stay away from zero and from the end."""
    scale = 1 << n + 1

    def place(nu: Fraction) -> tuple[int, bool]:
        return nu.numerator * scale // nu.denominator, bool(scale % nu.denominator)

    free: tuple[Any, ...] = ()
    if case.tiny_after[0] != case.tiny_after[1]:
        free = (*place(case.free.nu), case.free.lower_even)
    return (case.value.sign, *place(case.grid.nu), case.grid.lower_even, *case.inexact, case.tiny_before,
            *case.tiny_after, *free)  # fmt: skip


_CELLS: dict[tuple[Layout, int, bool, Fraction], Cell] = {}


def finite_cell(to: FormatLike, sign: bool, magnitude: Fraction, n: int) -> Cell:
    lay = layout(to)
    key = (lay, n, sign, magnitude)
    if key in _CELLS:
        return _CELLS[key]
    outcome = Outcome(to, Number(Value("finite", int(sign), magnitude)))
    case = outcome.case(int(sign), to.precision)
    low, high = case.ordinals
    if lay.first_ordinal < low < high < lay.max_ordinal:
        cell = Cell(outcome, _shape(case, n), lay.code(int(sign), low), lay.code(int(sign), high))
    else:
        cell = Cell(outcome, (sign, magnitude), -1, -1)
    _CELLS[key] = cell
    return cell


class Grid:
    """One operation on arrays of operands: `wanted` gives codes and flags under an environment."""

    def __init__(
        self, op: str, fmts: Sequence[FormatLike], to: FormatLike, codes: Sequence[Codes], random_bits_count: int = 0
    ) -> None:
        columns, places = zip(*(column(fmt, part) for fmt, part in zip(fmts, codes, strict=True)), strict=True)
        self._start(op, fmts, to, columns, places, random_bits_count)

    def _start(
        self, op: str, fmts: Sequence[FormatLike], to: FormatLike, columns: Sequence[Column], places: Sequence[Codes],
        random_bits_count: int,
    ) -> None:  # fmt: skip
        self.op, self.fmts, self.to, self.n = op, fmts, to, random_bits_count
        self.columns, self.codes = columns, places
        self._flushed: dict[tuple[str, ...], Grid] = {}
        self._cells: list[Cell] = []
        self._index = np.zeros(self.codes[0].shape, np.int64)
        nan = np.any([col.nan[part] for col, part in zip(columns, self.codes, strict=True)], axis=0)
        finite = np.all([col.finite[part] for col, part in zip(columns, self.codes, strict=True)], axis=0)
        if op not in VECTORISED:
            finite = np.zeros_like(finite)
        if op in ("add", "sub", "fma", "faa"):  # zeros are addends like others, unless all of them are
            zero = [col.zero[part] for col, part in zip(columns, self.codes, strict=True)]
            plain = np.all([col.zero[part] | col.finite[part]
                            for col, part in zip(columns, self.codes, strict=True)], axis=0)  # fmt: skip
            addends = [zero[0] | zero[1], zero[2]] if op == "fma" else zero
            finite = plain & ~np.all(addends, axis=0)
        if "sqrt" in op:
            finite &= columns[0].numbers[self.codes[0]] > 0
        self._fill_finite(columns, finite)
        self._fill_other(columns, ~finite & ~nan)
        self._fill_nan(columns, nan)
        self._group()

    def _add(self, cells: Iterable[Cell]) -> int:
        """Index of the first of these new cells."""
        start = len(self._cells)
        self._cells += cells
        return start

    def _fill_finite(self, columns: Sequence[Column], where: NDArray[np.bool_]) -> None:
        if not where.any():
            return
        limits = limits_of(self.to, self.n)
        numbers = [col.numbers[part[where]] for col, part in zip(columns, self.codes, strict=True)]
        sign, jammed = finite_results(self.op, numbers, [col.scale for col in columns], limits.t)
        zero = jammed == 0
        by_interval = bool(limits.places)
        key = limits.number(jammed) if by_interval else jammed
        key = np.where(zero, -1, key) * 2 + sign
        distinct, inverse = np.unique(key, return_inverse=True)
        cells = []
        for one in distinct.tolist():
            half, negative = divmod(one, 2)
            if half < 0:
                remains = self.op in ("fmod", "remainder")
                outcome = Outcome(self.to, Number(Value("zero", int(remains and negative)), cancelled=not remains))
                cells.append(Cell(outcome, ("zero", remains, negative), -1, -1))
                continue
            if not by_interval:
                cells.append(finite_cell(self.to, bool(negative), Fraction(half, 2 << limits.t), self.n))
                continue
            if one not in limits.cells:
                limits.cells[one] = finite_cell(self.to, bool(negative), limits.sample(half), self.n)
            cells.append(limits.cells[one])
        self._index[where] = self._add(cells) + inverse

    def _fill_other(self, columns: Sequence[Column], where: NDArray[np.bool_]) -> None:
        """Zeros, infinities, and operations that are not vectorised: one by one."""
        if not where.any():
            return
        parts = [part[where] for part in self.codes]
        combined = parts[0]
        for col, part in zip(self.columns[1:], parts[1:], strict=True):
            combined = combined * len(col.codes) + part
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        known: dict[tuple[Any, ...], int] = {}
        index = np.zeros(first.size, np.int64)
        for at, place in enumerate(first):
            found = exact(self.op, [col.values[part[place]] for col, part in zip(columns, parts, strict=True)], self.to)
            if isinstance(found, Nan):
                key: tuple[Any, ...] = ("undefined",)
            else:
                value = found.value
                key = (value.kind, value.sign, value.magnitude, found.divide_by_zero, found.cancelled)
            if key not in known:
                plain = isinstance(found, Number) and found.value.kind == "finite"
                cell = (finite_cell(self.to, bool(key[1]), key[2], self.n) if plain
                        else Cell(Outcome(self.to, found), key, -1, -1))  # fmt: skip
                known[key] = self._add([cell])
            index[at] = known[key]
        self._index[where] = index[inverse]

    def _fill_nan(self, columns: Sequence[Column], where: NDArray[np.bool_]) -> None:
        """NaN operands: what matters is which NaNs there are, and for fma whether a * b is inf * 0."""
        self._nan_start = len(self._cells)
        if not where.any():
            return
        parts = [part[where] for part in self.codes]
        key = np.zeros(parts[0].shape, np.int64)
        for col, part in zip(columns, parts, strict=True):
            key = key * (len(col.values) + 1) + np.where(col.nan[part], part + 1, 0)
        if self.op == "fma":
            kinds = [
                np.array([v.kind for v in col.values])[part] for col, part in zip(columns[:2], parts, strict=False)
            ]
            undefined = ((kinds[0] == "inf") & (kinds[1] == "zero")) | ((kinds[0] == "zero") & (kinds[1] == "inf"))
            key = key * 2 + undefined
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        cells = []
        for at in first:
            found = nan_result(self.op, [col.values[part[at]] for col, part in zip(columns, parts, strict=True)])
            assert found is not None
            cells.append(Cell(Outcome(self.to, found), (), -1, -1))
        self._index[where] = self._add(cells) + inverse
        self._nan_known: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def _group(self) -> None:
        """Cells of one shape are asked once; NaNs each for themselves."""
        groups: dict[tuple[Any, ...], int] = {}
        self._asked: list[Cell] = []
        group = np.zeros(len(self._cells), np.int64)
        for at, cell in enumerate(self._cells[: self._nan_start]):
            if cell.shape not in groups:
                groups[cell.shape] = len(self._asked)
                self._asked.append(cell)
            group[at] = groups[cell.shape]
        group[self._nan_start :] = len(self._asked) + np.arange(len(self._cells) - self._nan_start)
        self._group_of = group
        wide = object if self.to.width > 64 else np.uint64
        self._lower = np.array([max(cell.lower, 0) for cell in self._cells], wide)
        self._upper = np.array([max(cell.upper, 0) for cell in self._cells], wide)

    def _nans(self, env: EnvLike) -> list[tuple[int, int]]:
        cells = self._cells[self._nan_start :]
        if not cells:
            return []
        key = (env.nan, env.nan_substitute)
        if key not in self._nan_known:
            self._nan_known[key] = [cell.outcome.under(env) for cell in cells]
        return self._nan_known[key]

    def wanted(self, env: EnvLike, random_bits: NDArray[Any] | None = None) -> tuple[Codes, Codes]:
        """Codes and flags, after DAZ where the operation applies it."""
        names = tuple(name for name in "abc"[: len(self.fmts)] if env.daz is True or (env.daz and name in env.daz))
        exempt = [env.flush_except_width == fmt.width for fmt in self.fmts]
        names = tuple(name for name, spared in zip("abc", exempt, strict=False) if name in names and not spared)
        if names and OPS[self.op].reads_daz:
            if names not in self._flushed:
                places = [col.flushed[part] if name in names else part
                          for name, col, part in zip("abc", self.columns, self.codes, strict=False)]  # fmt: skip
                grid = self._flushed[names] = Grid.__new__(Grid)
                grid._start(self.op, self.fmts, self.to, self.columns, places, self.n)
            return self._flushed[names]._gathered(env, random_bits)
        return self._gathered(env, random_bits)

    def _gathered(self, env: EnvLike, random_bits: NDArray[Any] | None) -> tuple[Codes, Codes]:
        if random_bits is None:
            return self._under(env, 0)
        codes, flags = self._under(env, 0)
        codes, flags = codes.copy(), flags.copy()
        for r in np.unique(random_bits):
            one, its_flags = self._under(env, int(r))
            where = random_bits == r
            codes[where], flags[where] = one[where], its_flags[where]
        return codes, flags

    def _under(self, env: EnvLike, r: int) -> tuple[Codes, Codes]:
        """Each group's outcome as "the lower", "the upper" or a code of its own, spread over the cells and elements."""
        asked = [cell.outcome.under(env, r) for cell in self._asked]
        which = [0 if code == cell.lower else 1 if code == cell.upper else 2
                 for cell, (code, _) in zip(self._asked, asked, strict=True)]  # fmt: skip
        every = asked + self._nans(env)
        takes = np.array(which + [2] * (len(every) - len(asked)), np.int8)[self._group_of]
        own = np.array([code for code, _ in every], self._lower.dtype)[self._group_of]
        flags = np.array([flag for _, flag in every], np.uint8)[self._group_of]
        codes = np.where(takes == 0, self._lower, np.where(takes == 1, self._upper, own))
        return codes[self._index], flags[self._index]
