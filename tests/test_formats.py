# SPDX-License-Identifier: BSD-3-Clause
"""Formats: the table of names against the documents, refusals, the descriptor as a value, what it implies."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import oracle
import pytest
from oracle_format import floor_log2, layout
from specs import SPECS, Fmt, Spec, p3109_formats

import numfmt as nf

FIELDS = [field.name for field in dataclasses.fields(Fmt)]
ROWS = {row.name: row for row in nf.list_formats()}
#: Corners of the descriptor that no named format has, 8 bits and fewer.
ODD = [
    "width=8/precision=4/bias=7/exp0=zero",
    "width=8/precision=4/bias=7/exp0=normal",
    "width=7/precision=3/bias=-5",
    "width=7/precision=3/bias=0/exp0=normal",
    "width=8/precision=1/bias=7/exp0=zero/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=6/precision=1/bias=7/exp0=normal/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=8/precision=4/bias=7/exp0=normal/has_zero=false/is_signed=false/has_neg_zero=false",
    "width=5/precision=4/bias=1/n_high_nans=3/has_quiet_bit=false",
    "width=4/precision=3/bias=0",
    "width=2/precision=1/bias=0/has_inf=false/n_high_nans=0/has_quiet_bit=false",
    "width=6/precision=5/bias=-3/has_inf=false/n_high_nans=0/has_quiet_bit=false",
]
SMALL = [row.name for row in nf.list_formats() if row.format.width <= 8]
P3109_SMALL = [name for name, _ in p3109_formats(3, 4, 5, 6)] + ["binary8p1ue", "binary8p4se", "binary8p8uf"]


def canonical(spec: Fmt) -> dict[str, Any]:
    """The fields of a document's parameters, with the count that is "all" spelt so."""
    fields = dataclasses.asdict(spec)
    if spec.has_inf and spec.precision > 1 and spec.n_high_nans == (1 << spec.precision - 1) - 1:
        fields["n_high_nans"] = "all"
    return fields


def fields_of(fmt: nf.Format) -> dict[str, Any]:
    return {name: getattr(fmt, name) for name in FIELDS}


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: str(spec.name))
def test_row_is_the_documents(spec: Spec) -> None:
    row = ROWS[spec.name]
    assert fields_of(row.format) == canonical(spec.params)
    assert row.provisional is spec.provisional
    assert set(row.aliases) == set(spec.aliases)
    assert row.source
    assert row.format.name == spec.name


def test_no_row_is_missing_or_extra() -> None:
    assert sorted(ROWS) == sorted(spec.name for spec in SPECS)
    assert len(nf.list_formats()) == len(ROWS)


@pytest.mark.parametrize("row", nf.list_formats(), ids=lambda row: str(row.name))
def test_every_name_in_any_case(row: nf.FormatInfo) -> None:
    for name in (row.name, *row.aliases):
        for spelling in (name, name.upper(), name.title(), name.swapcase()):
            assert nf.format(spelling) == row.format
            assert nf.format(spelling).name == row.name
    assert nf.format(row.format) is row.format


def test_no_name_is_in_two_rows() -> None:
    names = [name for row in nf.list_formats() for name in (row.name, *row.aliases)]
    assert len(names) == len(set(names))
    assert names == [name.lower() for name in names]


@pytest.mark.parametrize("name", ["e4m3", "E4M3"])
def test_bare_e4m3_is_refused_naming_both(name: str) -> None:
    with pytest.raises(nf.FormatError, match=r"float8_e4m3fn \(OCP, max 448\).*float8_e4m3 \(IEEE style, max 240\)"):
        nf.format(name)


@pytest.mark.parametrize(
    "name", ["", "float", "e4m3f", "e4m3fnn", "binary", "binary16 ", "binary16\0", "binary16\0x", "\ud800", "İ", "none"]
)
def test_unknown_name(name: str) -> None:
    with pytest.raises(nf.FormatError, match=r"^format .*no format has this name; known: binary16, "):
        nf.format(name)


