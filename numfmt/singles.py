# SPDX-License-Identifier: BSD-3-Clause
"""One Python float at a time: the short cut of ``encode``, which keeps what a format and an environment need."""

from __future__ import annotations

from typing import Any

from numfmt import _bind, formats
from numfmt.formats import Format
from numfmt.modes import Env, env_struct, resolve

#: By identity, which is cheaper than equality; the entry keeps both objects alive, so no other can have their place.
_kept: dict[tuple[int, int], tuple[Any, Any, _bind.FloatCall, Any]] = {}
_MOST = 256


def encode(x: float, fmt: Format | str, env: Env | None) -> Any:
    """The code of ``x`` as a numpy scalar; None where only the long way knows what to do."""
    entry = _kept.get((id(fmt), id(env)))
    if entry is None:
        entry = _keep(fmt, env)
        if entry is None:
            return None
    code = entry[2](x)
    return None if code is None else entry[3](code)


def _keep(fmt: Format | str, env: Env | None) -> tuple[Any, Any, _bind.FloatCall, Any] | None:
    known = formats.format(fmt)
    rules = resolve(env)
    if known.width > 64 or rules.is_stochastic:
        return None
    if len(_kept) >= _MOST:
        _kept.clear()
    call = _bind.FloatCall(formats.struct(known), env_struct(rules), known.dtype.itemsize)
    entry = _kept[id(fmt), id(env)] = fmt, env, call, known.dtype.type
    return entry
