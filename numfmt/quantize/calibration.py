# SPDX-License-Identifier: BSD-3-Clause
"""Scale and zero point from sample values: the methods of ``calibrate``, and batches one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from numfmt.quantize import samples
from numfmt.quantize.affine import Affine
from numfmt.quantize.entropy import Entropy
from numfmt.quantize.observers import Averages, Extremes, Moments
from numfmt.quantize.optimum import Optimum
from numfmt.quantize.percentiles import Percentile
from numfmt.quantize.samples import Samples
from numfmt.quantize.shrinking import Shrinking
from numfmt.quantize.spans import Span, bounds, fit
from numfmt.quantize.steps import Numbers

if TYPE_CHECKING:
    from numfmt.quantize.affine import ZeroRange
    from numfmt.quantize.parameters import Parameters


class Method(Protocol):
    """How a range is found: batches are shown one by one, then the span is asked for once or more."""

    needs_values: bool

    def see(self, samples: Samples) -> None:
        """Takes a batch into account."""

    def span(self, values: Iterator[Numbers]) -> Span:
        """The range of each granule; ``values`` are all that were seen, one float64 array for each."""


METHODS: dict[str, Callable[..., Method]] = {
    "minmax": lambda _, **options: Extremes(**options),
    "max": lambda _, **options: Extremes(mirrored=True, **options),
    "mean_std": Moments,
    "ema": Averages,
    "percentile": Percentile,
    "entropy": Entropy,
    "mse": Shrinking,
    "mse_exact": Optimum,
}


class Calibrator:
    """Parameters from batches: ``update(x)`` for each, then ``parameters()``.

    The result is that of ``calibrate`` on all values at once, but for "ema", which is about batches.  Batches may
    differ in shape as long as they have the same granules: any shape per tensor, as many channels per channel, the same
    shape for groups and tiles.  An empty batch changes nothing.

    affine
        The quantizer: its granularity, range rules and NaN policy hold.
    method, options
        As for ``calibrate``.
    keep
        False: values are kept only where the method needs them, and where nothing is kept, ``clipped_below`` and
        ``clipped_above`` of the parameters are None, except for "minmax" and "max", whose ranges hold everything.
    """

    def __init__(
        self,
        affine: Affine,
        method: str = "minmax",
        *,
        zero_range: ZeroRange | None = None,
        keep: bool = True,
        **options: Any,
    ) -> None:
        if not isinstance(affine, Affine):
            raise TypeError(f"affine is {type(affine).__name__}: must be a numfmt.quantize.Affine")
        if method not in METHODS:
            raise ValueError(f"method is {method!r}: must be one of {', '.join(METHODS)}")
        self._affine = affine if zero_range is None else replace(affine, zero_range=zero_range)
        try:
            self._method = METHODS[method](self._affine, **options)
        except TypeError as error:
            raise TypeError(f"method {method!r}: {str(error).partition(' ')[2]}") from None
        self._all_inside = method in ("minmax", "max")
        self._keep = self._method.needs_values or (keep and not self._all_inside)
        self._kept: list[Samples] = []
        self._shape: tuple[int, ...] | None = None
        self._counts: Numbers = np.zeros(0, np.int64)

    def update(self, x: Any) -> None:
        """Takes a batch into account.

        Raises ValueError for an infinity, for a NaN under nan="raise", for other granules than before; TypeError for
        values that binary64 does not hold.
        """
        self._see(samples.read(self._affine, x), copy=True)

    def _see(self, batch: Samples, *, copy: bool) -> None:
        if not batch.rows.size:
            return
        if self._shape is None:
            self._shape, self._counts = batch.shape, np.zeros(len(batch.rows), np.int64)
        elif batch.shape != self._shape:
            raise ValueError(f"x has granules of shape {batch.shape}: the batches before had {self._shape}")
        self._counts += (~np.isnan(batch.rows)).sum(axis=1) if batch.has_nan else batch.rows.shape[1]
        self._method.see(batch)
        if self._keep:
            self._kept.append(replace(batch, rows=batch.rows.copy()) if copy else batch)

    def parameters(self) -> Parameters:
        """Scale and zero point of all batches so far.

        Raises ValueError if there were no values, in all or in one granule, and as ``calibrate``.
        """
        if self._shape is None:
            raise ValueError("x has no values to calibrate with")
        if not self._counts.all():
            index = np.unravel_index(int(np.argmin(self._counts)), self._shape) if self._shape else ()
            raise ValueError(f"granule {tuple(map(int, index))} of x has no values: all are NaN")
        found = fit(self._affine, self._method.span(self._values()), self._shape)
        below, above = self._outside(found.span)
        scale, zero_point = (one.reshape(self._shape) for one in (found.scale, found.zero_point))
        made = self._affine.parameters(scale=scale, zero_point=zero_point)
        lo, hi = (np.array(end, np.float64).reshape(self._shape) for end in (found.span.lo, found.span.hi))
        for array in (lo, hi, below, above):
            if array is not None:
                array.setflags(write=False)
        return replace(made, lo=lo, hi=hi, clipped_below=below, clipped_above=above)

    def _values(self) -> Iterator[Numbers]:
        """All values of each granule."""
        for pieces in zip(*(batch.each() for batch in self._kept), strict=True):
            yield pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _outside(self, span: Span) -> tuple[Numbers | None, Numbers | None]:
        """How many values of each granule lie below and above its range."""
        if not self._keep and not self._all_inside:
            return None, None
        below, above = (np.zeros(len(self._counts), np.int64) for _ in range(2))
        lo, hi = bounds(span.lo), -bounds(-span.hi)
        for batch in self._kept:
            below += (batch.rows < lo[:, np.newaxis]).sum(axis=1)
            above += (batch.rows > hi[:, np.newaxis]).sum(axis=1)
        return below.reshape(self._shape or ()), above.reshape(self._shape or ())


def calibrate(
    affine: Affine, x: Any, method: str = "minmax", *, zero_range: ZeroRange | None = None, **options: Any
) -> Parameters:
    """Scale and zero point for the values of x, by the quantizer's granularity and range rules.

    x
        A float array, nested lists of floats, or anything with a numfmt format whose values binary64 has; for "ema" a
        list or tuple of them, the batches in their order.
    method and its options
        "minmax"       [min, max]
        "max"          [-a, a], a the largest magnitude
        "mean_std"     k=3: [mu - k sigma, mu + k sigma]; see ``observers.Moments``
        "ema"          c=0.01: moving averages of the batches' minima and maxima; see ``observers.Averages``
        "percentile"   percentile=99.99, interpolation="linear"; see ``percentiles.Percentile``
        "entropy"      bins=2048, quantized_bins=128, threshold=None; see ``entropy.Entropy``
        "mse"          steps=100, first=20: the best of shrunken ranges; see ``shrinking.Shrinking``
        "mse_exact"    the best of all scales of a symmetric quantizer; see ``optimum.Optimum``
    zero_range
        What a granule gets whose values are all 0: "raise", or "one", scale 1 and the code nearest to 0 as zero point;
        None is the quantizer's own rule.

    A symmetric quantizer's scale is max(|lo|, |hi|) / divisor.  An affine one's range is first widened to hold 0; its
    scale is (hi - lo) / (qmax - qmin), its zero point qmin - lo / scale, rounded and clipped as its ``zero_rule`` says.
    Each step is one operation rounded to nearest with ties to even in ``range_arithmetic``, or else ``arithmetic``;
    under "exact" only the scale is rounded, to binary64.  The scale is at least ``min_scale``.

    The parameters also have the range, ``lo`` and ``hi``, and how many of the values lie below and above it,
    ``clipped_below`` and ``clipped_above``, of each granule.

    Raises ValueError for an unknown method, an empty x, an infinity, a NaN under nan="raise" (else NaNs are left out),
    a shape that the granularity does not fit, a range of {0} under zero_range="raise", a scale that is subnormal or
    infinite.
    """
    calibrator = Calibrator(affine, method, zero_range=zero_range, **options)
    if method == "ema" and not (isinstance(x, Sequence) and not isinstance(x, str)):
        raise TypeError(f"x is {type(x).__name__}: method 'ema' takes a list or tuple of batches, in their order")
    for batch in x if method == "ema" else (x,):
        calibrator._see(samples.read(affine, batch), copy=False)  # noqa: SLF001 - its own module
    return calibrator.parameters()
