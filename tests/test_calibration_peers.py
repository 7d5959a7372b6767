# SPDX-License-Identifier: BSD-3-Clause
"""Ranges, scales and zero points as torch's observers, onnxruntime's entropy threshold and numpy's percentiles have
them; where a peer's own rounding decides otherwise, the test says so.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracle_calibration as oracle
import pytest
from calibrated import drawn, facts, fit_of

from numfmt.quantize import Affine, entropy, histogram
from numfmt.quantize.presets import preset

Array = np.ndarray[Any, np.dtype[Any]]


def some_samples(count: int) -> list[Array]:
    """Of all magnitudes, on both sides of 0 or one, some all 0."""
    rng = np.random.default_rng(1)
    made = []
    for turn in range(count):
        x = rng.normal(size=8) * 2.0 ** rng.integers(-40, 40) + turn % 2 * rng.normal() * 5
        made.append(((abs(x) if turn % 5 == 0 else x) * (turn % 20 > 0)).astype(np.float32))
    return made


@pytest.mark.peer("torch")
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("scheme", ["symmetric", "affine"])
def test_torch_min_max_observer(signed: bool, scheme: str) -> None:
    """The least scale 2^-23, amax / 127.5, qmin - round(min / s); zeros get the least scale."""
    import torch
    from torch.ao.quantization import MinMaxObserver

    affine = preset("torch", signed=signed, scheme=scheme)
    kind = torch.qint8 if signed else torch.quint8
    for x in some_samples(40):
        observer = MinMaxObserver(dtype=kind, qscheme=getattr(torch, f"per_tensor_{scheme}"))
        observer(torch.from_numpy(x))
        scale, zero_point = observer.calculate_qparams()
        assert fit_of(affine, x) == [scale.item(), zero_point.item()], x


@pytest.mark.peer("torch")
def test_torch_rounds_the_quotient() -> None:
    """min / s = -1.4999999 rounds to -1; -128 + 1.4999999 would be -126.5 in float32, and then -126."""
    import torch
    from torch.ao.quantization import MinMaxObserver

    x = np.array([-1.4999999, 253.5], np.float32)
    observer = MinMaxObserver(dtype=torch.qint8)
    observer(torch.from_numpy(x))
    scale, zero_point = observer.calculate_qparams()
    assert [scale.item(), zero_point.item()] == [1, -127] == fit_of(preset("torch", scheme="affine"), x)
    assert fit_of(preset("onnx", scheme="affine"), x) == [1, -126]


@pytest.mark.peer("torch")
@pytest.mark.parametrize("scheme", ["symmetric", "affine"])
def test_torch_per_channel_observer(scheme: str) -> None:
    import torch
    from torch.ao.quantization import PerChannelMinMaxObserver

    affine = preset("torch_fake", scheme=scheme, axis=1)
    x = np.stack(some_samples(12), axis=1)
    scheme_of_torch = getattr(torch, f"per_channel_{scheme}")
    observer = PerChannelMinMaxObserver(ch_axis=1, dtype=torch.qint8, qscheme=scheme_of_torch)
    observer(torch.from_numpy(x))
    scale, zero_point = observer.calculate_qparams()
    assert fit_of(affine, x) == [scale.tolist(), zero_point.tolist()]


@pytest.mark.peer("torch")
@pytest.mark.parametrize("c", [0.01, 0.3, 1.0])
def test_torch_moving_average_observer(c: float) -> None:
    """Each step in float32, c too; the order of the batches counts."""
    import torch
    from torch.ao.quantization import MovingAverageMinMaxObserver

    affine = preset("torch", signed=False)
    for seed in range(3):
        batches = [drawn(seed * 20 + k, 17) * 3 for k in range(12)]
        observer = MovingAverageMinMaxObserver(averaging_constant=c, dtype=torch.quint8)
        for batch in batches:
            observer(torch.from_numpy(batch))
        scale, zero_point = observer.calculate_qparams()
        p = affine.calibrate(batches, "ema", c=c)
        assert facts(p, "scale", "zero_point") == [scale.item(), zero_point.item()]
        ends = [min(observer.min_val.item(), 0), max(observer.max_val.item(), 0)]
        assert facts(p, "lo", "hi") == ends


def threshold_of_onnxruntime(counts: Array, edges: Array, quantized_bins: int) -> tuple[float, float]:
    from onnxruntime.quantization.calibrate import HistogramCollector

    collector = HistogramCollector("entropy", False, len(counts), quantized_bins, 99.9, "same")
    unbounded = np.array(-np.inf), np.array(np.inf)
    lo, hi = collector.get_entropy_threshold((counts, edges, *unbounded), quantized_bins)
    return float(lo), float(hi)


def some_histograms(bins: int) -> list[tuple[str, Array]]:
    """Counts over [-4, 4], directed and drawn, by name."""
    rng = np.random.default_rng(bins)
    middle = bins // 2
    alone, ends, flat, left = (np.zeros(bins, np.int64) for _ in range(4))
    alone[middle] = 1000
    left[: bins // 8] = 20
    left[middle - bins // 8 : middle + bins // 8] = rng.integers(50, 90, 2 * (bins // 8))
    ends[[0, -1, middle]] = 5, 7, 100
    flat[:] = 3
    made = [("one bin", alone), ("both ends and the middle", ends), ("flat", flat), ("outliers on the left", left)]
    for name in ("normal", "standard_t", "laplace", "exponential"):
        draw = rng.standard_t(3, 4000) if name == "standard_t" else getattr(rng, name)(size=4000)
        made.append((name, np.histogram(draw.clip(-4, 4), bins, range=(-4, 4))[0]))
    return made


@pytest.mark.peer("onnxruntime")
@pytest.mark.parametrize(
    ("bins", "quantized_bins"),
    [(65, 32), *(pytest.param(*sizes, marks=pytest.mark.full) for sizes in ((128, 128), (256, 128), (200, 16)))],
)
def test_onnxruntime_entropy_threshold(bins: int, quantized_bins: int) -> None:
    edges = np.linspace(-4, 4, bins + 1)
    for name, counts in some_histograms(bins):
        low, high = entropy.least(histogram.Histogram(counts, edges), quantized_bins)
        assert (edges[low], edges[high]) == threshold_of_onnxruntime(counts, edges, quantized_bins), name


@pytest.mark.full
@pytest.mark.peer("onnxruntime")
def test_difference_onnxruntime_sums_float32() -> None:
    """Two candidates whose divergences differ by less than float32 sums err: about one drawn histogram in twenty."""
    x = np.random.default_rng(0).standard_t(3, 20000)
    counts, edges = np.histogram(x / abs(x).max(), 300, range=(-1, 1))
    mine = entropy.least(histogram.Histogram(counts, edges), 64)
    theirs = np.searchsorted(edges, threshold_of_onnxruntime(counts, edges, 64))
    assert (mine, theirs.tolist()) == ((71, 230), [75, 226])
    least, other = (oracle.divergence_between(counts.tolist(), 64, ends) for ends in (mine, theirs.tolist()))
    assert 0 < other / least - 1 < 2e-6


@pytest.mark.peer("onnxruntime")
def test_onnxruntime_default_clips_nothing() -> None:
    """128 bins merged into 128 leave one candidate, the whole range."""
    x = np.append(drawn(1, 1000), np.float32(1000))
    p = Affine().calibrate(x, "entropy", bins=128, quantized_bins=128)
    assert facts(p, "hi", "clipped_above") == [1000, 0]
    counts, edges = np.histogram(x, 128, range=(-1000, 1000))
    assert threshold_of_onnxruntime(counts, edges, 128) == (-1000, 1000)


@pytest.mark.peer("onnxruntime")
def test_onnxruntime_histogram() -> None:
    """From values to threshold, where the edges are exact: t and the number of bins are powers of two."""
    from onnxruntime.quantization.calibrate import HistogramCollector

    for seed in range(4):
        x = np.append(drawn(seed, 1000).clip(-7, 7), np.float32(8))
        collector = HistogramCollector("entropy", False, 64, 16, 99.9, "same")
        collector.collect_value({"x": x})
        lo, hi = collector.get_entropy_threshold(collector.histogram_dict["x"], 16)
        p = Affine(scheme="affine").calibrate(x, "entropy", bins=64, quantized_bins=16)
        assert facts(p, "lo", "hi") == [lo, hi]


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "linear", "midpoint"])
def test_numpy_percentile(method: Any) -> None:
    """Where (n - 1) p / 100 is exact in float64, numpy picks the same values and, in float64, the same points between
    them, if these need no rounding.
    """
    rng = np.random.default_rng(1)
    for n in (1, 2, 5, 17, 33, 65):
        x = rng.integers(-1000, 1000, n).astype(np.float64)
        for p in (50.0, 62.5, 75.0, 87.5, 100.0):
            made = Affine(scheme="affine", arithmetic="binary64", zero_range="one").calibrate(
                x, "percentile", percentile=p, interpolation=method
            )
            lo, hi = np.percentile(x, [100 - p, p], method=method)
            assert facts(made, "lo", "hi") == [min(lo, 0), max(hi, 0)], (n, p)


def test_difference_numpy_percentile_position() -> None:
    """The 99.99th percentile of 10001 values is at 9999 exactly; numpy's float64 position falls short of it."""
    x = np.arange(10001, dtype=np.float64)
    mine = Affine().calibrate(x, "percentile", percentile=99.99, interpolation="lower")
    assert facts(mine, "hi") == [9999]
    assert Fraction(10000) * Fraction(99.99) / 100 < 9999
