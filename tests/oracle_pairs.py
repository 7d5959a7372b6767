# SPDX-License-Identifier: BSD-3-Clause
"""The oracle over arrays for operations that choose or compare: order is looked up in ranks, NaNs are asked singly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from oracle import INVALID, EnvLike, Value
from oracle_bits import copysign
from oracle_compare import PREDICATES, order_key
from oracle_exact import is_nan, nan_result
from oracle_format import FormatLike, Layout, decode, layout
from oracle_grid import Codes, column
from oracle_nan import nan_outcome
from oracle_ops import OPS, as_it_is
from oracle_select import SELECTIONS, key

Bools = NDArray[np.bool_]


def _ranks(keys: Sequence[Sequence[Any]]) -> list[NDArray[np.int64]]:
    """The places of each column's keys in the order of them all."""
    place = {one: at for at, one in enumerate(sorted({one for part in keys for one in part}))}
    return [np.array([place[one] for one in part]) for part in keys]


def _size(value: Value) -> tuple[int, Any]:
    """The magnitude's key."""
    sort = key(value)
    return abs(sort[0]), abs(sort[1])


def _number(value: Value) -> tuple[int, Any]:
    """The key in which zeros are equal."""
    return key(value)[:2]


@cache
def _tables(tables: tuple[tuple[Layout, tuple[int, ...]], ...]) -> list[list[NDArray[np.int64]]]:
    """Ranks of the codes: by value with -0 below +0, by magnitude, by value; in the total orders."""
    values = [[decode(lay.fmt, code) for code in codes] for lay, codes in tables]
    orders = [[[order_key(lay.fmt, code, magnitude=magnitude) for code in codes] for lay, codes in tables]
              for magnitude in (False, True)]  # fmt: skip
    plain: list[list[list[Any]]] = [[[read(v) for v in part] for part in values] for read in (key, _size, _number)]
    return [_ranks(keys) for keys in (*plain, *orders)]


class Pairs:
    """A selection, predicate, total order or copysign on arrays of operands."""

    def __init__(self, op: str, fmts: Sequence[FormatLike], to: FormatLike | None, codes: Sequence[Codes]) -> None:
        self.op, self.fmts, self.to = op, fmts, to
        found = [column(fmt, part) for fmt, part in zip(fmts, codes, strict=True)]
        self.columns, self.codes = [col for col, _ in found], [places for _, places in found]
        tables = tuple(zip((layout(fmt) for fmt in fmts), (col.codes for col in self.columns), strict=True))
        self.rank, self.size, self.equal, self.order, self.order_mag = _tables(tables)
        values = [col.values for col in self.columns]
        self.signalling = [np.array([v.kind == "snan" for v in part]) for part in values]

    def _read(self, env: EnvLike) -> list[Codes]:
        """The operands' codes, after DAZ where the operation applies it."""
        read = []
        for name, fmt, col, part in zip("ab", self.fmts, self.columns, self.codes, strict=True):
            applies = (env.daz is True or (env.daz and name in env.daz)) and OPS[self.op].reads_daz
            read.append(col.flushed[part] if applies and env.flush_except_width != fmt.width else part)
        return read

    def wanted(self, env: EnvLike) -> tuple[Codes, Codes]:
        """Codes or truth values, and flags."""
        a, b = self._read(env)
        if self.op == "copysign":
            signs = np.array([v.sign for v in self.columns[1].values])[b]
            table = np.array([[copysign(self.fmts[0], c, s) for s in (0, 1)] for c in self.columns[0].codes])
            return table[a, signs].astype(np.uint64), np.zeros(a.shape, np.uint8)
        if self.op.startswith("total_order"):
            left, right = self.order_mag if self.op == "total_order_mag" else self.order
            return left[a] <= right[b], np.zeros(a.shape, np.uint8)
        nan = self.columns[0].nan[a], self.columns[1].nan[b]
        signalling = self.signalling[0][a] | self.signalling[1][b]
        if self.op in PREDICATES:
            return self._compared(a, b, nan[0] | nan[1], signalling)
        return self._selected(a, b, nan, signalling, env)

    def _compared(self, a: Codes, b: Codes, unordered: Bools, signalling: Bools) -> tuple[Codes, Codes]:
        holds, signals = PREDICATES[self.op]
        x, y = self.equal[0][a], self.equal[1][b]
        truth = np.select([unordered, x < y, x == y], [one in holds for one in "?<="], ">" in holds)
        return truth, np.where(signalling | (unordered & signals), INVALID, 0).astype(np.uint8)

    def _selected(
        self, a: Codes, b: Codes, nan: tuple[Bools, Bools], signalling: Bools, env: EnvLike
    ) -> tuple[Codes, Codes]:
        larger, magnitude, rule = SELECTIONS[self.op]
        x, y, size_x, size_y = self.rank[0][a], self.rank[1][b], self.size[0][a], self.size[1][b]
        second = (x != y) & ((y > x) == larger)
        if magnitude:
            second = np.where(size_x != size_y, (size_y > size_x) == larger, second)
        second = np.where(nan[0], True, np.where(nan[1], False, second))
        lost = nan[0] & nan[1]
        if rule != "number":
            lost = nan[0] | nan[1] if rule == "nan" else lost | signalling
        parts = [self._delivered(i, env) for i in (0, 1)]
        codes = np.where(second, parts[1][0][b], parts[0][0][a])
        flags = np.where(second, parts[1][1][b], parts[0][1][a])
        flags = np.where(signalling, INVALID, flags).astype(np.uint8)
        if lost.any():
            codes[lost], flags[lost] = self._lost(a[lost], b[lost], env)
        return codes, flags

    def _delivered(self, which: int, env: EnvLike) -> tuple[Codes, Codes]:
        """Each code of an operand, should it be taken."""
        assert self.to is not None
        values = self.columns[which].values
        pairs = [
            (0, 0) if is_nan(v) else as_it_is(self.fmts[which], self.to, code, v, env)
            for code, v in zip(self.columns[which].codes, values, strict=True)
        ]
        codes, flags = zip(*pairs, strict=True)
        return np.array(codes, np.uint64), np.array(flags, np.uint8)

    def _lost(self, a: Codes, b: Codes, env: EnvLike) -> tuple[Codes, Codes]:
        """NaN results: what matters is which NaNs there are."""
        assert self.to is not None
        parts = [np.where(col.nan[part], part + 1, 0) for col, part in zip(self.columns, (a, b), strict=True)]
        both = parts[0] * (len(self.columns[1].values) + 1) + parts[1]
        _, first, inverse = np.unique(both, return_index=True, return_inverse=True)
        outcomes = []
        for at in first:
            found = nan_result(self.op, [self.columns[0].values[a[at]], self.columns[1].values[b[at]]])
            assert found is not None
            outcomes.append(nan_outcome(found, self.to, env))
        codes, flags = zip(*outcomes, strict=True)
        return np.array(codes, np.uint64)[inverse], np.array(flags, np.uint8)[inverse]
