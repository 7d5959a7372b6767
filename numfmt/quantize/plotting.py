# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of a quantization: error versus value, and the values' histogram with the grid.  Needs matplotlib."""

from __future__ import annotations

import io
from pathlib import Path
from typing import IO, Any

import numpy as np

from numfmt import codec
from numfmt.formats import Format
from numfmt.quantize import inputs, outcomes

Array = np.ndarray[Any, np.dtype[Any]]

SUFFIXES = (".png", ".svg", ".pdf")
#: Up to so many elements are points; more of them are cells, coloured by how many lie there.
_MAX_POINTS = 4000
#: Up to so many grid values each have a mark.
_MAX_MARKS = 600
#: Bins of less than this part of the largest make the axis of a histogram logarithmic; it begins at the floor then.
_HARDLY_VISIBLE, _FLOOR = 1 / 400, 0.7
_BLUE, _ORANGE, _GREY = "#2b6ca3", "#d1662b", "#666666"


def plot(x: Any, q: Any, path: str | Path, fmt: Format | str | None = None, *, title: str | None = None) -> None:
    """Writes the picture of what became of ``x`` to a file; arguments as for ``report``.

    path
        Its suffix, .png, .svg or .pdf, is the kind of file.
    title
        What stands above; None: size and error in one line.

    Raises ValueError for another suffix, or if nothing is finite; ImportError if matplotlib is missing.
    """
    kind = kind_of(path)
    drawn = io.BytesIO()
    write(x, q, drawn, kind, fmt, title=title)
    Path(path).write_bytes(drawn.getvalue())


def kind_of(path: str | Path) -> str:
    """The kind of file that a path's suffix names.  Raises ValueError for none that can be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"path is {str(path)!r}: its suffix must be one of {', '.join(SUFFIXES)}")
    return suffix[1:]


def write(
    x: Any, q: Any, stream: IO[bytes], kind: str, fmt: Format | str | None = None, *, title: str | None = None
) -> None:
    """``plot`` to an open file; the same arguments give the same bytes."""
    drawn = figure(x, q, fmt, title=title)
    import matplotlib as mpl

    metadata = {"png": {"Software": ""}, "svg": {"Date": ""}, "pdf": {"CreationDate": None}}[kind]
    with mpl.rc_context({"svg.hashsalt": "numfmt"}):
        drawn.savefig(stream, format=kind, metadata=metadata)


def figure(x: Any, q: Any, fmt: Format | str | None = None, *, title: str | None = None) -> Any:
    """The picture as a matplotlib Figure, which belongs to no window and no pyplot state."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'numfmt-exact[plot]'") from None
    before, after = _finite(x, q, fmt)
    drawn = Figure(figsize=(11, 4.6), dpi=150, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.06))
    left, right = drawn.subplots(1, 2, width_ratios=(1.15, 1))
    _errors(drawn, left, before, after)
    _histogram(right, before, after)
    drawn.suptitle(title if title is not None else _summary(x, q, fmt), fontsize=11)
    return drawn


def _finite(x: Any, q: Any, fmt: Format | str | None) -> tuple[Array, Array]:
    """Values before and after, where both are finite, as float64."""
    given, source = inputs.codes_of(x)
    found = outcomes.made(q, fmt)
    before, after = (
        codec.decode(codec.convert(codes, one, "binary64"), "binary64").ravel()
        for codes, one in ((given, source), (found.values, found.format))
    )
    if before.shape != after.shape:
        raise ValueError(f"x has {before.size} elements and q {after.size}: they must be the same")
    kept = np.isfinite(before) & np.isfinite(after)
    if not kept.any():
        raise ValueError("x: no element is finite before and after: nothing to plot")
    return before[kept], after[kept]


def _summary(x: Any, q: Any, fmt: Format | str | None) -> str:
    from numfmt.quantize.accuracy import report

    found = report(x, q, fmt)
    return (
        f"{found.size.elements} elements, {float(found.bits_per_weight):.5g} bits each, "
        f"RMSE {found.rmse:.4g}, SQNR {found.sqnr_db:.2f} dB, {found.saturated} saturated"
    )


def _errors(drawn: Any, axes: Any, before: Array, after: Array) -> None:
    """Error versus value."""
    error = after - before
    axes.axhline(0, color=_GREY, linewidth=0.6)
    if before.size <= _MAX_POINTS:
        axes.plot(before, error, ".", color=_BLUE, markersize=3 if before.size > 200 else 5, alpha=0.7)
    else:
        *_, cells = axes.hist2d(before, error, bins=(220, 130), cmin=1, norm="log", cmap="viridis", rasterized=True)
        drawn.colorbar(cells, ax=axes, label="elements in a cell", pad=0.02)
    axes.use_sticky_edges = False
    axes.margins(0.03)
    axes.set(xlabel="value x", ylabel="error: quantized - x", title="Error versus value")
    axes.ticklabel_format(style="sci", scilimits=(-3, 4), useMathText=True)
    axes.grid(visible=True, linewidth=0.3)


def _histogram(axes: Any, before: Array, after: Array) -> None:
    """How often values occur, and where the grid has values for them."""
    levels = np.unique(after)
    low, high = min(before.min(), levels[0]), max(before.max(), levels[-1])
    margin = 0.03 * (high - low) or 1.0
    bins = min(100, max(10, int(np.sqrt(before.size))))
    counts, edges = np.histogram(before, bins=bins, range=(low, high) if high > low else (low - 1, high + 1))
    is_wide = 0 < counts[counts > 0].min() < counts.max() * _HARDLY_VISIBLE
    floor = _FLOOR if is_wide else 0
    heights = np.maximum(counts, floor)
    axes.stairs(heights, edges, fill=True, color=_BLUE, alpha=0.55, label="elements of x", baseline=floor)
    shown = levels if levels.size <= _MAX_MARKS else levels[np.linspace(0, levels.size - 1, _MAX_MARKS).astype(int)]
    named = f"{levels.size} quantized values" + ("" if shown is levels else f" ({shown.size} shown)")
    axes.vlines(shown, 0.015, 0.075, transform=axes.get_xaxis_transform(), color=_ORANGE, linewidth=0.8, label=named)
    if is_wide:
        span = counts.max() / floor
        axes.set(yscale="log", ylim=(floor / span**0.13, counts.max() * span**0.18))
    else:
        axes.set_ylim(-0.11 * counts.max(), 1.2 * counts.max())
    axes.set(xlabel="value", ylabel="elements in a bin", title="Histogram and grid")
    axes.set_xlim(low - margin, high + margin)
    axes.ticklabel_format(style="sci", scilimits=(-3, 4), useMathText=True, axis="x")
    axes.legend(loc="upper right", fontsize=8, framealpha=0.9)
    axes.grid(visible=True, linewidth=0.3)
