# SPDX-License-Identifier: BSD-3-Clause
"""The environment and the flags as values, and their names against the C header's enumerations."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import modes

HEADERS = sorted(Path(nf.build_info()["include"]).glob("*.h"))
#: SEMANTICS 8, and x87's precision control.
DEFAULTS: dict[str, Any] = {
    "rounding": "ties_even",
    "overflow": None,
    "tininess": "after",
    "nan": "canonical",
    "nan_substitute": "max",
    "ftz": "off",
    "daz": False,
    "flush_except_width": None,
    "int_overflow": "saturate",
    "rounding_precision": None,
    "random_bits_count": 0,
    "compat": None,
}
#: SEMANTICS 2 to 8.
NAMES: dict[str, list[str]] = {
    "rounding": ["ties_even", "ties_away", "toward_zero", "toward_positive", "toward_negative", "to_odd",
                 "stochastic_a", "stochastic_b", "stochastic_c"],
    "overflow": ["ieee", "saturate", "propagate", "infinity", "sat_none"],
    "tininess": ["after", "before"],
    "nan": [
        "canonical", "riscv", "x86_sse", "x87", "arm", "arm_default_nan",
        "sf_8086_sse", "sf_8086", "sf_arm", "sf_arm_dn", "sf_riscv",
    ],
    "nan_substitute": ["max", "signed_max", "zero", "signed_zero", "inverted_zero", "raise"],
    "ftz": ["off", "x86", "arm"],
    "int_overflow": ["saturate", "riscv", "arm", "x86_indefinite", "wrap"],
    "compat": ["ml_dtypes", "torch", "torch_avx2", "numpy", "onnx", "onnx_nosat"],
}  # fmt: skip
#: Field -> C enumeration, the prefix of its enumerators, and those that no name of ours spells.
ENUMS = {
    "rounding": ("nf_rounding", "NF_ROUND_", set[str]()),
    "overflow": ("nf_overflow", "NF_OVERFLOW_", {"NF_OVERFLOW_DEFAULT"}),
    "tininess": ("nf_tininess", "NF_TININESS_", set[str]()),
    "nan": ("nf_nan_profile", "NF_NAN_", set[str]()),
    "nan_substitute": ("nf_nan_substitute", "NF_SUBSTITUTE_", set[str]()),
    "ftz": ("nf_ftz", "NF_FTZ_", set[str]()),
    "int_overflow": ("nf_int_overflow", "NF_INT_OVERFLOW_", set[str]()),
    "compat": ("nf_compat", "NF_COMPAT_", {"NF_COMPAT_NONE"}),
}
#: Fields that may be None.
MAY_BE_NONE = ("overflow", "compat")


def header() -> str:
    """The header without its comments."""
    return re.sub(r"/\*.*?\*/", "", "".join(path.read_text(encoding="utf-8") for path in HEADERS), flags=re.DOTALL)


def enumerators(enum: str) -> dict[str, int]:
    body = re.search(rf"typedef enum {enum} \{{(.*?)\}}", header(), flags=re.DOTALL)
    assert body, enum
    return {name: int(value) for name, value in re.findall(r"(\w+) = (-?\d+)", body[1])}


def macros(prefix: str) -> dict[str, int]:
    return {name: int(value) for name, value in re.findall(rf"#define {prefix}(\w+) (\d+)\n", header())}


def changed(field: str, value: Any) -> nf.Env:
    changes: dict[str, Any] = {field: value}
    return nf.Env(**changes)


def test_defaults() -> None:
    assert dataclasses.asdict(nf.Env()) == DEFAULTS
    assert nf.Env() == nf.Env(**DEFAULTS)


@pytest.mark.parametrize("field", NAMES)
def test_every_name_is_accepted(field: str) -> None:
    envs = [changed(field, name) for name in NAMES[field]]
    assert [getattr(env, field) for env in envs] == NAMES[field]
    assert len(set(envs)) == len(envs)
    constants = {"nan": "NAN_PROFILES", "tininess": "TININESSES"}.get(field, f"{field.upper()}S")
    assert list(getattr(modes, constants)) == NAMES[field]


@pytest.mark.parametrize("field", NAMES)
@pytest.mark.parametrize("value", ["", "TIES_EVEN", "default", "stochastic", 0, b"ieee", ("x86",), ["arm"]], ids=repr)
def test_bad_name(field: str, value: Any) -> None:
    names = ", ".join(NAMES[field]) + (" or None" if field in MAY_BE_NONE else "")
    with pytest.raises(ValueError, match=f"^{re.escape(f'{field} is {value!r}: must be one of {names}')}$"):
        changed(field, value)


@pytest.mark.parametrize("field", [field for field in NAMES if field not in MAY_BE_NONE])
def test_none_is_for_policy_and_peer_only(field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} is None: must be one of "):
        changed(field, None)


@pytest.mark.parametrize("daz", [None, 1, "a", "abc", {"d"}, {"a", 1}, ["A"], [["a"]], np.True_, b"a"], ids=repr)
def test_bad_daz(daz: Any) -> None:
    with pytest.raises(ValueError, match=r"^daz is .*: must be True, False or a set of 'a', 'b', 'c'$"):
        nf.Env(daz=daz)


@pytest.mark.parametrize("width", [1, 0, -16, 129, 16.0, "16", True, np.int64(16)], ids=repr)
def test_bad_flush_except_width(width: Any) -> None:
    with pytest.raises(ValueError, match=r"^flush_except_width is .*: must be None or an integer 2 to 128$"):
        nf.Env(flush_except_width=width)


@pytest.mark.parametrize("count", [-1, 33, 3.0, "3", None, True, np.int64(3)], ids=repr)
def test_bad_random_bits_count(count: Any) -> None:
    with pytest.raises(ValueError, match=r"^random_bits_count is .*: must be an integer 0 to 32$"):
        nf.Env(random_bits_count=count)


@pytest.mark.parametrize(
    ("spelt", "kept"),
    [
        (set[str](), False),
        ((), False),
        (frozenset("abc"), True),
        (["c", "a", "b"], True),
        ({"a"}, frozenset({"a"})),
        (["b", "a", "b"], frozenset({"a", "b"})),
        (iter(["c"]), frozenset({"c"})),
    ],
    ids=str,
)
def test_daz_is_canonicalised(spelt: Any, kept: bool | frozenset[str]) -> None:
    env = nf.Env(daz=spelt)
    assert env.daz == kept
    assert type(env.daz) is type(kept)
    assert env == nf.Env(daz=kept)
    assert hash(env) == hash(nf.Env(daz=kept))


@pytest.mark.parametrize(
    ("daz", "right"), [(True, 0), ({"a"}, 0), ({"a", "c"}, 0), ({"b", "c"}, 1), (False, 1)], ids=str
)
def test_daz_of_the_operand_a(daz: Any, right: int) -> None:
    """The one operand of convert is a."""
    code, flags = nf.convert(1, "binary16", "binary32", env=nf.Env(daz=daz), flags="any")
    assert (code != 0, flags) == (bool(right), nf.Flags(0))


def test_keyword_only() -> None:
    with pytest.raises(TypeError):
        nf.Env("ties_even")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword"):
        nf.Env(round="ties_even")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", [*DEFAULTS, "anything"])
def test_frozen(name: str) -> None:
    env = nf.Env()
    with pytest.raises((TypeError, AttributeError)):
        setattr(env, name, "to_odd")
    assert env == nf.Env()


def test_hash_pickle_copy_repr() -> None:
    env = nf.Env(rounding="to_odd", daz={"a", "b"}, flush_except_width=16, overflow="sat_none")
    twins = [pickle.loads(pickle.dumps(env, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]  # noqa: S301
    twins += [copy.copy(env), copy.deepcopy(env), dataclasses.replace(env), eval(repr(env), {"Env": nf.Env})]  # noqa: S307
    for twin in twins:
        assert (twin, hash(twin)) == (env, hash(env))
    assert dataclasses.replace(env, daz=False) != env


@pytest.mark.parametrize("env", ["to_odd", {"rounding": "to_odd"}, nf.Env, 0, False], ids=repr)
def test_env_argument_is_an_env(env: Any) -> None:
    for call in (nf.encode, nf.quantize_to):
        with pytest.raises(TypeError, match=r"^env is \w+: must be a numfmt.Env\(rounding, overflow, .*\) or None$"):
            call(1.0, "e4m3fn", env=env)
    with pytest.raises(TypeError, match=r"^env is "):
        nf.convert(1, "e4m3fn", "e5m2", env=env)


def test_flags() -> None:
    """IEEE 754-2019 7, with TestFloat's bits."""
    assert {flag.name: flag.value for flag in nf.Flags} == {
        "INEXACT": 1, "UNDERFLOW": 2, "OVERFLOW": 4, "DIVIDE_BY_ZERO": 8, "INVALID": 16,
    }  # fmt: skip
    assert nf.Flags(3) == nf.Flags.INEXACT | nf.Flags.UNDERFLOW
    assert nf.Flags(0) == 0
    assert not nf.Flags(0)
    assert nf.Flags.OVERFLOW in nf.Flags(5)
    assert {name: nf.Flags[name].value for name in macros("NF_FLAG_")} == macros("NF_FLAG_") != {}
    assert len(macros("NF_FLAG_")) == len(nf.Flags)


