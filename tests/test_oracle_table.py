# SPDX-License-Identifier: BSD-3-Clause
"""Tests of the value-table oracle itself: hand-computed facts and brute force.

Flags are written as numbers: inexact 1, underflow 2, overflow 4, divide-by-zero 8, invalid 16 (SEMANTICS 4).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from oracle_table import NaNRaised, Source, Table
from specs import BY_NAME, SPECS, Fmt, p3109, p3109_formats

INF, NAN = float("inf"), float("nan")


@dataclass(frozen=True, kw_only=True)
class Env:
    """The defaults of SEMANTICS 8."""

    rounding: str = "ties_even"
    overflow: str | None = None
    tininess: str = "after"
    nan: str = "canonical"
    nan_substitute: str = "max"
    ftz: str = "off"
    daz: bool | Collection[str] = False
    flush_except_width: int | None = None
    random_bits_count: int = 0


def fmt_of(name: str | Fmt) -> Fmt:
    return BY_NAME[name].params if isinstance(name, str) else name


def run(source: Source, to: str | Fmt, random_bits: int | None = None, **env: Any) -> tuple[int, int]:
    table = Table(fmt_of(to))
    bits = None if random_bits is None else np.full(source.kind.shape, random_bits)
    codes, flags = table.outcome(table.bracket(source), Env(**env), bits)
    return int(codes[0]), int(flags[0])


def encode(value: float, to: str | Fmt, random_bits: int | None = None, **env: Any) -> tuple[int, int]:
    return run(Source.from_values([value]), to, random_bits, **env)


def convert(code: int, origin: str | Fmt, to: str | Fmt, **env: Any) -> tuple[int, int]:
    return run(Source.from_codes(fmt_of(origin), [code]), to, **env)


@pytest.mark.parametrize(
    ("value", "overflow", "want"),
    [
        (464.0, None, (0x7E, 1)),
        (464.0, "ieee", (0x7E, 1)),
        (464.0, "infinity", (0x7E, 1)),
        (464.25, None, (0x7E, 5)),
        (464.25, "ieee", (0x7F, 5)),
        (-464.25, "ieee", (0x7F, 5)),
        (464.25, "infinity", (0x7F, 5)),
        (464.25, "propagate", (0x7E, 5)),
        (-464.25, "sat_none", (0xFE, 5)),
        (INF, None, (0x7E, 5)),
        (-INF, "saturate", (0xFE, 5)),
        (INF, "ieee", (0x7F, 16)),
        (-INF, "infinity", (0x7F, 16)),
        (INF, "propagate", (0x7E, 5)),
        (-INF, "sat_none", (0xFE, 5)),
        (-0.0, None, (0x80, 0)),
        (448.0, None, (0x7E, 0)),
    ],
)
def test_e4m3fn_overflow(value: float, overflow: str | None, want: tuple[int, int]) -> None:
    assert encode(value, "e4m3fn", overflow=overflow) == want


@pytest.mark.parametrize(
    ("value", "to", "rounding", "overflow", "want"),
    [
        (470.0, "e4m3fn", "toward_zero", "ieee", (0x7E, 1)),
        (480.0, "e4m3fn", "toward_zero", "ieee", (0x7E, 5)),
        (470.0, "e4m3fn", "toward_positive", "ieee", (0x7F, 5)),
        (-470.0, "e4m3fn", "toward_positive", "ieee", (0xFE, 1)),
        (480.0, "e4m3fn", "toward_zero", "infinity", (0x7F, 5)),
        (449.0, "e4m3fn", "to_odd", "ieee", (0x7E, 5)),
        (61440.0, "e5m2", "ties_even", None, (0x7C, 5)),
        (61439.0, "e5m2", "ties_even", None, (0x7B, 1)),
        (-61440.0, "e5m2", "ties_even", "saturate", (0xFB, 5)),
        (-INF, "e5m2", "ties_even", "propagate", (0xFC, 0)),
        (INF, "e5m2", "ties_even", "saturate", (0x7B, 5)),
        (60000.0, "e5m2", "to_odd", "ieee", (0x7B, 1)),
        (65536.0, "e5m2", "to_odd", "ieee", (0x7B, 5)),
        (65536.0, "e5m2", "to_odd", "sat_none", (0x7C, 5)),
        (65536.0, "e5m2", "to_odd", "infinity", (0x7C, 5)),
        (65536.0, "e5m2", "toward_negative", "sat_none", (0x7B, 5)),
        (-65536.0, "e5m2", "toward_negative", "sat_none", (0xFC, 5)),
        (248.0, "e4m3_ieee", "ties_even", None, (0x78, 5)),
        (15.75, "e3m4", "ties_even", None, (0x70, 5)),
        (65520.0, "fp16", "ties_even", None, (0x7C00, 5)),
        (float.fromhex("0x1.ffp127"), "bf16", "ties_even", None, (0x7F80, 5)),
        (247.99, "e4m3fnuz", "ties_even", "ieee", (0x7F, 1)),
        (248.0, "e4m3fnuz", "ties_even", "ieee", (0x80, 5)),
        (248.0, "e4m3fnuz", "ties_even", None, (0x7F, 5)),
        (INF, "e4m3fnuz", "ties_even", "ieee", (0x80, 16)),
        (-0.0, "e4m3fnuz", "ties_even", None, (0, 0)),
        (-(2.0**-12), "e4m3fnuz", "ties_even", None, (0, 3)),
        (7.0, "e2m1", "ties_even", "ieee", (7, 5)),
        (5.0, "e2m1", "ties_even", None, (6, 1)),
        (-INF, "e2m1", "ties_even", "ieee", (0xF, 5)),
        (INF, "e2m1", "ties_even", "infinity", (7, 5)),
        (131072.0, "arm_ahp16", "ties_even", "ieee", (0x7FFF, 5)),
        (65536.0, "arm_ahp16", "ties_even", None, (0x7C00, 0)),
    ],
)
def test_overflow_rows(value: float, to: str, rounding: str, overflow: str | None, want: tuple[int, int]) -> None:
    """facts/formats.md sections 3 (rows 3, 4, 10, 21, 22) and 5.2; SEMANTICS 3."""
    assert encode(value, to, rounding=rounding, overflow=overflow) == want


@pytest.mark.parametrize(
    ("text", "to", "want"),
    [
        ("0x1.1000000001100p0", "e4m3fn", 0x39),
        ("0x1.0100000001p0", "bf16", 0x3F81),
        ("0x1.0020000001p0", "fp16", 0x3C01),
    ],
)
def test_one_rounding(text: str, to: str, want: int) -> None:
    """facts/formats.md section 3, rows 17 to 19."""
    assert encode(float.fromhex(text), to) == (want, 1)


@pytest.mark.parametrize(
    ("value", "env", "want"),
    [
        (3.0, {}, (0x80, 1)),
        (3.0, {"rounding": "ties_away"}, (0x81, 1)),
        (1.5, {}, (0x80, 1)),
        (1.25, {"rounding": "to_odd"}, (0x7F, 1)),
        (2.5, {"rounding": "to_odd"}, (0x81, 1)),
        (2.0**-128, {}, (0x00, 3)),
        (2.0**-1000, {"rounding": "toward_zero", "overflow": "ieee"}, (0x00, 3)),
        (1.5 * 2.0**-128, {}, (0x00, 1)),
        (1.5 * 2.0**-128, {"tininess": "before"}, (0x00, 3)),
        (1.25 * 2.0**-128, {}, (0x00, 3)),
        (1.25 * 2.0**-128, {"rounding": "toward_positive"}, (0x00, 1)),
        (1.5 * 2.0**127, {"overflow": "ieee"}, (0xFE, 1)),
        (1.75 * 2.0**127, {}, (0xFE, 5)),
        (1.75 * 2.0**127, {"overflow": "ieee"}, (0xFF, 5)),
        (INF, {}, (0xFE, 5)),
        (INF, {"overflow": "ieee"}, (0xFF, 16)),
        (0.0, {}, (0x00, 3)),
        (-0.0, {"overflow": "propagate"}, (0x00, 3)),
        (0.0, {"overflow": "ieee"}, (0xFF, 16)),
        (0.0, {"overflow": "sat_none", "rounding": "toward_positive"}, (0xFF, 16)),
        (-1.0, {}, (0x00, 16)),
        (-(2.0**-200), {"overflow": "ieee", "rounding": "toward_zero"}, (0xFF, 16)),
        (-(2.0**-200), {"overflow": "sat_none", "rounding": "toward_zero"}, (0x00, 16)),
        (-INF, {}, (0x00, 16)),
        (-INF, {"overflow": "sat_none"}, (0xFF, 16)),
        (NAN, {}, (0xFF, 0)),
    ],
)
def test_e8m0(value: float, env: dict[str, Any], want: tuple[int, int]) -> None:
    """No zero, no sign, precision 1 (SEMANTICS 2, 3, 4; facts/formats.md section 3, rows 11, 12, 14, 16)."""
    assert encode(value, "e8m0", **env) == want


@pytest.mark.parametrize(
    ("to", "precision", "smallest", "code"),
    [
        ("fp16", 11, 2.0**-14, 0x0400),
        ("e4m3fn", 4, 2.0**-6, 0x08),
        ("bf16", 8, 2.0**-126, 0x0080),
        ("e4m3fnuz", 4, 2.0**-7, 0x08),
    ],
)
def test_tininess(to: str, precision: int, smallest: float, code: int) -> None:
    """IEEE 754-2019 7.5 by the two vectors of facts/formats.md 2.5, scaled to the format."""
    rounds_up, exact_at_p = smallest * (1 - 2.0 ** -(precision + 1)), smallest * (1 - 2.0**-precision)
    assert encode(rounds_up, to) == (code, 1)
    assert encode(rounds_up, to, tininess="before") == (code, 3)
    assert encode(exact_at_p, to) == encode(exact_at_p, to, tininess="before") == (code, 3)
    assert encode(rounds_up, to, ftz="x86") == (code, 1)
    assert encode(rounds_up, to, ftz="x86", tininess="before") == (code, 3)
    assert encode(rounds_up, to, ftz="arm") == (0, 2)
    assert encode(rounds_up, to, rounding="toward_zero", ftz="x86") == (0, 3)


def test_flushing() -> None:
    """SEMANTICS 6."""
    assert convert(0x8001, "fp32", "fp16") == (0x0000, 3)
    assert encode(-(2.0**-24), "fp16", ftz="x86", rounding="toward_negative") == (0x8000, 3)
    assert encode(-(2.0**-24), "fp16", ftz="arm") == (0x8000, 2)
    assert encode(2.0**-24, "fp16", ftz="arm", flush_except_width=16) == (0x0001, 0)
    assert encode(-(2.0**-10), "e4m3fnuz", ftz="x86") == (0x00, 3)
    assert encode(-(2.0**-9), "ue4m3") == (0x00, 16)
    assert encode(-(2.0**-9), "ue4m3", ftz="arm", overflow="ieee") == (0x00, 2)
    assert convert(0x8001, "fp16", "bf16", daz=True) == (0x8000, 0)
    assert convert(0x0001, "fp16", "bf16", daz={"b"}) == (0x3380, 0)
    assert convert(0x0001, "fp16", "bf16", daz=["a"], flush_except_width=16) == (0x3380, 0)
    assert convert(0x81, "e4m3fnuz", "fp16", daz=True) == (0x0000, 0)
    assert convert(0x01, "e4m3fn", "e8m0", daz=True) == (0x00, 3)
    with pytest.raises(ValueError, match="zero"):
        encode(1.0, "e8m0", ftz="x86")


def test_dlfloat16_gap() -> None:
    """Between 0 and 513 * 2^-40 by exact distance (SEMANTICS 2); smallest normal is the smallest positive (4)."""
    smallest = 513 * 2.0**-40
    assert encode(smallest, "dlfloat16", tininess="before") == (0x0001, 0)
    assert encode(smallest / 2, "dlfloat16") == (0x0000, 3)
    assert encode(-smallest / 2, "dlfloat16", rounding="ties_away") == (0x8001, 3)
    assert encode(np.nextafter(smallest / 2, 1.0), "dlfloat16") == (0x0001, 3)
    assert encode(2.0**-50, "dlfloat16", rounding="to_odd") == (0x0001, 3)
    assert encode(-(2.0**-50), "dlfloat16", rounding="toward_negative") == (0x8001, 3)
    assert encode(-(2.0**-50), "dlfloat16", rounding="toward_positive") == (0x8000, 3)
    middle = 2.0**-31 * (1 + 2.0**-10)
    assert encode(middle, "dlfloat16") == (0x0001, 3)
    assert encode(middle, "dlfloat16", rounding="ties_away") == (0x0001, 1)
    assert encode(2045 * 2.0**22, "dlfloat16", overflow="ieee") == (0x7FFE, 1)
    assert encode(1023 * 2.0**23, "dlfloat16", overflow="ieee") == (0x7FFF, 5)
    assert encode(2.0**40, "dlfloat16") == (0x7FFE, 5)


def test_exponent_zero_means_zero() -> None:
    """`exp0` = "zero": field 0 decodes to +-0 and only fraction 0 is produced (SEMANTICS 1)."""
    fmt = Fmt(width=6, precision=3, bias=3, exp0="zero")
    assert Table(fmt).decode_values()[:5] == [0, 0, 0, 0, Fraction(1, 4)]
    assert Table(fmt).decode_values()[0x21] == "-0"
    no_minus = Table(replace(fmt, has_neg_zero=False)).decode_values()
    assert no_minus[0x20:0x22] == ["nan", 0]
    assert encode(0.125, fmt) == (0, 3)
    assert encode(-0.125, fmt, rounding="ties_away") == (0x24, 3)
    assert encode(0.2, fmt) == (4, 3)
    assert encode(0.01, fmt, rounding="to_odd") == (4, 3)
    assert encode(0.234375, fmt, rounding="ties_away") == (4, 1)
    assert convert(0x21, fmt, "fp16") == (0x8000, 0)


def test_maximum_below_the_smallest_normal() -> None:
    """Overflow excludes underflow; FTZ precedes both (SEMANTICS 4, 6)."""
    fmt = Fmt(width=4, precision=3, bias=0, n_high_nans=4)
    assert encode(1.5, fmt) == (3, 0)
    assert encode(1.75, fmt) == (3, 5)
    assert encode(1.75, fmt, overflow="ieee") == (7, 5)
    assert encode(1.75, fmt, ftz="x86") == (0, 3)


@pytest.mark.parametrize(
    ("value", "to", "env", "want"),
    [
        (3.0, (3, 1, True, False), {}, (3, 5)),
        (-0.25, (3, 1, False, True), {"rounding": "toward_zero"}, (0, 16)),
        (-INF, (3, 1, False, True), {}, (7, 16)),
        (-INF, (3, 1, False, True), {"overflow": "saturate"}, (0, 16)),
        (9.0, (3, 1, False, True), {"rounding": "to_odd"}, (5, 5)),
        (9.0, (3, 1, False, True), {}, (6, 5)),
        (9.0, (3, 1, True, True), {"rounding": "to_odd"}, (3, 5)),
        (-9.0, (3, 1, True, True), {}, (7, 5)),
        (INF, (3, 1, False, False), {}, (6, 5)),
        (INF, (3, 1, True, True), {"overflow": "propagate"}, (3, 0)),
        (-0.01, (3, 1, False, True), {"rounding": "to_odd"}, (7, 16)),
        (-0.01, (3, 1, False, True), {}, (0, 3)),
    ],
)
def test_p3109_sat_none(
    value: float, to: tuple[int, int, bool, bool], env: dict[str, Any], want: tuple[int, int]
) -> None:
    """P3109 v4.0 4.7.5 and the counterexamples of facts/formats.md section 3."""
    assert encode(value, p3109(*to), **{"overflow": "sat_none", **env}) == want


def test_unsigned_targets() -> None:
    """SEMANTICS 3: negatives that round to zero and -0 give +0; the others follow the policy."""
    assert encode(-0.0, "ue4m3") == (0, 0)
    assert encode(-(2.0**-11), "ue4m3", overflow="ieee") == (0, 3)
    assert encode(-(2.0**-11), "ue4m3", overflow="ieee", rounding="toward_negative") == (0x7F, 16)
    assert encode(-1e9, "ue4m3") == (0, 16)
    assert encode(-INF, "ue4m3", overflow="infinity") == (0x7F, 16)


@pytest.mark.parametrize(
    ("code", "origin", "to", "nan", "want"),
    [
        (0x7F800001, "fp32", "fp16", "canonical", (0x7E00, 16)),
        (0x7FFFFFFF, "fp32", "fp16", "canonical", (0x7E00, 0)),
        (0x7F800001, "fp32", "fp16", "x86_sse", (0x7E00, 16)),
        (0x7FFFFFFF, "fp32", "fp16", "arm", (0x7FFF, 0)),
        (0xFFC12345, "fp32", "bf16", "sf_arm", (0xFFC1, 0)),
        (0xFD00, "fp16", "bf16", "arm", (0xFFE0, 16)),
        (0x7F81, "bf16", "fp16", "x87", (0x7E08, 16)),
        (0x7F, "e4m3fn", "fp16", "x86_sse", (0xFE00, 0)),
        (0x7F, "e4m3fn", "fp16", "arm", (0x7E00, 0)),
        (0xFFFF, "fp16", "e4m3fn", "sf_8086", (0x7F, 0)),
        (0xFFFF, "fp16", "e4m3_ieee", "sf_8086_sse", (0xFF, 0)),
        (0xFC01, "fp16", "e4m3_ieee", "arm", (0xFC, 16)),
        (0x7D, "e5m2", "e5m2", "arm", (0x7F, 0)),
        (0xFC01, "fp16", "fp16", "arm_default_nan", (0x7E00, 16)),
        (0xFC01, "fp16", "fp16", "arm", (0xFE01, 16)),
        (0x7E00, "fp16", "e4m3fnuz", "x86_sse", (0x80, 0)),
    ],
)
def test_nan(code: int, origin: str, to: str, nan: str, want: tuple[int, int]) -> None:
    """SEMANTICS 5: canonical NaNs, quieting, payloads aligned at the quiet bit."""
    assert convert(code, origin, to, nan=nan) == want


def test_nan_of_float64() -> None:
    nan = np.array([0xFFF0_0400_0000_0001], dtype=np.uint64).view(np.float64)
    assert run(Source.from_values(nan), "fp16", nan="arm") == (0xFE01, 16)


@pytest.mark.parametrize(
    ("substitute", "positive", "negative"),
    [
        ("max", 7, 7),
        ("signed_max", 7, 0xF),
        ("zero", 0, 0),
        ("signed_zero", 0, 8),
        ("inverted_zero", 8, 0),
    ],
)
def test_nan_substitute(substitute: str, positive: int, negative: int) -> None:
    """SEMANTICS 5; inverted_zero is row 9 of facts/formats.md section 3."""
    assert encode(NAN, "e2m1", nan_substitute=substitute) == (positive, 16)
    assert encode(-NAN, "e2m1", nan_substitute=substitute) == (negative, 16)


def test_nan_substitute_where_an_operation_makes_it() -> None:
    fmt = Fmt(width=4, precision=2, bias=3, is_signed=False, has_neg_zero=False)
    assert encode(-1.0, fmt, overflow="ieee") == (0xF, 16)
    assert encode(-1.0, fmt, overflow="ieee", nan_substitute="inverted_zero") == (0, 16)
    assert encode(-1.0, fmt, nan_substitute="raise") == (0, 16)
    for value in (NAN, -1.0):
        with pytest.raises(NaNRaised):
            encode(value, fmt, overflow="ieee", nan_substitute="raise")


def test_n_high_nans_is_canonical() -> None:
    """The name "all" is the count 2^(P-1) - 1 (SEMANTICS 1)."""
    values = np.array([1.0, -INF, NAN, 1e39, 2.0**-133, 3.3e38])
    for name, count in (("bf16", 127), ("e5m2", 3), ("e4m3_ieee", 7)):
        fmt = fmt_of(name)
        tables = [Table(fmt), Table(replace(fmt, n_high_nans=count))]
        results = [table.outcome(table.bracket(Source.from_values(values)), Env(nan="x86_sse")) for table in tables]
        assert tables[0].decode_values() == tables[1].decode_values()
        assert np.array_equal(results[0], results[1])


def test_every_code_converts_to_itself() -> None:
    narrow = [(spec.name, spec.params) for spec in SPECS if spec.params.width <= 16]
    for name, fmt in narrow + list(p3109_formats(3, 4, 6)):
        table, codes = Table(fmt), np.arange(2**fmt.width)
        source = Source.from_codes(fmt, codes)
        got, flags = table.outcome(table.bracket(source), Env(overflow="propagate"))
        keep = (source.kind < 3) & ((fmt.exp0 != "zero") | (source.magnitude > 0))
        assert np.array_equal(got[keep], codes[keep]) and not flags[keep].any(), name


@pytest.mark.parametrize("name", ["e4m3fn", "e5m2", "e3m4", "e4m3fnuz", "e2m3", "e2m1", "ue4m3"])
def test_brute_force(name: str) -> None:
    """In range, by definition: nearest has no nearer value, directed results are the closest on their side."""
    table, rng = Table(fmt_of(name)), np.random.default_rng(3)
    value = np.array([float(v) for v in table.decode_values() if isinstance(v, Fraction)])
    code = np.array([c for c, v in enumerate(table.decode_values()) if isinstance(v, Fraction)])
    x = rng.uniform(max(value.min(), -2.0), value.max(), 400) * rng.choice([1.0, 0.01], 400)
    bracket = table.bracket(Source.from_values(x))
    by_code = dict(zip(code.tolist(), value.tolist(), strict=True))
    for rounding in ("ties_even", "ties_away", "toward_zero", "toward_positive", "toward_negative"):
        codes, flags = table.outcome(bracket, Env(rounding=rounding))
        got = np.array([by_code.get(c, 0.0) for c in codes.tolist()])
        nearest = np.abs(value[:, None] - x).min(axis=0)
        up = np.where(value[:, None] >= x, value[:, None], INF).min(axis=0)
        down = np.where(value[:, None] <= x, value[:, None], -INF).max(axis=0)
        want = {"toward_zero": np.where(x < 0, up, down), "toward_positive": up, "toward_negative": down}.get(rounding)
        survives = flags < 16
        assert np.array_equal(np.abs(got - x)[survives], (nearest if want is None else np.abs(want - x))[survives])
        assert np.array_equal((flags & 1 == 1)[survives], (got != x)[survives])


def test_stochastic() -> None:
    """P3109 v4.0 4.7.4 on the delivered grid: 1 + 3/8 of the way to 1.25 in E5M2, all R of N = 3, and N = 0."""
    x = 1.0 + 0.25 * 0.375
    for mode, ups in (("a", 3), ("b", 3), ("c", 3)):
        env: dict[str, Any] = {"rounding": f"stochastic_{mode}", "random_bits_count": 3}
        assert [encode(x, "e5m2", r, **env)[0] for r in range(8)] == [0x3C] * (8 - ups) + [0x3D] * ups
    half = {mode: encode(1.125, "e5m2", 0, rounding=f"stochastic_{mode}")[0] for mode in "abc"}
    assert half == {"a": 0x3C, "b": 0x3D, "c": 0x3C}
    with pytest.raises(ValueError, match="random"):
        encode(1.1, "e5m2", rounding="stochastic_a")


def test_position_in_the_gap_is_exact() -> None:
    """floor(nu 2^n) where the gap is no power of two, at and next to every threshold."""
    table, smallest = Table(fmt_of("dlfloat16")), Fraction(513, 2**40)
    thresholds = np.array([float(smallest * k / 256) for k in range(1, 256)])
    x = np.concatenate([thresholds, np.nextafter(thresholds, 0.0), np.nextafter(thresholds, 1.0)])
    for n in (0, 1, 8, 33):
        floors, whole = table.bracket(Source.from_values(x)).place.floor(n)
        exact_nu = [Fraction(float(v)) / smallest * 2**n for v in x]
        assert floors.tolist() == [nu.numerator // nu.denominator for nu in exact_nu]
        assert whole.tolist() == [nu.denominator == 1 for nu in exact_nu]


def test_refuses() -> None:
    with pytest.raises(ValueError, match="16"):
        Table(fmt_of("tf32"))
    with pytest.raises(ValueError, match="exact"):
        Table(p3109(14, 1, True, False))
    with pytest.raises(ValueError, match="leading"):
        Source.from_codes(fmt_of("x87"), [0])
    with pytest.raises(ValueError, match="codes"):
        Source.from_codes(fmt_of("e2m1"), [16])
    wrongs: list[dict[str, Any]] = [{"rounding": "nearest"}, {"overflow": "clamp"}, {"nan": "mips"}, {"ftz": "on"}]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="unknown"):
            encode(1.0, "e2m1", **wrong)