@pytest.mark.parametrize("name", [None, 8, b"binary16", ["binary16"], np.float32])
def test_a_format_is_a_format_or_a_string(name: Any) -> None:
    with pytest.raises(TypeError, match=r"^format is \w+: must be a numfmt.Format or a format's name"):
        nf.format(name)


def test_p3109_names() -> None:
    """P3109 v4.0 3.1: 504 formats of K = 3 to 16."""
    known = dict(p3109_formats(*range(3, 17)))
    assert len(known) == 504
    for name, spec in known.items():
        fmt = nf.format(name)
        assert fields_of(fmt) == canonical(spec), name
        assert nf.format(name.lower()) == nf.format(name.upper()) == fmt
        assert str(fmt) == name.lower()
    assert not {name.lower() for name in known} & set(ROWS)


@pytest.mark.parametrize(
    "name",
    [
        "binary2p1se", "binary17p4se", "binary8p0se", "binary8p8se", "binary8p9ue", "binary08p4se", "binary8p04se",
        "binary8p4", "binary8p4s", "binary8p4es", "binary8p4sex", "binary8p4se ", "binary8se", "binaryp4se",
        "binary8p4sg", "binary116p4se", "binary-8p4se", "bfloat8p4se", "binary8p44se",
    ],
)  # fmt: skip
def test_wrong_p3109_name(name: str) -> None:
    with pytest.raises(nf.FormatError, match="no format has this name"):
        nf.format(name)


UNSIGNED: dict[str, Any] = {"is_signed": False, "has_neg_zero": False}
FINITE: dict[str, Any] = {"has_inf": False, "n_high_nans": 0, "has_quiet_bit": False}
#: Changes to Format(width=8, precision=4, bias=7), and the field that the message must begin with.
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"width": 1}, "width"), ({"width": 129}, "width"), ({"width": 0}, "width"), ({"width": -1}, "width"),
    ({"width": 300}, "width"), ({"width": 264}, "width"), ({"width": 8.0}, "width"), ({"width": "8"}, "width"),
    ({"width": True}, "width"), ({"width": None}, "width"),
    ({"precision": 0}, "precision"), ({"precision": 114, "width": 128}, "precision"), ({"precision": 260}, "precision"),
    ({"precision": -4}, "precision"), ({"precision": 4.0}, "precision"),
    ({"precision": 8}, "width and precision"), ({"width": 32, "precision": 11}, "width and precision"),
    ({"bias": 2**20 + 1}, "bias"), ({"bias": -(2**20) - 1}, "bias"), ({"bias": 2**40}, "bias"), ({"bias": 7.0}, "bias"),
    ({"is_signed": 1}, "is_signed"), ({"has_inf": None}, "has_inf"), ({"has_zero": "true"}, "has_zero"),
    ({"has_neg_zero": 0}, "has_neg_zero"), ({"has_quiet_bit": 1}, "has_quiet_bit"),
    ({"explicit_leading_bit": 0}, "explicit_leading_bit"), ({"name": 5}, "name"),
    ({"exp0": "flush"}, "exp0"), ({"exp0": None}, "exp0"), ({"exp0": "Normal"}, "exp0"), ({"exp0": ["normal"]}, "exp0"),
    ({"n_high_nans": "ALL"}, "n_high_nans"), ({"n_high_nans": -1}, "n_high_nans"),
    ({"n_high_nans": 2**32}, "n_high_nans"),
    ({"n_high_nans": 1.0}, "n_high_nans"), ({"n_high_nans": True}, "n_high_nans"),
    ({"is_signed": False}, "has_neg_zero"),
    ({"has_zero": False}, "has_zero"),
    (UNSIGNED | FINITE | {"has_zero": False}, "exp0"),
    (UNSIGNED | FINITE | {"has_zero": False, "exp0": "zero"}, "exp0"),
    ({"has_neg_zero": False, "n_high_nans": 1, "has_quiet_bit": False}, "n_high_nans"),
    ({"has_neg_zero": False, "has_quiet_bit": False}, "n_high_nans"),
    ({"n_high_nans": 3}, "has_quiet_bit"), ({"precision": 1}, "has_quiet_bit"),
    ({"has_inf": False, "n_high_nans": 0}, "has_quiet_bit"),
    ({"has_inf": False, "has_quiet_bit": False}, "n_high_nans"),
    (FINITE | {"explicit_leading_bit": True}, "explicit_leading_bit"),
    ({"explicit_leading_bit": True, "exp0": "zero"}, "explicit_leading_bit"),
    ({"has_quiet_bit": False, "n_high_nans": 128}, "has_inf and n_high_nans"),
    (FINITE | {"n_high_nans": 127}, "the format has no positive finite value"),
    ({"has_quiet_bit": False, "n_high_nans": 126}, "the format has no positive finite value"),
    ({"width": 3, "precision": 2, "exp0": "zero"}, "the format has no positive finite value"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "begins"), REFUSALS, ids=str)