@pytest.mark.parametrize("field", ENUMS)
def test_names_are_the_enumerators(field: str) -> None:
    """In the header's order, so that both can be read side by side."""
    enum, prefix, unnamed = ENUMS[field]
    known = enumerators(enum)
    assert [name for name in known if name not in unnamed] == [prefix + name.upper() for name in NAMES[field]]
    assert unnamed <= set(known)
    assert list(known.values()) == list(range(len(known)))  # 0 is the default


def test_exp0_and_daz_are_the_header_s() -> None:
    assert enumerators("nf_exp0") == {"NF_EXP0_SUBNORMAL": 0, "NF_EXP0_NORMAL": 1, "NF_EXP0_ZERO": 2}
    assert macros("NF_DAZ_") == {"A": 1, "B": 2, "C": 4}


@pytest.mark.parametrize("field", NAMES)
def test_each_name_reaches_c_as_its_enumerator(field: str) -> None:
    enum, prefix, _ = ENUMS[field]
    for name in NAMES[field]:
        assert getattr(modes.env_struct(changed(field, name)), field) == enumerators(enum)[prefix + name.upper()]


def test_rest_of_the_environment_reaches_c() -> None:
    env = nf.Env(daz=frozenset("ac"), flush_except_width=16, random_bits_count=9)
    struct = modes.env_struct(env)
    assert (struct.daz, struct.flush_except_width, struct.random_bits_count) == (5, 16, 9)
    assert not any(struct.reserved)
    default = modes.env_struct(nf.Env())
    assert all(getattr(default, field) == 0 for field in DEFAULTS)
    assert modes.env_struct(nf.Env(daz=True)).daz == 7
