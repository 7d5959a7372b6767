# SPDX-License-Identifier: BSD-3-Clause
"""encode and decode of arrays that need no preparation go a short way, with the results and errors of the long one."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import numpy as np
import pytest

import numfmt as nf
from numfmt import shortcuts

X = np.linspace(-500, 500, 100, dtype=np.float32)
CODES = np.arange(100, dtype=np.uint8)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Which calls went the short way to the end."""
    seen: list[bool] = []
    for name in ("encode", "decode"):
        real = getattr(shortcuts, name)

        def watched(*args: Any, real: Any = real, **kwargs: Any) -> Any:
            result = real(*args, **kwargs)
            seen.append(result is not None)
            return result

        monkeypatch.setattr(shortcuts, name, watched)
    return seen


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_what_goes_the_short_way(dtype: str, taken: list[bool]) -> None:
    x = X.astype(dtype)
    bits = nf.random_bits(x.shape, 9, 1)
    stochastic = nf.Env(rounding="stochastic_b", random_bits_count=9)
    calls: list[dict[str, Any]] = [{}, {"env": nf.Env(overflow="saturate")}, {"env": stochastic, "random_bits": bits}]
    for call, flags, gives_out in itertools.product(calls, (False, True, "any"), (False, True)):
        for fmt in ("e4m3fn", nf.bfloat16, nf.float32):
            out = np.zeros(x.shape, nf.format(fmt).dtype) if gives_out else None
            got = nf.encode(x, fmt, flags=flags, out=out, **call)
            long = nf.encode(x, fmt, flags=flags, path="generic", **call)
            codes, wanted = (got, long) if flags is False else (got[0], long[0])
            assert np.array_equal(codes, wanted) and codes.dtype == wanted.dtype
            assert out is None or codes is out
            assert flags is False or (np.array_equal(got[1], long[1]) and type(got[1]) is type(long[1]))
    assert all(taken) and len(taken) == 54


def test_decode_goes_the_short_way(taken: list[bool]) -> None:
    for fmt, dtype in (("e4m3fn", "f4"), (nf.float8_e4m3fn, "f8"), ("e5m2", "f2")):
        out = np.zeros(CODES.shape, dtype)
        assert nf.decode(CODES, fmt, out=out) is out
        assert np.array_equal(out, nf.decode(CODES, fmt, path="generic").astype(dtype), equal_nan=True)
        assert nf.decode(CODES, fmt).dtype == np.float32
    assert all(taken) and len(taken) == 6


def test_what_does_not(taken: list[bool]) -> None:
    """Other orders, bytes, types and places take the long way, and give the same."""
    wanted = nf.encode(X, "e4m3fn", path="generic")
    store = np.zeros(200, np.uint8)
    calls: list[tuple[Any, Any]] = [
        (np.repeat(X, 2)[::2], None),
        (X.astype(">f4"), None),
        (X, store[::2]),
        (X[0], None),
    ]
    for x, out in (*calls, (X.astype(np.int32), None)):
        got, right = nf.encode(x, "e4m3fn", out=out), nf.encode(x, "e4m3fn", path="generic")
        assert np.array_equal(got, right) and (x.dtype.kind == "i" or np.isin(right, wanted).all())
    calls = [(X, store.view(np.int8)[:100]), (X.reshape(10, 10), store[:100])]
    for x, out in calls:
        with pytest.raises(ValueError, match=r"^out is "):
            nf.encode(x, "e4m3fn", out=out)
    overlapping = X.copy()
    nf.encode(overlapping, "e4m3fn", out=overlapping.view(np.uint8)[:100])
    assert np.array_equal(overlapping.view(np.uint8)[:100], wanted)
    assert not any(taken)


def test_errors_are_the_long_way_s() -> None:
    read_only = np.zeros(100, np.uint8)
    read_only.flags.writeable = False
    stochastic = nf.Env(rounding="stochastic_a", random_bits_count=3)
    for call, message in (
        ({"out": read_only}, r"^out is read-only$"),
        ({"flags": "all"}, r"^flags is 'all'"),
        ({"random_bits": np.zeros(100, np.uint32)}, r"^random_bits is given"),
        ({"env": stochastic}, r"^random_bits is missing"),
        ({"env": stochastic, "random_bits": np.full(100, 8, np.uint32)}, r"^random_bits goes from 8 to 8"),
        ({"threads": 0}, r"^threads is 0"),
        ({"threads": 1.0}, r"^threads is 1.0"),
    ):  # fmt: skip
        out = np.full(100, 0xA5, np.uint8)
        with pytest.raises(ValueError, match=message):
            nf.encode(X, "e4m3fn", **{"out": out, **call})  # type: ignore[arg-type]
        assert (out == 0xA5).all()
    nans = np.full(100, np.nan, np.float32)
    with pytest.raises(ValueError, match=r"^x: element 0: "):
        nf.encode(nans, "e2m1", env=nf.Env(nan_substitute="raise"))
    with pytest.raises(ValueError, match=r"^codes: element 16 is|^codes: element 16: "):
        nf.decode(CODES, "e2m1")
    with pytest.raises(ValueError, match=r"^dtype: not every value"):
        nf.decode(np.zeros(4, np.uint16), nf.bfloat16, out=np.zeros(4, np.float16))


def test_entries_are_kept_by_identity() -> None:
    """Formats and environments that come and go never meet an entry of others at the same address."""
    for bias in range(1, 600):
        fmt = nf.Format(width=8, precision=4, bias=bias % 16 + 1)
        env = nf.Env(rounding="toward_zero" if bias % 2 else "ties_away")
        wanted = nf.encode(X, fmt, env=env, path="generic")
        assert np.array_equal(nf.encode(X, fmt, env=env), wanted)
        assert np.array_equal(nf.decode(wanted, fmt), nf.decode(wanted, fmt, path="generic"), equal_nan=True)
        del fmt, env
        gc.collect(0)
    assert len(shortcuts._encoders) <= 256 and len(shortcuts._decoders) <= 256