def test_refusal_names_the_field(changes: dict[str, Any], begins: str) -> None:
    arguments: dict[str, Any] = {"width": 8, "precision": 4, "bias": 7} | changes
    with pytest.raises(nf.FormatError, match=rf"^{begins}\b"):
        nf.Format(**arguments)


def test_a_count_is_never_taken_for_all() -> None:
    """The C value of "all" is no count, also where so many codes exist."""
    with pytest.raises(nf.FormatError, match=r"^n_high_nans"):
        nf.Format(width=48, precision=40, bias=7, n_high_nans=2**32 - 1, has_quiet_bit=False)


def test_fields_are_keyword_only_and_needed() -> None:
    with pytest.raises(TypeError, match="positional"):
        nf.Format(8, 4, 7)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'precision' and 'bias'"):
        nf.Format(width=8)  # type: ignore[call-arg]


@pytest.mark.parametrize("precision", [2, 3, 8, 11, 24])
def test_count_of_all_nans_is_canonicalised(precision: int) -> None:
    spelt = nf.Format(width=precision + 5, precision=precision, bias=7, n_high_nans=2 ** (precision - 1) - 1)
    by_word = dataclasses.replace(spelt, n_high_nans="all")
    assert spelt.n_high_nans == "all"
    assert (spelt, hash(spelt), str(spelt)) == (by_word, hash(by_word), str(by_word))


def test_all_nans_of_precision_1_are_none() -> None:
    every = nf.Format(width=8, precision=1, bias=7, has_quiet_bit=False)
    assert every == nf.Format(width=8, precision=1, bias=7, has_quiet_bit=False, n_high_nans=0)
    assert every.nan_code is None
    assert every.inf_code == 0x7F


def test_equality_hash_and_name() -> None:
    plain = nf.Format(width=8, precision=4, bias=7)
    named = nf.Format(width=8, precision=4, bias=7, name="mine")
    assert plain == named == nf.float8_e4m3
    assert len({plain, named, nf.float8_e4m3}) == 1
    assert plain != nf.Format(width=8, precision=4, bias=8)
    assert plain != nf.float8_e4m3fn
    assert (str(named), str(plain)) == ("mine", "width=8/precision=4/bias=7")


