# SPDX-License-Identifier: BSD-3-Clause
"""Containers: bit placement against plain integer arithmetic, padding rules, NaN boxing, vectors in containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numfmt as nf
from numfmt.__main__ import main
from numfmt.containers import CONTAINERS

FITS = {
    "tf32_b32": "tf32",
    "ue4m3_b8": "ue4m3",
    "fp6_b8": "e3m2",
    "e2m1_ptx": "e2m1",
    "e2m1x2": "e2m1",
    "riscv_boxed32": "binary16",
    "riscv_boxed64": "binary32",
}


def test_every_preset_is_covered() -> None:
    assert set(FITS) == set(CONTAINERS)


@pytest.mark.parametrize(
    ("name", "code", "word"),
    [
        ("tf32_b32", 0x1FC01, 0x3F802000),  # the top 19 bits: 1.0009765625 as binary32 has it
        ("ue4m3_b8", 0x7E, 0x7E),
        ("fp6_b8", 0x3F, 0x3F),
        ("e2m1_ptx", 0xF, 0x3C),
        ("riscv_boxed32", 0x3C00, 0xFFFF3C00),
        ("riscv_boxed64", 0x3F800000, 0xFFFFFFFF3F800000),
    ],
)
def test_places(name: str, code: int, word: int) -> None:
    held = nf.container(name)
    assert held.pack(code, FITS[name]) == word
    assert held.unpack(word, FITS[name]) == code


def test_two_in_a_byte() -> None:
    """The first code lies in the low nibble."""
    held = nf.container("e2m1x2")
    assert held.pack([[1, 2, 3, 4]], "e2m1").tolist() == [[0x21, 0x43]]
    assert held.unpack(np.array([[0x21, 0x43]], np.uint8), "e2m1").tolist() == [[1, 2, 3, 4]]
    with pytest.raises(nf.ContainerError, match="no multiple of 2"):
        held.pack([1, 2, 3], "e2m1")


@given(
    bits=st.integers(1, 64),
    lsb=st.integers(0, 63),
    elements=st.integers(1, 8),
    fill=st.sampled_from(["zero", "ones", "ignore"]),
    name=st.sampled_from(["e2m1", "e2m3", "e4m3fn", "binary16", "tf32", "binary64"]),
    data=st.data(),
)
def test_any_container(bits: int, lsb: int, elements: int, fill: Any, name: str, data: st.DataObject) -> None:
    fmt = nf.format(name)
    held = nf.Container(bits=bits, lsb=lsb, fill=fill, elements=elements)
    used = ((1 << fmt.width * elements) - 1) << lsb
    if used >> bits:
        with pytest.raises(nf.ContainerError, match="do not fit"):
            held.pack([0] * elements, fmt)
        return
    codes = data.draw(st.lists(st.integers(0, fmt.codes[-1]), min_size=elements, max_size=elements))
    word = sum(code << (lsb + i * fmt.width) for i, code in enumerate(codes))
    others = ((1 << bits) - 1) & ~used
    packed = held.pack(codes, fmt)
    assert packed.dtype == held.dtype
    assert packed.tolist() == [word | (others if fill == "ones" else 0)]
    assert held.unpack(packed, fmt).tolist() == codes
    assert nf.container(str(held)) == held
    if others:
        flipped = int(packed[0]) ^ (others & -others)
        if fill == "ignore":
            assert held.unpack([flipped], fmt).tolist() == codes
        else:
            with pytest.raises(nf.ContainerError, match=f"must be {fill}"):
                held.unpack([flipped], fmt)


def test_bad_box_is_the_canonical_nan() -> None:
    held = nf.container("riscv_boxed64")
    words = [0xFFFFFFFF_3F800000, 0xFFFFFFFE_3F800000, 0x3F800000, 2**64 - 1]
    assert held.unpack(words, "binary32").tolist() == [0x3F800000, 0x7FC00000, 0x7FC00000, 0xFFFFFFFF]
    with pytest.raises(nf.ContainerError, match="has no NaN"):
        held.unpack(words, "e2m1")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"bits": 0}, "bits is 0"),
        ({"bits": 65}, "bits is 65"),
        ({"bits": 8, "lsb": -1}, "lsb is -1"),
        ({"bits": 8, "fill": "one"}, "fill is 'one'"),
        ({"bits": 8, "elements": 0}, "elements is 0"),
        ({"bits": 8, "bad": "inf"}, "bad is 'inf'"),
    ],
)
def test_refused(fields: Any, message: str) -> None:
    with pytest.raises(nf.ContainerError, match=message):
        nf.Container(**fields)


@pytest.mark.parametrize("text", ["", "b32", "bits=x", "bits=8/size=3", "lsb=3"])
def test_unknown_container(text: str) -> None:
    with pytest.raises(nf.ContainerError, match=r"must be one of tf32_b32, .*or such as bits=32"):
        nf.container(text)


@pytest.mark.parametrize("words", [[1.5], [True], [256], [-1], "12", np.array([1.0])])
def test_words_are_integers(words: Any) -> None:
    with pytest.raises(nf.ContainerError, match=r"must be integers 0 to 0xff"):
        nf.container("ue4m3_b8").unpack(words, "ue4m3")


@pytest.mark.parametrize(
    ("source", "destination"),
    [("tf32@tf32_b32", "bfloat16"), ("binary16", "e2m1@e2m1_ptx"), ("binary32", "tf32@tf32_b32"),
     ("binary16@riscv_boxed32", "ue4m3@ue4m3_b8"), ("e5m2@bits=16/lsb=8/fill=ignore", "binary16@riscv_boxed64")],
)  # fmt: skip
def test_vectors_in_containers(
    source: str, destination: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], tier: str
) -> None:
    """What gen writes, check accepts; words, not codes, stand in the lines."""
    path = tmp_path / "vectors.tf"
    limit = ["-n", "10000"] if tier == "quick" else []
    assert main(["gen", "convert", source, "--to", destination, "-o", str(path), *limit]) == 0
    header, _, *lines = path.read_text(encoding="ascii").splitlines()
    assert f"convert {nf.format(source.partition('@')[0])}" in header
    src, dst = ((nf.format(text.partition("@")[0]), text.partition("@")[2]) for text in (source, destination))
    for line in lines[:: max(1, len(lines) // 50)]:
        operand, result, flags = (int(word, 16) for word in line.split())
        code = nf.container(src[1]).unpack(operand, src[0]) if src[1] else operand
        wanted, bits = nf.convert(int(code), src[0], dst[0], flags="any")
        assert (nf.container(dst[1]).pack(int(wanted), dst[0]) if dst[1] else wanted) == result
        assert bits == flags
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out.endswith(" 0 wrong\n")


def test_ignored_bits_of_a_result_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "dut.txt"
    path.write_text("3F800001 3F800FFF 01\n3F800000 3F801FFF 00\n", encoding="ascii")
    assert main(["check", "convert", "binary32", "--to", "tf32@tf32_b32", str(path)]) == 0
    path.write_text("3F800001 3F802FFF 01\n", encoding="ascii")
    assert main(["check", "convert", "binary32", "--to", "tf32@tf32_b32", str(path)]) == 1


@pytest.mark.parametrize("place", ["e2m1@e2m1x2", "binary32@ue4m3_b8", "e2m1@nowhere"])
def test_bad_place(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gen", "convert", "binary32", "--to", place, "-n", "1"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
