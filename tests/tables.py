# SPDX-License-Identifier: BSD-3-Clause
"""Value tables, decoded operands and brackets, each made once for all the tests of a run that ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from oracle_table import Bracket, Source, Table

import numfmt as nf


@lru_cache(maxsize=64)
def table(fmt: nf.Format) -> Table:
    return Table(fmt)


@lru_cache(maxsize=64)
def values(fmt: nf.Format) -> Sequence[Fraction | str]:
    """What every code is worth, in the value table's words."""
    return table(fmt).decode_values()


def some_codes(fmt: nf.Format, step: int = 1) -> Any:
    """Every ``step``-th code."""
    return np.arange(0, 1 << fmt.width, step, dtype=fmt.dtype)


@lru_cache(maxsize=32)
def source(fmt: nf.Format, step: int = 1) -> Source:
    """Every ``step``-th code, decoded."""
    return Source.from_codes(fmt, some_codes(fmt, step))


@lru_cache(maxsize=4)
def bracket(src: nf.Format, dst: nf.Format, step: int = 1) -> Bracket:
    """Every ``step``-th code of ``src`` placed among the values of ``dst``."""
    return table(dst).bracket(source(src, step))
