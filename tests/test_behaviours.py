# SPDX-License-Identifier: BSD-3-Clause
"""Presets of Env, and differences() between behaviours."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
import pkgutil
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import behaviours


@pytest.mark.parametrize(
    ("preset", "fields"),
    [
        (nf.Env.riscv(), {"nan": "riscv", "overflow": "ieee", "int_overflow": "riscv"}),
        (nf.Env.arm(), {"nan": "arm", "overflow": "ieee", "int_overflow": "arm", "tininess": "before"}),
        (
            nf.Env.arm(default_nan=True),
            {"nan": "arm_default_nan", "overflow": "ieee", "int_overflow": "arm", "tininess": "before"},
        ),
        (
            nf.Env.arm(flush="fz"),
            {
                "nan": "arm",
                "overflow": "ieee",
                "int_overflow": "arm",
                "tininess": "before",
                "ftz": "arm",
                "daz": True,
                "flush_except_width": 16,
            },
        ),
        (
            nf.Env.arm(flush="fz+fz16"),
            {"nan": "arm", "overflow": "ieee", "int_overflow": "arm", "tininess": "before", "ftz": "arm", "daz": True},
        ),
        (nf.Env.x86(), {"nan": "x86_sse", "overflow": "ieee", "int_overflow": "x86_indefinite"}),
        (
            nf.Env.x86(flush="ftz"),
            {"nan": "x86_sse", "overflow": "ieee", "int_overflow": "x86_indefinite", "ftz": "x86"},
        ),
        (
            nf.Env.x86(flush="daz"),
            {"nan": "x86_sse", "overflow": "ieee", "int_overflow": "x86_indefinite", "daz": True},
        ),
        (
            nf.Env.x86(flush="ftz+daz"),
            {"nan": "x86_sse", "overflow": "ieee", "int_overflow": "x86_indefinite", "ftz": "x86", "daz": True},
        ),
        (nf.Env.x87(), {"nan": "x87", "overflow": "ieee", "int_overflow": "x86_indefinite"}),
        (
            nf.Env.x87(precision=24),
            {"nan": "x87", "overflow": "ieee", "int_overflow": "x86_indefinite", "rounding_precision": 24},
        ),
        (nf.Env.p3109(), {"overflow": "sat_none"}),
        (nf.Env.p3109(saturation="SatFinite", rounding="to_odd"), {"overflow": "saturate", "rounding": "to_odd"}),
        (
            nf.Env.p3109(saturation="SatPropagate", rounding="stochastic_a", random_bits_count=3),
            {"overflow": "propagate", "rounding": "stochastic_a", "random_bits_count": 3},
        ),
        (nf.Env.ocp(), {"overflow": "saturate"}),
        (nf.Env.ocp(saturate=False), {"overflow": "ieee"}),
        (nf.Env.cuda(), {"overflow": "saturate"}),
        (nf.Env.sf("8086_sse"), {"nan": "sf_8086_sse", "overflow": "ieee", "int_overflow": "x86_indefinite"}),
        (nf.Env.sf("8086"), {"nan": "sf_8086", "overflow": "ieee", "int_overflow": "x86_indefinite"}),
        (nf.Env.sf("arm_vfpv2"), {"nan": "sf_arm", "overflow": "ieee", "int_overflow": "arm", "tininess": "before"}),
        (
            nf.Env.sf("arm_vfpv2_default_nan"),
            {"nan": "sf_arm_dn", "overflow": "ieee", "int_overflow": "arm", "tininess": "before"},
        ),
        (nf.Env.sf("riscv"), {"nan": "sf_riscv", "overflow": "ieee", "int_overflow": "riscv"}),
        (nf.Env.ml_dtypes(), {"compat": "ml_dtypes"}),
        (nf.Env.torch(), {"compat": "torch"}),
        (nf.Env.torch(isa="avx2"), {"compat": "torch_avx2"}),
        (nf.Env.torch(isa="avx512"), {"compat": "torch_avx2"}),
        (nf.Env.numpy(), {"compat": "numpy"}),
        (nf.Env.onnx(), {"compat": "onnx"}),
        (nf.Env.onnx(saturate=False), {"compat": "onnx_nosat"}),
    ],
    ids=repr,
)
def test_preset(preset: nf.Env, fields: dict[str, Any]) -> None:
    assert preset == nf.Env(**fields)
    assert pickle.loads(pickle.dumps(preset)) == preset  # noqa: S301
    assert dataclasses.replace(preset) == preset


@pytest.mark.parametrize(
    ("preset", "argument"),
    [
        ("arm", "flush"),
        ("x86", "flush"),
        ("x87", "precision"),
        ("p3109", "saturation"),
        ("torch", "isa"),
        ("sf", "specialisation"),
    ],
)
def test_bad_argument_of_a_preset(preset: str, argument: str) -> None:
    with pytest.raises(ValueError, match=f"^{argument} is 'x': must be "):
        getattr(nf.Env, preset)(**{argument: "x"})


def test_every_preset_names_its_source() -> None:
    presets = [name for name, member in inspect.getmembers(nf.Env, inspect.ismethod) if not name.startswith("_")]
    assert sorted(presets) == sorted(
        ["riscv", "arm", "x86", "x87", "p3109", "ocp", "cuda", "sf", "ml_dtypes", "torch", "numpy", "onnx"]
    )
    assert all(any(c.isdigit() for c in inspect.getdoc(getattr(nf.Env, name)) or "") for name in presets)


def test_presets_of_specifications() -> None:
    """OFP8 table 3, PTX's satfinite, RISC-V's and P3109's overflow, at the values that tell them apart."""
    x = np.array([1e9, np.inf, np.nan], np.float32)
    assert nf.encode(x, "e4m3fn", env=nf.Env.ocp()).tolist() == [0x7E, 0x7E, 0x7F]
    assert nf.encode(x, "e4m3fn", env=nf.Env.ocp(saturate=False)).tolist() == [0x7F, 0x7F, 0x7F]
    assert nf.encode(x, "e5m2", env=nf.Env.ocp()).tolist()[:2] == [0x7B, 0x7B]
    assert nf.encode(x, "e5m2", env=nf.Env.ocp(saturate=False)).tolist()[:2] == [0x7C, 0x7C]
    assert nf.encode(x, "e2m1", env=nf.Env.ocp(saturate=False)).tolist()[:2] == [0x7, 0x7]
    assert nf.encode(-x, "e2m1", env=nf.Env.cuda()).tolist() == [0xF, 0xF, 0x7]
    assert nf.encode(x, "e5m2", env=nf.Env.riscv()).tolist() == [0x7C, 0x7C, 0x7F]
    assert nf.encode(x, "e4m3fn", env=nf.Env.riscv()).tolist() == [0x7F, 0x7F, 0x7F]
    assert nf.encode(x, "binary8p4se", env=nf.Env.p3109()).tolist() == [0x7F, 0x7F, 0x80]
    assert nf.encode(x, "binary8p4sf", env=nf.Env.p3109()).tolist() == [0x7F, 0x7F, 0x80]