@pytest.mark.parametrize("fmt", [nf.float8_e4m3fn, nf.format("binary9p3ue"), nf.format(ODD[2])], ids=str)
def test_pickle_copy_replace(fmt: nf.Format) -> None:
    copies = [pickle.loads(pickle.dumps(fmt, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]  # noqa: S301
    for twin in (*copies, copy.copy(fmt), copy.deepcopy(fmt), dataclasses.replace(fmt)):
        assert (twin, hash(twin), twin.name, str(twin), twin.max) == (fmt, hash(fmt), fmt.name, str(fmt), fmt.max)


@pytest.mark.parametrize("name", [*FIELDS, "name", "max", "anything"])
def test_frozen(name: str) -> None:
    fmt = nf.format("e5m2")
    with pytest.raises((TypeError, AttributeError)):
        setattr(fmt, name, 5)
    assert fmt == nf.float8_e5m2


@pytest.mark.parametrize("name", [*ROWS, *ODD, "binary16p7ue", "binary3p1sf"])
def test_text_of_a_descriptor_is_read_back(name: str) -> None:
    unnamed = nf.Format(**fields_of(nf.format(name)))
    text = str(unnamed)
    assert " " not in text
    assert nf.format(text) == unnamed
    assert fields_of(nf.format(text)) == fields_of(unnamed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("width=8", "bias, precision missing"),
        ("width=8/precision=4/bias=7/width=8", "'width' is no field, or is there twice"),
        ("width=8/precision=4/bias=7/colour=red", "'colour' is no field"),
        ("width=8/precision=4/bias=7/name=x", "'name' is no field"),
        ("width=8/precision=4/bias=7/", "'' is no field"),
        ("width=8/precision=4/bias=seven", "bias is 'seven': must be an integer"),
        ("width=8/precision=4/bias=", "bias is '': must be an integer"),
        ("width=8/precision=4/bias=7.0", "bias is '7.0'"),
        ("width=8/precision=4/bias=" + "9" * 5000, "bias"),
        ("width=true/precision=4/bias=7", "width is True: must be an integer"),
        ("width=8/precision=4/bias=7/has_inf=1", "has_inf is 1: must be True or False"),
        ("width=8/precision=4/bias=7/exp0=all", "exp0 is 'all'"),
        ("width=8/precision=4/bias=7/n_high_nans=normal", "n_high_nans is 'normal'"),
        ("width=8/precision=9/bias=7", "width and precision must leave"),
        ("e4m3fn=1", "'e4m3fn' is no field"),
    ],
)
def test_bad_descriptor_text(text: str, message: str) -> None:
    with pytest.raises(nf.FormatError) as raised:
        nf.format(text)
    assert message in str(raised.value)
    assert len(str(raised.value)) < 1000


def values(fmt: nf.Format) -> dict[int, Fraction]:
    """Code -> value of every finite code, by the oracle."""
    decoded = {code: oracle.decode(fmt, code) for code in range(1 << fmt.width)}
    return {c: -v.magnitude if v.sign else v.magnitude for c, v in decoded.items() if v.kind in ("zero", "finite")}


@pytest.mark.parametrize("name", [*SMALL, *P3109_SMALL, *ODD])
def test_range_by_brute_force(name: str) -> None:
    fmt = nf.format(name)
    finite = values(fmt)
    positive = sorted(value for value in finite.values() if value > 0)
    normal = [value for value in positive if value >= layout(fmt).smallest_normal]
    subnormal = [value for value in positive if value not in set(normal)]
    assert (fmt.max, fmt.min_positive) == (positive[-1], positive[0])
    assert fmt.lowest == min(finite.values())
    assert fmt.min_normal == (normal[0] if normal else None)
    assert fmt.min_subnormal == (subnormal[0] if subnormal else None)
    assert fmt.emax == floor_log2(fmt.max)
    if normal and fmt.exp0 != "normal":
        assert fmt.emin == floor_log2(fmt.min_normal or Fraction(0))
    integers = set(finite.values())
    assert fmt.max_exact_integer == next(n for n in range(1 << 9) if n + 1 not in integers)
    assert fmt.exponent_bits == fmt.width - fmt.is_signed - (fmt.precision - 1)
    assert fmt.codes == range(1 << fmt.width)
    assert fmt.dtype == np.uint8


@pytest.mark.parametrize("name", [*SMALL, *P3109_SMALL, *ODD])
def test_codes_of_landmarks(name: str) -> None:
    fmt = nf.format(name)
    finite = values(fmt)
    assert finite[fmt.max_code] == fmt.max
    assert finite[fmt.lowest_code] == fmt.lowest
    assert finite[fmt.min_positive_code] == fmt.min_positive
    assert (fmt.min_normal_code is None) == (fmt.min_normal is None)
    if fmt.min_normal_code is not None:
        assert finite[fmt.min_normal_code] == fmt.min_normal
    kinds = {code: oracle.decode(fmt, code) for code in range(1 << fmt.width)}
    infinities = [code for code, value in kinds.items() if value.kind == "inf" and not value.sign]
    assert fmt.inf_code == (infinities[0] if infinities else None)
    quiet = [code for code, value in kinds.items() if value.kind == "qnan"]
    assert fmt.nan_code == (oracle.canonical_nan(layout(fmt), oracle.Env()) if quiet else None)
    assert fmt.nan_code is None or fmt.nan_code in quiet


@pytest.mark.parametrize("name", [row.name for row in nf.list_formats()])
def test_precision_by_its_definition(name: str) -> None:
    fmt = nf.format(name)
    digits = max((q for q in range(40) if 10**q <= 2 ** (fmt.precision - 1)), default=0)  # C11 5.2.4.2.2, b = 2
    assert fmt.digits == digits
    assert fmt.epsilon == Fraction(1, 2 ** (fmt.precision - 1))
    assert fmt.dtype.itemsize == next(size for size in (1, 2, 4, 8, 16) if 8 * size >= fmt.width)


def test_emin_is_the_lowest_binade_with_the_full_precision() -> None:
    """At precision 1 with exp0 = normal, field 0 holds the zero alone."""
    assert nf.format(ODD[5]).emin == floor_log2(nf.format(ODD[5]).min_positive)
    assert (nf.format("e8m0").emin, nf.format("dlfloat16").emin) == (-127, -31)


def test_double_is_pythons_float() -> None:
    info, fmt = sys.float_info, nf.float64
    assert (fmt.max, fmt.min_normal) == (Fraction(info.max), Fraction(info.min))
    assert fmt.epsilon == Fraction(info.epsilon)
    assert (fmt.precision, fmt.digits) == (info.mant_dig, info.dig)
    assert (fmt.emax + 1, fmt.emin + 1) == (info.max_exp, info.min_exp)
    assert fmt.min_subnormal == fmt.min_positive == Fraction(5e-324)
    assert fmt.max_exact_integer == 2**53


def assert_finfo(fmt: nf.Format, info: Any) -> None:
    ends = (info.max, info.min, info.smallest_normal)
    assert (fmt.max, fmt.lowest, fmt.min_normal) == tuple(Fraction(float(x)) for x in ends)
    assert fmt.epsilon == Fraction(float(info.eps))
    assert fmt.precision == info.nmant + 1
    assert fmt.width == info.bits


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_numpys_finfo(dtype: Any) -> None:
    info: Any = np.finfo(dtype)
    fmt = nf.format(np.dtype(dtype).name)
    assert_finfo(fmt, info)
    assert fmt.min_subnormal == Fraction(float(info.smallest_subnormal))
    assert fmt.emax + 1 == info.maxexp
    assert fmt.emin == info.minexp


@pytest.mark.peer("ml_dtypes")
def test_ml_dtypes_finfo_and_names() -> None:
    import ml_dtypes

    names = [name for name in dir(ml_dtypes) if name.startswith(("float", "bfloat"))]
    assert len(names) == 12
    for name in names:
        fmt = getattr(nf, name)
        assert nf.format(name) == fmt
        info: Any = ml_dtypes.finfo(getattr(ml_dtypes, name))  # type: ignore[no-untyped-call]
        assert_finfo(fmt, info)
        assert name in nf.__all__
