# SPDX-License-Identifier: BSD-3-Clause
"""nfmt quantize: what it reads, writes and prints; bad input."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commandline import Nfmt, nfmt_fixture

import numfmt as nf
from numfmt.quantize.accuracy import report
from numfmt.quantize.affine import Affine
from numfmt.quantize.grids import UniformGrid
from numfmt.quantize.scaling import Scaled

__all__ = ["nfmt_fixture"]

X = np.random.default_rng(5).standard_normal((16, 32)).astype(np.float32)


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", X)
    return tmp_path / "x.npy"


def printed(nfmt: Nfmt, line: str, *more: object) -> dict[str, Any]:
    """The report, as JSON."""
    found: dict[str, Any] = json.loads("\n".join(nfmt.lines(f"quantize --json {line}", *more)))
    return found


QUANTIZERS: list[tuple[str, Any]] = [
    ("", Affine()),
    ("--bits 4 --unsigned --scheme affine --axis 0", Affine(bits=4, signed=False, scheme="affine", axis=0)),
    ("--narrow --rounding half_away --axis -1 --group 8", Affine(narrow=True, rounding="half_away", axis=-1, group=8)),
    ("--tile 4,8 --divisor qmin --divide recip", Affine(tile=(4, 8), divisor="qmin", divide="recip")),
    ("--divisor 119.5 --arithmetic exact", Affine(divisor=119.5, arithmetic="exact")),
    ("--scale-to e4m3fn", Scaled("e4m3fn")),
    ("--scale-to e2m1 --power-of-two --axis 1 --group 16", Scaled("e2m1", scale="power_of_two", axis=1, group=16)),
    ("--scale-to e5m2 --arithmetic bfloat16 --divide recip", Scaled("e5m2", arithmetic="bfloat16", divide="recip")),
]


@pytest.mark.parametrize(("line", "quantizer"), QUANTIZERS)
def test_codes_scales_and_report(nfmt: Nfmt, file: Path, line: str, quantizer: Any) -> None:
    p = quantizer.calibrate(X)
    q = quantizer.encode(X, p)
    out = file.with_name("out.npz")
    found = printed(nfmt, line, file, "-o", out)
    assert found["report"] == json.loads(report(X, q).json())
    assert (found["dtype"], found["shape"]) == ("float32", [16, 32])
    with np.load(out) as written:
        assert np.array_equal(written["codes"], q.codes) and written["codes"].dtype == q.codes.dtype
        assert np.array_equal(written["scale"], p.scale) and written["scale"].dtype == p.scale.dtype
        assert ("zero_point" in written) == hasattr(p, "zero_point")
        if "zero_point" in written:
            assert np.array_equal(written["zero_point"], p.zero_point)


def test_grids(nfmt: Nfmt, file: Path) -> None:
    out = file.with_name("out.npz")
    found = printed(nfmt, "--bits 5 --convention step --rounding floor", file, "--grid=-2,2.5", "-o", out)
    q = UniformGrid(5, -2, "2.5", "step").encode(X, "floor")
    assert found["report"] == json.loads(report(X, q).json())
    assert found["quantizer"] == "5-bit grid on [-2, 2.5], step"
    with np.load(out) as written:
        assert list(written) == ["codes"]
        assert np.array_equal(written["codes"], q.codes)


def test_scale_given(nfmt: Nfmt, file: Path) -> None:
    affine = Affine(signed=False, scheme="affine")
    q = affine.encode(X, affine.parameters(scale=0.02, zero_point=100))
    found = printed(nfmt, "--unsigned --scheme affine --scale 0.02 --zero-point 100", file)
    assert found["report"] == json.loads(report(X, q).json())
    scaled = Scaled("e4m3fn")
    by_half = scaled.encode(X, scaled.parameters(scale=0.5))
    assert printed(nfmt, "--scale-to e4m3fn --scale 0.5", file)["report"] == json.loads(report(X, by_half).json())


def test_methods_presets_and_stochastic_rounding(nfmt: Nfmt, file: Path) -> None:
    from numfmt.quantize.presets import preset

    affine = Affine()
    q = affine.encode(X, affine.calibrate(X, "percentile", percentile=99.0))
    found = printed(nfmt, "--method percentile --option percentile=99.0", file)
    assert found["report"] == json.loads(report(X, q).json())
    assert found["report"]["saturated"] > 0
    affine = preset("onnxruntime", bits=8, signed=False, scheme="affine")
    q = affine.encode(X, affine.calibrate(X))
    found = printed(nfmt, "--preset onnxruntime --bits 8 --unsigned --scheme affine", file)
    assert found["report"] == json.loads(report(X, q).json())
    affine = Affine(rounding="stochastic", random_bits_count=8)
    q = affine.encode(X, affine.calibrate(X), random_bits=nf.random_bits(X.shape, 8, seed=3))
    found = printed(nfmt, "--rounding stochastic --random-bits-count 8 --seed 3", file)
    assert found["report"] == json.loads(report(X, q).json())


def test_table(nfmt: Nfmt, file: Path) -> None:
    lines = nfmt.lines("quantize --scale-to e4m3fn", file)
    scaled = Scaled("e4m3fn")
    rows = report(X, scaled.encode(X, scaled.calibrate(X))).rows()
    assert lines[0] == f"{file}: float32 (16, 32) to float8_e4m3fn by amax"
    assert [" ".join(line.split()) for line in lines[1:] if line.strip()] == [f"{label} {text}" for label, text in rows]


def test_inputs(nfmt: Nfmt, file: Path) -> None:
    wanted = printed(nfmt, "--scale-to e4m3fn", file)["report"]
    archive = file.with_name("x.npz")
    np.savez(archive, weights=X)
    assert printed(nfmt, "--scale-to e4m3fn", archive)["report"] == wanted
    np.savez(archive, weights=X, bias=X[0])
    assert printed(nfmt, "--scale-to e4m3fn --name weights", archive)["report"] == wanted
    raw = file.with_name("x.bin")
    raw.write_bytes(X.astype("<f4").tobytes())
    found = printed(nfmt, "--scale-to e4m3fn --raw binary32", raw)
    assert (found["report"], found["shape"]) == (wanted, [512])
    raw.write_bytes(nf.encode(X, "bfloat16").astype("<u2").tobytes())
    short = Scaled("e4m3fn")
    values = nf.quantize_to(X, "bfloat16")
    q = short.encode(values, short.calibrate(values))
    found = printed(nfmt, "--scale-to e4m3fn --raw bfloat16", raw)["report"]
    assert found["rmse"] == report(values, q).rmse


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path) -> None:
    from numfmt.__main__ import main

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert main(["quantize", "-", "--scale-to", "e4m3fn", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shape"] == [16, 32]


def test_closed_standard_output(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """What is written to files is written."""
    from numfmt.__main__ import main

    monkeypatch.setattr("sys.stdout", None)
    out = file.with_name("out.npz")
    assert main(["quantize", str(file), "--scale-to", "e2m1", "-o", str(out)]) == 0
    with np.load(out) as written:
        assert list(written) == ["codes", "scale"]


def test_output_appears_whole_or_not_at_all(nfmt: Nfmt, file: Path) -> None:
    out = file.with_name("out.npz")
    out.write_bytes(b"before")
    nfmt.refused("quantize --scale-to e4m3fn --plot x.gif -o", out, file)
    nfmt.refused("quantize --axis 5 -o", out, file)
    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in file.parent.iterdir()) == ["out.npz", "x.npy"]


@pytest.mark.full
@pytest.mark.peer("matplotlib")
def test_plot(nfmt: Nfmt, file: Path) -> None:
    nfmt.lines("quantize --scale-to e2m1 --plot", file.with_name("x.png"), file)
    assert file.with_name("x.png").read_bytes().startswith(b"\x89PNG")


def test_plot_without_matplotlib(nfmt: Nfmt, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    err = nfmt.refused("quantize --scale-to e2m1 --plot", file.with_name("x.png"), file)
    assert "pip install 'numfmt-exact[plot]'" in err
    assert not file.with_name("x.png").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--scale-to e4m3fn --grid 0,1", "--scale-to and --grid: one or the other"),
        ("--grid 0", "--grid is '0': must be two numbers with a comma between"),
        ("--grid 1,0", "low is 1 and high 0"),
        ("--tile 4", "--tile is '4': must be two numbers"),
        ("--power-of-two", "--power-of-two is for --scale-to, not for integers"),
        ("--convention step", "--convention is for --grid"),
        ("--grid 0,1 --narrow", "--narrow is not for --grid"),
        ("--scale-to e4m3fn --bits 4", "--bits is not for --scale-to"),
        ("--scale-to e4m3fn --method max", "--method is for integers, not for --scale-to"),
        ("--scale-to e9m9", "format 'e9m9'"),
        ("--bits 33", "bits is 33"),
        ("--rounding up", "rounding is 'up'"),
        ("--rounding stochastic", "--rounding stochastic takes --random-bits-count"),
        ("--axis 3", "axis is 3"),
        ("--axis 1 --group 5", "group is 5"),
        ("--option 5", "--option is '5': must be NAME=VALUE"),
        ("--option a=1", "'a'"),
        ("--zero-point 3", "--zero-point goes with --scale"),
        ("--zero-point 3 --scale 1 --scale-to e4m3fn", "--zero-point goes with --scale"),
        ("--scale 1 --method max", "--scale is given"),
        ("--scale 1 --grid 0,1", "--scale is given"),
        ("--preset none", "name is 'none'"),
        ("--name x", "--name: "),
        ("--raw binary128 --name x", "bytes: codes of binary128 take 16 each"),
        ("-o -", "- is no file to write to"),
        ("--plot -", "- is no file to write to"),
        ("--plot x.gif", "path is 'x.gif': its suffix"),
    ],
)
def test_bad_arguments(nfmt: Nfmt, file: Path, line: str, message: str) -> None:
    if "--raw" in line:
        file.write_bytes(b"123")
    assert message in nfmt.refused(f"quantize {line}", file)


def test_raw_codes_need_a_float(nfmt: Nfmt, file: Path) -> None:
    file.write_bytes(bytes(16))
    message = "--raw is binary128: must be a format whose values float64 holds"
    assert message in nfmt.refused("quantize --raw binary128", file)


def test_nan_may_become_a_code(nfmt: Nfmt, file: Path) -> None:
    np.save(file, np.array([1, np.nan], np.float32))
    out = file.with_name("out.npz")
    printed(nfmt, "--nan -7", file, "-o", out)
    with np.load(out) as written:
        assert written["codes"].tolist() == [127, -7]


def test_bad_files(nfmt: Nfmt, tmp_path: Path) -> None:
    bad = tmp_path / "bad.npy"
    for content in (b"", b"nothing", b"\x93NUMPY\x01\x00", b"PK\x03\x04 no archive"):
        bad.write_bytes(content)
        assert f"{bad} is no .npy or .npz file" in nfmt.refused("quantize", bad)
    np.save(bad, np.array([{}], object), allow_pickle=True)
    refused = nfmt.refused("quantize", bad)
    assert f"{bad} is no .npy or .npz file" in refused
    assert "allow_pickle" not in refused
    np.save(bad, np.array([1j]))
    assert "complex128" in nfmt.refused("quantize", bad)
    archive = tmp_path / "two.npz"
    np.savez(archive, a=X)
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    archive.write_bytes(damaged)
    assert f"{archive} is no .npy or .npz file" in nfmt.refused("quantize", archive)
    np.savez(archive, a=X, b=X)
    assert "holds a, b: --name says which to take" in nfmt.refused("quantize", archive)
    assert "--name is c" in nfmt.refused("quantize --name c", archive)
    assert "No such file" in nfmt.refused("quantize", tmp_path / "none.npy")
    np.save(bad, np.array([1, np.nan], np.float32))
    assert "NaN" in nfmt.refused("quantize --scale-to e4m3fn", bad)
