# SPDX-License-Identifier: BSD-3-Clause
"""Peers' casts: equal to the installed release in every bit, and as the table of known differences says."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import casts
import numpy as np
import pytest

import numfmt as nf

#: The releases that the casts were measured on, and that pyproject.toml pins.
VERSIONS = {"ml_dtypes": "0.6.0", "torch": "2.13.0", "numpy": "2.4.6", "onnx": "1.23.2"}
INF, NAN = float("inf"), float("nan")


@pytest.fixture
def count(tier: str) -> int:
    """Operands of 32 and 64 bits per pair of formats."""
    return 20_000 if tier == "quick" else 1_000_000


def ours(operands: Any, source: str, fmt: str, compat: Any) -> Any:
    env = nf.Env(compat=compat)
    if source in casts.INTEGERS:
        return nf.encode(operands, fmt, env=env)
    return nf.convert(operands, source, fmt, env=env)


def assert_equal(operands: Any, source: str, fmt: str, compat: Any, theirs: Any) -> None:
    """``theirs`` are codes, or None: the peer has no such cast."""
    if theirs is None:
        with pytest.raises(ValueError, match=rf"{compat} \(env\.compat\) does not cast"):
            ours(operands, source, fmt, compat)
        return
    mine = ours(operands, source, fmt, compat)
    assert theirs.dtype == mine.dtype
    differ = np.flatnonzero(mine != theirs)
    if differ.size:
        at = differ[0]
        pytest.fail(
            f"{differ.size} of {mine.size} differ, first: {source} {operands[at]:#x} to {fmt}: "
            f"{compat} makes {theirs[at]:#x}, Env(compat={compat!r}) {mine[at]:#x}"
        )


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("fmt", casts.ML_DTYPES)
def test_ml_dtypes(fmt: str, count: int) -> None:
    import ml_dtypes

    assert ml_dtypes.__version__ == VERSIONS["ml_dtypes"]
    for source in casts.ML_DTYPES + casts.INTEGERS:
        operands = casts.operands(source, fmt, count)
        theirs = None
        try:
            theirs = casts.astype(casts.values(operands, source), fmt)
        except TypeError:
            assert "float8_e8m0fnu" in (source, fmt)
        assert_equal(operands, source, fmt, "ml_dtypes", theirs)


@pytest.mark.peer("ml_dtypes")
@pytest.mark.parametrize("fmt", casts.NUMPY)
def test_numpy(fmt: str, count: int) -> None:
    assert np.__version__ == VERSIONS["numpy"]
    for source in casts.NUMPY + casts.INTEGERS:
        operands = casts.operands(source, fmt, count)
        theirs = casts.astype(casts.values(operands, source), fmt)
        assert_equal(operands, source, fmt, "numpy", theirs)


@pytest.mark.peer("ml_dtypes")
@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="longdouble is not x87's")
@pytest.mark.parametrize("compat", ["numpy", "ml_dtypes"])
def test_longdouble(compat: Any, count: int) -> None:
    """Into 16 bits and less they go through float32, numpy too."""
    for fmt in casts.NUMPY if compat == "numpy" else casts.ML_DTYPES:
        with np.errstate(all="ignore"):
            near = casts.operands("binary64", fmt, count // 8).view(np.float64).astype(np.longdouble)
            x = near * (1 + np.ldexp(np.longdouble(1), -np.arange(near.size) % 64 - 1))
        assert (nf.encode(x, fmt, env=nf.Env(compat=compat)) == casts.astype(x, fmt)).all()


@cache
def cast_of_onnx(source: str, fmt: str, saturate: int) -> Any:
    """A ReferenceEvaluator of one Cast."""
    from onnx import helper
    from onnx.reference import ReferenceEvaluator

    def element(name: str) -> int:
        return int(helper.np_dtype_to_tensor_dtype(casts.dtype(name)))

    node = helper.make_node("Cast", ["x"], ["y"], to=element(fmt), saturate=saturate)
    x, y = (helper.make_tensor_value_info(*pair, [None]) for pair in (("x", element(source)), ("y", element(fmt))))
    graph = helper.make_graph([node], "cast", [x], [y])
    return ReferenceEvaluator(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 28)]))


@pytest.mark.peer("onnx")
@pytest.mark.parametrize("compat", ["onnx", "onnx_nosat"])
@pytest.mark.parametrize("fmt", casts.ONNX)
def test_onnx(fmt: str, compat: Any, count: int) -> None:
    import onnx

    assert onnx.__version__ == VERSIONS["onnx"]
    for source in casts.ONNX + casts.INTEGERS:
        operands = casts.operands(source, fmt, count)
        cast = cast_of_onnx(source, fmt, int(compat == "onnx"))
        theirs = None
        try:
            with np.errstate(all="ignore"):
                theirs = np.asarray(cast.run(None, {"x": casts.values(operands, source)})[0])
                theirs = theirs.view(nf.format(fmt).dtype)
        except TypeError:
            assert source == "float8_e8m0fnu"
        assert_equal(operands, source, fmt, compat, theirs)


def run_torch(folder: Path, isa: str | None) -> list[str]:
    """Runs torch_casts.py over a folder; the version and the capability that it reports."""
    environment = {name: value for name, value in os.environ.items() if name != "ATEN_CPU_CAPABILITY"}
    if isa is not None:
        environment["ATEN_CPU_CAPABILITY"] = isa
    program = Path(__file__).parent / "torch_casts.py"
    command = [sys.executable, str(program), str(folder)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


@cache
def torch_here() -> str:
    """The capability that torch picks on this machine."""
    with tempfile.TemporaryDirectory() as empty:
        return run_torch(Path(empty), None)[1]


@pytest.mark.peer("torch")
@pytest.mark.parametrize(
    ("isa", "compat"),
    [("default", "torch"), *(pytest.param(isa, "torch_avx2", marks=pytest.mark.full) for isa in ("avx2", "avx512"))],
)
def test_torch(isa: str, compat: Any, count: int, tmp_path: Path) -> None:
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("the preset says what torch does on x86-64")
    if isa != "default":
        best = torch_here()
        if ("default", "avx2", "avx512").index(isa) > ("DEFAULT", "AVX2", "AVX512").index(best):
            pytest.skip(f"this machine has no {isa}: torch runs its {best} code here")
    pairs = [(source, fmt) for fmt in casts.TORCH for source in casts.TORCH + casts.INTEGERS]
    for source, fmt in pairs:
        np.save(tmp_path / f"{source}.{fmt}.npy", casts.operands(source, fmt, count))
    assert run_torch(tmp_path, isa) == [VERSIONS["torch"], isa.upper()]
    for source, fmt in pairs:
        operands, theirs = (np.load(tmp_path / f"{source}.{fmt}{suffix}.npy") for suffix in ("", ".out"))
        assert_equal(operands, source, fmt, compat, theirs)


@pytest.mark.parametrize(
    ("x", "source", "fmt", "codes"),
    [
        (0x5F41, "binary16", "e4m3fn", {"ml_dtypes": 0x7F, "torch": 0x7E, "onnx": 0x7E, "onnx_nosat": 0x7F}),
        (0xDF41, "binary16", "e4m3fn", {"ml_dtypes": 0xFF, "torch": 0xFE, "onnx": 0xFE, "onnx_nosat": 0xFF}),
        (INF, "binary32", "e4m3fn", {"ml_dtypes": 0x7F, "torch": 0x7E, "onnx": 0x7E, "onnx_nosat": 0x7F}),
        (464.0, "binary32", "e4m3fn", {"ml_dtypes": 0x7E, "torch": 0x7E, "onnx": 0x7E, "onnx_nosat": 0x7E}),
        (61440.0, "binary32", "e5m2", {"ml_dtypes": 0x7C, "torch": 0x7C, "onnx": 0x7B, "onnx_nosat": 0x7C}),
        (INF, "binary32", "e5m2", {"ml_dtypes": 0x7C, "torch": 0x7C, "onnx": 0x7B, "onnx_nosat": 0x7C}),
        (0xFFC00000, "binary32", "e5m2", {"ml_dtypes": 0xFE, "torch": 0xFF, "onnx": 0xFE}),
        (248.0, "binary32", "e4m3fnuz", {"ml_dtypes": 0x80, "torch": 0x80, "onnx": 0x7F}),
        (-(2.0**-12), "binary32", "e4m3fnuz", {"ml_dtypes": 0x00, "torch": 0x00, "onnx": 0x00}),
        (0xFFC00000, "binary32", "bfloat16", {"ml_dtypes": 0xFFC0, "torch": 0x7FC0, "torch_avx2": 0xFFFF}),
        (0xFE00, "binary16", "bfloat16", {"ml_dtypes": 0xFFC0, "torch": 0x7FC0, "torch_avx2": 0x7FC0}),
        (0x7F800001, "binary32", "binary16", {"numpy": 0x7C01, "ml_dtypes": 0x7C01, "torch": 0x7E00}),
        (0x7F81, "bfloat16", "binary32", {"ml_dtypes": 0x7F810000, "torch": 0x7F810000}),
        (0x7C01, "binary16", "binary32", {"numpy": 0x7F802000, "torch": 0x7FC02000}),
        (NAN, "binary32", "e2m3", {"ml_dtypes": 0x20, "onnx": 0x20}),
        (0xFFC00000, "binary32", "e2m1", {"ml_dtypes": 0x0, "onnx": 0x0}),
        (3.0, "binary32", "e8m0", {"ml_dtypes": 0x81, "torch": 0x81, "onnx": 0x81}),
        (2.5, "binary32", "e8m0", {"ml_dtypes": 0x80, "torch": 0x80, "onnx": 0x81}),
        (0.0, "binary32", "e8m0", {"ml_dtypes": 0xFF, "torch": 0x00, "onnx": 0x00}),
        (-1.0, "binary32", "e8m0", {"ml_dtypes": 0xFF, "torch": 0x7F, "onnx": 0x7F}),
        (2.0**-128, "binary32", "e8m0", {"ml_dtypes": 0x00, "torch": 0x00, "onnx": 0x01}),
        (2.0**-127, "binary32", "e8m0", {"ml_dtypes": 0x00, "torch": 0x00, "onnx": 0x01}),
        (0x400001, "binary32", "e8m0", {"ml_dtypes": 0x01, "torch": 0x01, "onnx": 0x01}),
        (1.5 * 2.0**127, "binary32", "e8m0", {"ml_dtypes": 0xFF, "torch": 0xFF, "onnx": 0xFE, "onnx_nosat": 0xFF}),
        (INF, "binary32", "e8m0", {"ml_dtypes": 0xFF, "torch": 0xFF, "onnx": 0xFF}),
        (5e-324, "binary64", "e8m0", {"ml_dtypes": 0xFF, "torch": 0x00, "onnx": 0x00}),
        (0, "e8m0", "e8m0", {"ml_dtypes": 0x00, "torch": 0x00, "onnx": 0x01}),
        (0x7D, "e5m2", "e5m2", {"ml_dtypes": 0x7D, "torch": 0x7D, "onnx": 0x7E, "onnx_nosat": 0x7D}),
        (0xFF, "e4m3fn", "binary32", {"ml_dtypes": 0xFFC00000, "torch": 0xFFF00000}),
        (0x80, "e4m3fnuz", "binary32", {"ml_dtypes": 0xFFC00000, "torch": 0x7F800001}),
        (0xFF, "e8m0", "binary32", {"ml_dtypes": 0x7FC00000, "torch": 0x7F800001}),
        (0x7D, "e5m2", "binary16", {"ml_dtypes": 0x7E00, "torch": 0x7E00, "torch_avx2": 0x7F00}),
        (float.fromhex("0x1.1000000001100p0"), "binary64", "e4m3fn", {"ml_dtypes": 0x38, "torch": 0x38, "onnx": 0x38}),
        (float.fromhex("0x1.0100000001p0"), "binary64", "bfloat16", {"ml_dtypes": 0x3F80, "torch": 0x3F80}),
        (float.fromhex("0x1.0020000001p0"), "binary64", "binary16", {"numpy": 0x3C01, "torch": 0x3C00}),
    ],
)  # fmt: skip
def test_known_differences(x: float, source: str, fmt: str, codes: dict[Any, int]) -> None:
    """The table of observed differences that the casts started from, without any peer installed."""
    operand = np.array([x if isinstance(x, int) else nf.encode(x, source)], nf.format(source).dtype)
    got = {compat: int(nf.convert(operand, source, fmt, env=nf.Env(compat=compat))[0]) for compat in codes}
    assert got == codes


def test_integers_go_through_float32() -> None:
    """2^24 + 2^16 + 1 and 2^40 + 2^32 + 1 lie above ties of bfloat16, and on them after float32."""
    x = np.array([2**24 + 2**16 + 1, 2**40 + 2**32 + 1])
    assert nf.encode(x, "bfloat16").tolist() == [0x4B81, 0x5381]
    for env in (nf.Env.ml_dtypes(), nf.Env.torch(), nf.Env.onnx()):
        assert nf.encode(x, "bfloat16", env=env).tolist() == [0x4B80, 0x5380]


@pytest.mark.parametrize("fmt", [fmt for fmt in casts.ML_DTYPES if fmt != "float8_e8m0fnu"])
def test_flags_are_those_of_the_steps(fmt: str) -> None:
    """For finite operands that do not overflow: of the conversion to float32, if there is one, and of the last."""
    operands = casts.operands("binary64", fmt, 20_000)
    codes, source, wanted, plain = operands, "binary64", np.zeros(operands.shape, np.uint8), nf.Env(overflow="ieee")
    for step in [fmt] if fmt in casts.NUMPY else ["binary32", fmt]:
        codes, flags = nf.convert(codes, source, step, env=plain, flags=True)
        wanted |= flags
        source = step
    got = nf.convert(operands, "binary64", fmt, env=nf.Env.ml_dtypes(), flags=True)
    ordinary = np.isfinite(operands.view(np.float64)) & ((wanted & (nf.Flags.OVERFLOW | nf.Flags.INVALID)) == 0)
    assert ordinary.sum() > 5_000
    assert (got[0] == codes)[ordinary].all() and (got[1] == wanted)[ordinary].all()


def test_flags_of_e8m0() -> None:
    """Code 0 is a zero for the rounding: whatever it catches is inexact and underflows, 2^-127 too."""
    x = np.array([2.0**-127, 2.0**-130, 1.25 * 2.0**-127, 2.0, 3.0, 0.0, -1.0, 1.5 * 2.0**127])
    codes, flags = nf.encode(x, "e8m0", env=nf.Env.ml_dtypes(), flags=True)
    assert [f"{code:02x} {nf.Flags(int(bits))}" for code, bits in zip(codes, flags, strict=True)] == [
        "00 inexact|underflow", "00 inexact|underflow", "01 inexact|underflow", "80 none",
        "81 inexact", "ff invalid", "ff invalid", "ff inexact|overflow",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("compat", "source", "fmt"),
    [
        ("numpy", "binary32", "bfloat16"),
        ("numpy", "bfloat16", "binary32"),
        ("torch", "binary32", "e2m1"),
        ("torch", "e3m4", "binary32"),
        ("onnx", "binary32", "e4m3_ieee"),
        ("ml_dtypes", "binary32", "binary8p4se"),
        ("ml_dtypes", "tf32", "binary32"),
        ("ml_dtypes", "e8m0", "e4m3fn"),
        ("ml_dtypes", "e2m1", "e8m0"),
    ],
)
def test_no_such_cast(compat: Any, source: str, fmt: str) -> None:
    names = (str(nf.format(name)) for name in (source, fmt))
    with pytest.raises(ValueError, match=rf"^codes: {compat} \(env\.compat\) does not cast {' to '.join(names)}$"):
        nf.convert([0], source, fmt, env=nf.Env(compat=compat))


@pytest.mark.parametrize("x", ["1.5", ["1.5", 2], [1, 2.0], 2**64])
def test_text_and_the_like_are_nobodys_operands(x: Any) -> None:
    with pytest.raises(ValueError, match=r"^x: torch \(env\.compat\) does not cast text, Fractions or mixed lists to"):
        nf.encode(x, "e4m3fn", env=nf.Env.torch())


def test_formats_are_known_by_their_parameters() -> None:
    fn = nf.Format(width=8, precision=4, bias=7, has_inf=False, n_high_nans=1, has_quiet_bit=False)
    assert fn.name is None
    assert nf.encode(np.float32(1e9), fn, env=nf.Env.torch()) == 0x7E
    assert nf.encode(np.float32(1e9), fn, env=nf.Env.ml_dtypes()) == 0x7F


def test_codes_above_the_width_are_refused_in_copies_too() -> None:
    codes = np.array([1, 0x40], np.uint8)
    with pytest.raises(ValueError, match="element 1"):
        nf.convert(codes, "e2m3", "e2m3", env=nf.Env.ml_dtypes())


@pytest.mark.parametrize("compat", ["jax", "TORCH", "none", 1], ids=repr)
def test_bad_name(compat: Any) -> None:
    with pytest.raises(ValueError, match=r"^compat is .*: must be one of ml_dtypes, torch, .* or None$"):
        nf.Env(compat=compat)


@pytest.mark.parametrize(("field", "value"), [("rounding", "toward_zero"), ("overflow", "ieee"), ("daz", True)])
def test_compat_stands_alone(field: str, value: Any) -> None:
    fields: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match=rf"^compat is 'torch', which decides everything: leave out {field}$"):
        nf.Env(compat="torch", **fields)
