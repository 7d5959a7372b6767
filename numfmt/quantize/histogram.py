# SPDX-License-Identifier: BSD-3-Clause
"""Histograms over [-t, t] in equal bins, whose edges are rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from numfmt import codec
from numfmt.formats import Format
from numfmt.quantize.steps import Numbers


@dataclass(frozen=True)
class Histogram:
    """int64 ``counts`` of the bins between the float64 ``edges``, one more than bins.

    A bin holds what is at or above its lower and below its upper edge, the last one its upper edge too.
    """

    counts: Numbers
    edges: Numbers

    def with_values(self, values: Numbers) -> Histogram:
        """The histogram with more values; those beyond the edges are counted in the bins at the ends."""
        bins = len(self.counts)
        index = (np.searchsorted(self.edges, values, side="right") - 1).clip(0, bins - 1)
        return Histogram(self.counts + np.bincount(index, minlength=bins), self.edges)


def symmetric(threshold: float, bins: int, fmt: Format) -> Histogram:
    """An empty one whose edges are -t + 2 t i / bins, each rounded once into ``fmt``."""
    exact = list(map(partial(_edge, Fraction(threshold), bins), range(bins + 1)))
    edges = np.asarray(codec.decode(codec.encode(exact, fmt), fmt), np.float64)
    return Histogram(np.zeros(bins, np.int64), edges)


def _edge(threshold: Fraction, bins: int, i: int) -> Fraction:
    return threshold * (2 * i - bins) / bins