def rows(*arguments: Any, **more: Any) -> list[tuple[Any, ...]]:
    found = nf.differences(*arguments, **more)
    return [(d.kind, d.negative, d.operand, d.first, d.second, d.count) for d in found]


def test_differences_of_torch_and_ml_dtypes() -> None:
    """14,720 float16 operands: the infinities, and what lies beyond 464."""
    found = rows("torch", "ml_dtypes", "e4m3fn", source="binary16")
    assert found == [
        ("Inf", False, 0x7C00, 0x7E, 0x7F, 1),
        ("Inf", True, 0xFC00, 0xFE, 0xFF, 1),
        ("overflow", False, 0x5F41, 0x7E, 0x7F, 7359),
        ("overflow", True, 0xDF41, 0xFE, 0xFF, 7359),
    ]
    assert nf.differences("torch", "ml_dtypes", "e4m3fn")[2].value == 464 + nf.float32.epsilon * 256


def test_differences_show_an_example_that_is_true() -> None:
    for fmt in ("e8m0", "e4m3fn", "e5m2", "bfloat16", "binary16"):
        for d in nf.differences("torch", "onnx", fmt, source="binary64"):
            results = [nf.convert([d.operand], "binary64", fmt, env=nf.Env(compat=c))[0] for c in ("torch", "onnx")]
            assert results == [d.first, d.second] and d.first != d.second
            assert d.kind in behaviours.KINDS
            value = nf.decode([d.operand], "binary64", dtype=object)[0]
            assert repr(value) == repr(d.value)


def test_differences_by_kind() -> None:
    assert [(kind, sign) for kind, sign, *_ in rows("default", "ml_dtypes", "e8m0")] == [
        ("Inf", False),
        ("Inf", True),
        ("zero", False),
        ("zero", True),
        ("negative", True),
        ("overflow", False),
        ("tie", False),
        ("other", False),
    ]
    assert [(kind, sign) for kind, sign, *_ in rows("default", nf.Env(rounding="ties_away"), "e4m3fn")] == [
        ("tie", False),
        ("tie", True),
    ]
    assert {kind for kind, *_ in rows("numpy", "torch", "binary16", source="binary64")} >= {
        "signalling NaN",
        "quiet NaN",
        "other",
    }


@pytest.mark.parametrize("same", ["torch", "ocp", nf.Env(rounding="to_odd")], ids=str)
def test_no_differences(same: Any) -> None:
    assert nf.differences(same, same, "e5m2") == []
    assert nf.differences("ocp", "cuda", "e4m3fn", source="bfloat16") == []


def test_refused_differences() -> None:
    with pytest.raises(ValueError, match=r"^behaviour 'jax' is not known: must be one of ml_dtypes, .*, cuda$"):
        nf.differences("torch", "jax", "e4m3fn")
    with pytest.raises(TypeError, match=r"^env is int"):
        nf.differences("torch", 1, "e4m3fn")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"numpy \(env.compat\) does not cast"):
        nf.differences("torch", "numpy", "e4m3fn")
    with pytest.raises(ValueError, match=r"^source is .* with 80 bits"):
        nf.differences("ocp", "cuda", "e4m3fn", source=nf.Format(width=80, precision=64, bias=16383))


def test_no_module_shares_its_name_with_a_public_function() -> None:
    """`import numfmt.x` would put the module in the function's place."""
    modules = {module.name for module in pkgutil.iter_modules(nf.__path__)}
    assert not modules & set(nf.__all__)
