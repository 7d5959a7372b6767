# SPDX-License-Identifier: BSD-3-Clause
"""The short cuts of ``encode`` and ``decode``, for calls that need no preparation: one Python float, or arrays that C
can read and write where they are.  What a format and an environment need is kept from call to call.

Each function gives None where only the long way, in ``codec``, knows what to do; nothing has been written then.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from numfmt import _bind, arguments, floats, formats, sources, threads
from numfmt.arguments import Array, FlagsArgument
from numfmt.formats import Format
from numfmt.modes import Env, env_struct, resolve

#: By identity, which is cheaper than equality; an entry keeps the objects alive, so no others can have their places.
_floats: dict[Any, tuple[Any, Any, _bind.FloatCall, Any]] = {}
_encoders: dict[Any, tuple[Any, Any, _bind.ArrayCall, Any, bool]] = {}
_decoders: dict[Any, tuple[Any, _bind.ArrayCall, Any]] = {}
_MOST = 256


def encode_float(x: float, fmt: Format | str, env: Env | None) -> Any:
    """The code of ``x`` as a numpy scalar."""
    entry = _floats.get((id(fmt), id(env)))
    if entry is None:
        known, rules = formats.format(fmt), resolve(env)
        if known.width > 64 or rules.is_stochastic:
            return None
        call = _bind.FloatCall(formats.struct(known), env_struct(rules), known.dtype.itemsize)
        entry = fmt, env, call, known.dtype.type
        _keep(_floats, (id(fmt), id(env)), entry)
    code = entry[2](x)
    return None if code is None else entry[3](code)


def encode(
    x: Array,
    fmt: Format | str,
    *,
    env: Env | None,
    random_bits: Any,
    flags: FlagsArgument,
    out: Array | None,
    count: int | None,
) -> Any:
    """What ``codec.encode`` returns for an array of floats; ``count`` is its argument ``threads``."""
    entry = _encoders.get((id(fmt), id(env), x.dtype))
    if entry is None:
        entry = _encoding(x.dtype, fmt, env)
        if entry is None:
            return None
    call, dtype, is_stochastic = entry[2:]
    if is_stochastic is (random_bits is None) or not (random_bits is None or _fits(random_bits, x, np.uint32)):
        return None
    target = _target(x, out, dtype)
    if target is None or _is_shared(call, count, x.size):
        return None
    if flags is False:
        return target if call(x, target, random_bits) else None
    bits = arguments.flag_bytes(flags, x.shape)
    any_flags = call.flagged(x, target, random_bits, bits)
    return None if any_flags is None else arguments.returned(flags, target, bits, any_flags)


def decode(codes: Array, fmt: Format | str, *, out: Array | None, count: int | None) -> Array | None:
    """What ``codec.decode`` returns for an array of codes; ``count`` is its argument ``threads``."""
    key = id(fmt), codes.dtype, None if out is None else out.dtype
    entry = _decoders.get(key)
    if entry is None:
        known = formats.format(fmt)
        if codes.dtype != known.dtype or known.width > 64:
            return None
        dtype = floats.float_for(known, None if out is None else out.dtype)
        call = _bind.ArrayCall(formats.struct(known), formats.struct(formats.format(dtype.name)), env_struct(Env()))
        entry = fmt, call, dtype
        _keep(_decoders, key, entry)
    call, dtype = entry[1:]
    target = _target(codes, out, dtype)
    if target is None or _is_shared(call, count, codes.size):
        return None
    return target if call(codes, target) else None


def _encoding(dtype: Any, fmt: Format | str, env: Env | None) -> Any:
    known, rules = formats.format(fmt), resolve(env)
    source = sources.float_format(dtype)
    if source is None or known.width > 64:
        return None
    call = _bind.ArrayCall(formats.struct(source), formats.struct(known), env_struct(rules))
    entry = fmt, env, call, known.dtype, rules.is_stochastic
    _keep(_encoders, (id(fmt), id(env), dtype), entry)
    return entry


def _is_shared(call: _bind.ArrayCall, count: int | None, size: int) -> bool:
    """Do several threads do the work?  Then ``threads.run`` starts them."""
    return threads.number(count, size, is_fast=call.is_fast) > 1


def _target(values: Array, out: Array | None, dtype: Any) -> Array | None:
    """Where C may write the results of ``values``; None if it is not so simple."""
    if not values.flags.c_contiguous or not values.ndim:
        return None
    if out is None:
        return np.empty(values.shape, dtype)
    return out if _fits(out, values, dtype) and out.flags.writeable else None


def _fits(array: Any, values: Array, dtype: Any) -> bool:
    """Does an array stand beside the values, element for element?"""
    return (
        type(array) is np.ndarray
        and array.dtype == dtype
        and array.shape == values.shape
        and array.flags.c_contiguous
        and array.flags.aligned
    )


def _keep(entries: dict[Any, Any], key: Any, entry: tuple[Any, ...]) -> None:
    if len(entries) >= _MOST:
        entries.clear()
    entries[key] = entry
