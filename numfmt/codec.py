# SPDX-License-Identifier: BSD-3-Clause
"""encode, decode, convert: values to codes and back, each result rounded once (SEMANTICS 2-6, 9)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from numfmt import _bind, arguments, floats, formats, shortcuts, sources
from numfmt import threads as threads_module
from numfmt.arguments import Array, FlagsArgument
from numfmt.formats import Format
from numfmt.modes import Env, env_struct, resolve

Path = Literal["auto", "generic"]


def encode(
    x: Any,
    fmt: Format | str,
    *,
    env: Env | None = None,
    random_bits: Any = None,
    flags: FlagsArgument = False,
    out: Array | None = None,
    path: Path = "auto",
    threads: int | None = None,
) -> Any:
    """Codes of the values ``x`` in the format ``fmt``, each rounded once from its exact value.

    x
        A numpy array or scalar of float16, float32, float64, longdouble or an integer dtype (any shape, strides,
        byte order), or of an ml_dtypes dtype; a Python int (any size), float, Fraction, Decimal, mpmath.mpf or str
        (decimal or hexadecimal digits of any length, inf, NaNs such as ``-nan`` and ``snan(0x1)``); nested lists, an
        object array or a string array of those.
    fmt
        A Format or a format's name.
    env
        The environment; None is ``Env()``: ties_even, tininess after rounding, overflow by the format.
    random_bits
        For a stochastic rounding, and only for one: integers below ``2**env.random_bits_count`` of a shape that
        broadcasts to ``x``'s (``numfmt.random_bits`` makes them).
    flags
        False returns codes; ``"any"`` returns (codes, Flags: the OR over all elements); True returns (codes, an
        array of uint8 of the same shape).
    out
        An array of shape ``x.shape`` and dtype ``fmt.dtype`` to receive the codes.
    path
        ``"generic"`` computes every element by the specification path; ``"auto"`` by a kernel where there is one
        (``numfmt.build_info()`` names them).  The results are the same.
    threads
        How many threads may share a large array; None: the variable NUMFMT_NUM_THREADS, else all cores.

    Returns an array of ``fmt.dtype`` with the shape of ``x``; a numpy scalar for a scalar.  Raises TypeError for a
    dtype or element that is no real number, ValueError for a NaN under ``nan_substitute="raise"``.
    Source: IEEE 754-2019 5.4.2, P3109 v4.0 4.7.3.
    """
    codes = None
    if type(x) is np.ndarray and path == "auto":
        codes = shortcuts.encode(x, fmt, env=env, random_bits=random_bits, flags=flags, out=out, count=threads)
    elif type(x) is float and random_bits is None and flags is False and out is None and path == "auto":
        codes = shortcuts.encode_float(x, fmt, env)
    if codes is not None:
        return codes
    fmt = formats.format(fmt)
    return _deliver(
        "x", sources.read(x, fmt, copy=False), fmt, _Call(resolve(env), random_bits, flags, out, path, threads)
    )


def convert(
    codes: Any,
    src: Format | str,
    dst: Format | str,
    *,
    env: Env | None = None,
    random_bits: Any = None,
    flags: FlagsArgument = False,
    out: Array | None = None,
    path: Path = "auto",
    threads: int | None = None,
) -> Any:
    """Codes of ``dst`` for codes of ``src``, each rounded once; NaNs come out quiet.

    codes
        An integer array or (nested lists of) ints, each below ``2**src.width``; or an array of the ml_dtypes
        dtype that ``src`` names.
    src, dst
        Formats or their names; the other arguments and the result as for ``encode``.

    Raises TypeError for a codes dtype that is no integer, ValueError for a code with bits above the width.
    Source: IEEE 754-2019 5.4.2.
    """
    src = formats.format(src)
    dst = formats.format(dst)
    source = sources.Source(arguments.codes_of("codes", codes, src), src)
    return _deliver("codes", source, dst, _Call(resolve(env), random_bits, flags, out, path, threads))


def decode(
    codes: Any,
    fmt: Format | str,
    *,
    dtype: Any = None,
    out: Array | None = None,
    path: Path = "auto",
    threads: int | None = None,
) -> Any:
    """The values of codes, exactly.

    codes
        As for ``convert``.
    fmt
        A Format or a format's name.
    dtype
        None: float32 if every code of the format is exact there, else float64.  ``numpy.float16``, ``float32``,
        ``float64`` or ``object``; object gives Fractions, and Python floats for -0.0, inf and nan.
    out
        A float array of the codes' shape to receive the values; its dtype is that of ``dtype``, if that is given too.
    path, threads
        As for ``encode``.

    Returns an array of the codes' shape; a scalar for a scalar.  No NaN comes out signalling; no flags are raised.
    Raises ValueError if the dtype cannot hold every value of the format.
    """
    if type(codes) is np.ndarray and dtype is None and path == "auto" and (out is None or type(out) is np.ndarray):
        values = shortcuts.decode(codes, fmt, out=out, count=threads)
        if values is not None:
            return values
    fmt = formats.format(fmt)
    array = arguments.codes_of("codes", codes, fmt)
    if dtype is not None and np.dtype(dtype) == object:
        if out is not None:
            raise ValueError("out is given with dtype=object: it must be a float array")
        return _decode_object(array, fmt)
    if dtype is None and isinstance(out, np.ndarray):
        dtype = out.dtype
    target = floats.float_for(fmt, dtype)
    values = arguments.output(out, array.shape, target, (array,))
    named = formats.format(target.name)
    arrays = _bind.Arrays(array, values.view(f"u{target.itemsize}"), wants_any=False)
    run = _function(sources.Source(array, fmt), named, resolve(None), path)
    parts = _parts(sources.Source(array, fmt), named, resolve(None), threads, path)
    arguments.call("codes", fmt, threads_module.run, run, arrays, parts)
    if out is None:
        return (values if dtype is None else values.astype(dtype, copy=False))[()]
    if values is not out:
        out[...] = values
    return out


def quantize_to(x: Any, fmt: Format | str, *, env: Env | None = None, random_bits: Any = None) -> Any:
    """``decode(encode(x))``: the values of ``x`` rounded to the format ("fake cast"), float32 or float64."""
    return decode(encode(x, fmt, env=env, random_bits=random_bits), fmt)


class _Call(NamedTuple):
    """The arguments of encode and convert that say how, not what."""

    env: Env
    random_bits: Any
    flags: FlagsArgument
    out: Array | None
    path: Path
    threads: int | None


def _deliver(name: str, source: sources.Source, fmt: Format, call: _Call) -> Any:
    values, env = source.array, call.env
    may_fail = env.nan_substitute == "raise"
    if may_fail:
        values = np.asarray(values, values.dtype.newbyteorder("="), order="C")
    in_place = values.flags.c_contiguous and values.dtype.isnative
    bits = arguments.flag_bytes(call.flags, values.shape)
    target = arguments.output(call.out, values.shape, fmt.dtype, (values,))
    parts = _parts(source, fmt, env, call.threads, call.path) if in_place else 1
    random = arguments.random(call.random_bits, env, values.shape, c_checks=parts == 1 and in_place)
    arrays = _bind.Arrays(values, target, random, bits, call.flags is not False)
    run = _function(source, fmt, env, call.path)
    work = functools.partial(threads_module.run, count=parts) if in_place else threads_module.in_blocks
    try:
        any_flags = arguments.call(name, source.format or fmt, work, run, arrays)
    except _bind.NumfmtError as error:
        if error.status == _bind.RANDOM_TOO_WIDE:
            arguments.random(call.random_bits, env, values.shape)  # says what is wrong
        if error.status != _bind.NO_SUCH_CAST:
            raise
        given = source.format or ("text, Fractions or mixed lists" if values.dtype == _bind.PARTS else "integers")
        raise ValueError(f"{name}: {env.compat} (env.compat) does not cast {given} to {fmt}") from None
    if call.out is not None and target is not call.out:
        call.out[...] = target
    return arguments.returned(call.flags, target[()] if call.out is None else call.out, bits, any_flags)


def _parts(source: sources.Source, to: Format, env: Env, threads: int | None, path: Path) -> int:
    """How many threads share the work: one, if C may refuse an element, so that nothing is half-written then."""
    fmt, dtype = source.format, source.array.dtype
    may_fail = env.nan_substitute == "raise" or dtype == _bind.PARTS
    is_fast = False
    if fmt is not None and path == "auto":
        is_fast = _bind.is_fast(formats.struct(fmt), formats.struct(to), env_struct(env))
    parts = threads_module.number(threads, source.array.size, is_fast=is_fast)
    if parts > 1 and fmt is not None and fmt.width != 8 * dtype.itemsize:
        may_fail |= dtype.names is not None or int(source.array.max()) > fmt.codes[-1]
    return 1 if may_fail else parts


def _function(source: sources.Source, fmt: Format, env: Env, path: Path) -> Callable[[_bind.Arrays], int]:
    """The call to C that takes this source to this format."""
    if path not in ("auto", "generic"):
        raise ValueError(f"path is {path!r}: must be 'auto' or 'generic'")
    dst, how = formats.struct(fmt), env_struct(env)
    if source.format is not None:
        return functools.partial(_bind.convert, formats.struct(source.format), dst, how, generic=path == "generic")
    return functools.partial(_bind.round_parts if source.array.dtype == _bind.PARTS else _bind.from_int, dst, how)


def _decode_object(array: Array, fmt: Format) -> Any:
    parts = arguments.call("codes", fmt, _bind.unpack, formats.struct(fmt), array)
    out = np.empty(array.shape, object)
    for index in np.ndindex(array.shape):
        out[index] = formats.exact(parts[index])
    return out[()]
