# SPDX-License-Identifier: BSD-3-Clause
"""Arguments that encode, convert and the operations share: codes, random bits, out, flags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from numfmt import _bind, formats, sources
from numfmt.codetypes import CodeType
from numfmt.modes import Env, Flags

Array = np.ndarray[Any, np.dtype[Any]]
#: False: codes only; "any": (codes, the OR of all flags); True: (codes, uint8 flags per element).
FlagsArgument = Literal[False, True, "any"]


def flag_bytes(flags: FlagsArgument, shape: tuple[int, ...]) -> Array | None:
    """The array that receives flags per element, if they are asked for."""
    if not (isinstance(flags, bool) or (isinstance(flags, str) and flags == "any")):
        raise ValueError(f"flags is {flags!r}: must be False, True or 'any'")
    return np.empty(shape, np.uint8) if flags is True else None


def returned(flags: FlagsArgument, codes: Any, bits: Array | None, any_flags: int) -> Any:
    """What a call with this ``flags`` argument returns."""
    if flags is False:
        return codes
    return codes, Flags(any_flags) if bits is None else bits[()]


def random(random_bits: Any, env: Env, shape: tuple[int, ...], *, c_checks: bool = False) -> Array | None:
    """The random bits as C takes them; ``c_checks``: leave it to C to find words that are too large."""
    if not env.is_stochastic:
        if random_bits is not None:
            raise ValueError(f"random_bits is given, but rounding is {env.rounding!r}: only a stochastic one uses it")
        return None
    top = (1 << env.random_bits_count) - 1
    wanted = f"integers 0 to {top} (random_bits_count is {env.random_bits_count})"
    if random_bits is None:
        raise ValueError(f"random_bits is missing: rounding {env.rounding!r} needs {wanted}, one per element")
    array = np.asarray(random_bits)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"random_bits has dtype {array.dtype}: must be {wanted}")
    left_to_c = c_checks and array.dtype == np.uint32 and array.shape == shape
    if array.size and not left_to_c and ((array.dtype.kind == "i" and int(array.min()) < 0) or int(array.max()) > top):
        raise ValueError(f"random_bits goes from {array.min()} to {array.max()}: must be {wanted}")
    try:
        return np.asarray(np.broadcast_to(array, shape), np.uint32, order="C")
    except ValueError:
        raise ValueError(f"random_bits has shape {array.shape}: does not broadcast to {shape}") from None


def output(out: Array | None, shape: tuple[int, ...], dtype: np.dtype[Any], inputs: Sequence[Array]) -> Array:
    """Where C writes: ``out`` itself where that is safe, else a new array."""
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray) or out.dtype.newbyteorder("=") != dtype or out.shape != shape:
        got = f"{out.dtype} of shape {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(f"out is {got}: must be a {dtype} array of shape {shape}")
    if not out.flags.writeable:
        raise ValueError("out is read-only")
    apart = not any(np.may_share_memory(out, values) for values in inputs)
    if out.flags.c_contiguous and out.dtype == dtype and apart:
        return out
    return np.empty(shape, dtype)


def call(name: str, fmt: CodeType, function: Any, *arguments: Any) -> Any:
    """A call to C; a refusal about one element of the argument ``name`` names it."""
    try:
        return function(*arguments)
    except _bind.NumfmtError as error:
        if error.index is None or error.status == _bind.RANDOM_TOO_WIDE:
            raise
        limit = f"; {fmt} takes codes 0 to {hex(fmt.codes[-1])}" if error.status == _bind.CODE_TOO_WIDE else ""
        raise ValueError(f"{name}: element {error.index}: {error}{limit}") from None


def codes_of(name: str, codes: Any, fmt: CodeType) -> Array:
    """The argument ``name`` as a C-contiguous array of ``fmt.dtype``."""
    if hasattr(type(codes), "same_bits"):
        raise TypeError(f"{name} is a numfmt.Array, which has a format: leave the format out, or take its .codes")
    if not isinstance(codes, np.ndarray | np.generic):
        return _code_list(name, codes, fmt)
    array = np.asarray(codes)
    if array.dtype.newbyteorder("=") == fmt.dtype:
        return np.asarray(array, fmt.dtype, order="C")
    if array.dtype.type.__module__ != "numpy" and sources.format_of(array.dtype) == fmt:
        return np.asarray(array, order="C").view(fmt.dtype)
    if array.dtype.kind not in "iu" or fmt.width > 64:
        raise TypeError(
            f"{name} has dtype {array.dtype}: must be an integer array of codes of {fmt} (encode() takes values)"
        )
    top = fmt.codes[-1]
    if array.size and (int(array.min()) < 0 or int(array.max()) > top):
        flat = array.ravel().tolist()
        index = next(i for i, code in enumerate(flat) if not 0 <= code <= top)
        raise ValueError(f"{name}: element {index} is {flat[index]}: {fmt} takes codes 0 to {hex(top)}")
    return np.asarray(array, fmt.dtype, order="C")


def _code_list(name: str, codes: Any, fmt: CodeType) -> Array:
    """Nested lists of ints, never by way of ``np.asarray``, which makes floats of ``[2**63, 1]``."""
    elements: list[Any] = []
    shape = sources.flatten(name, codes, elements)
    top = fmt.codes[-1]
    for index, code in enumerate(elements):
        if isinstance(code, bool | np.bool_) or not isinstance(code, int | np.integer):
            raise TypeError(
                f"{name}: element {index} is {code!r}: must be an int, a code of {fmt} (encode() takes values)"
            )
        if not 0 <= code <= top:
            raise ValueError(f"{name}: element {index} is {code}: {fmt} takes codes 0 to {hex(top)}")
    return formats.code_array(fmt, [int(code) for code in elements]).reshape(shape)
