# SPDX-License-Identifier: BSD-3-Clause
"""Pictures of quantizations: what is in them, that nothing overlaps, and the kinds of file."""

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import numfmt as nf
from numfmt.quantize import plotting
from numfmt.quantize.grids import UniformGrid

RNG = np.random.default_rng(3)


def drawn(count: int) -> Any:
    x = RNG.standard_normal(count).astype(np.float32)
    return plotting.figure(x, UniformGrid(4, -2, 2).encode(x))


@pytest.mark.full
@pytest.mark.peer("matplotlib")
@pytest.mark.parametrize("count", [300, plotting._MAX_POINTS + 1])
def test_axes_are_labelled_and_nothing_overlaps(count: int) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = drawn(count)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    left, right, *bars = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("value x", "error: quantized - x")
    assert (right.get_xlabel(), right.get_ylabel()) == ("value", "elements in a bin")
    assert len(bars) == (count > plotting._MAX_POINTS)
    whole = figure.bbox
    boxes = [axes.get_tightbbox(canvas.get_renderer()) for axes in figure.axes]
    assert all(box.x0 >= whole.x0 and box.x1 <= whole.x1 and box.y1 <= whole.y1 for box in boxes)
    title = figure._suptitle.get_window_extent(canvas.get_renderer())
    assert not any(one.overlaps(other) for one, other in itertools.combinations([*boxes, title], 2))
    legend = right.get_legend().get_window_extent(canvas.get_renderer())
    assert legend.y0 > right.transData.transform((0, right.patches[0].get_data().values.max()))[1]


@pytest.mark.peer("matplotlib")
def test_what_is_drawn() -> None:
    x = np.array([-1, 0.3, 0.3, 0.9, 5, np.nan, np.inf], np.float32)
    figure = plotting.figure(x, nf.encode(x, "e2m1"), "e2m1", title="five values")
    left, right = figure.axes
    _, points = left.lines
    assert np.array_equal(points.get_xdata(), x[:5].astype(float))
    assert np.array_equal(points.get_ydata(), nf.quantize_to(x[:5], "e2m1") - x[:5].astype(float))
    (marks,) = right.collections
    assert [segment[0][0] for segment in marks.get_segments()] == [-1, 0.5, 1, 4]
    assert right.patches[0].get_data().values.sum() == 5
    assert figure._suptitle.get_text() == "five values"


@pytest.mark.peer("matplotlib")
def test_one_value_far_out_is_seen() -> None:
    """In a bin of one beside bins of thousands: the axis is logarithmic."""
    x = np.append(np.linspace(-1, 1, 50_000), 12.0).astype(np.float32)
    figure = plotting.figure(x, UniformGrid(4, -2, 2).encode(x), title="")
    axes = figure.axes[1]
    assert axes.get_yscale() == "log"
    heights, edges, baseline = axes.patches[0].get_data()
    assert (heights[-1], edges[-1]) == (1, 12)
    assert axes.get_ylim()[0] < baseline == heights.min() < 1
    even = plotting.figure(x[:-1], UniformGrid(4, -2, 2).encode(x[:-1]), title="").axes[1]
    assert even.get_yscale() == "linear"


@pytest.mark.full
@pytest.mark.peer("matplotlib")
@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG\r\n"), (".SVG", b"<?xml"), (".pdf", b"%PDF")])
def test_kinds_of_file(suffix: str, start: bytes, tmp_path: Path) -> None:
    x = RNG.standard_normal(10)
    codes = nf.encode(x, "e2m1")
    plotting.plot(x, codes, tmp_path / f"x{suffix}", "e2m1")
    written = (tmp_path / f"x{suffix}").read_bytes()
    assert written.startswith(start)
    if suffix == ".SVG":
        assert ET.parse(tmp_path / "x.SVG").getroot().tag.endswith("svg")  # noqa: S314 - written by this test
    assert "matplotlib.pyplot" not in sys.modules


@pytest.mark.full
@pytest.mark.peer("matplotlib")
@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_arguments_give_the_same_bytes(kind: str) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for stream in files:
        plotting.write([1.0, 2.1], [2, 4], stream, kind, "e2m1")
    assert files[0].getvalue() == files[1].getvalue() != b""


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"plots need matplotlib: pip install 'numfmt-exact\[plot\]'"):
        plotting.figure([1.0], nf.encode([1.0], "e2m1"), "e2m1")


@pytest.mark.peer("matplotlib")
def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"path is 'x.gif': its suffix must be one of .png, .svg, .pdf"):
        plotting.plot([1.0], [0], "x.gif", "e2m1")
    with pytest.raises(ValueError, match="x: no element is finite before and after"):
        plotting.plot([np.inf], [0], tmp_path / "x.png", "e2m1")
    with pytest.raises(ValueError, match="x has 1 elements and q 2"):
        plotting.plot([1.0], [0, 1], tmp_path / "x.png", "e2m1")
    assert not (tmp_path / "x.png").exists()
