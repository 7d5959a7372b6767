# SPDX-License-Identifier: BSD-3-Clause
"""The boundary to C for integer codes: as numfmt._bind, arrays come in C-contiguous, native and of one shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from numfmt._bind import ISA, ISAS, NumfmtError
from numfmt._numfmt import ffi, lib

Array = np.ndarray[Any, np.dtype[Any]]

#: Statuses that are about one element.
CODE_TOO_WIDE: int = lib.NF_ERR_CODE
OUT_OF_RANGE: int = lib.NF_ERR_RANGE


def struct(kind: str, width: int, bias: int, *, narrow: bool = False) -> Any:
    """A kind of integer code as C takes it."""
    fields = {"kind": getattr(lib, f"NF_INTEGER_{kind.upper()}"), "width": width, "bias": bias, "narrow": narrow}
    return ffi.new("nf_integer *", fields)


def encode(type_: Any, overflow: str, values: Array, codes: Array, isa: str | None = None) -> None:
    """nf_integer_encode: values of any integer dtype, codes of any unsigned one."""
    source = values.size, values.dtype.kind == "i", values.itemsize, _read(values)
    _run(lib.nf_integer_encode, _isa(isa), type_, _overflow(overflow), *source, codes.itemsize, _written(codes))


def encode_wide(type_: Any, overflow: str, words: Array, codes: Array) -> None:
    """nf_integer_encode_wide: ``words`` has one dimension more than ``codes``, the words of each value."""
    source = codes.size, words.shape[-1], _read(words)
    _run(lib.nf_integer_encode_wide, type_, _overflow(overflow), *source, codes.itemsize, _written(codes))


def decode(type_: Any, codes: Array, values: Array, isa: str | None = None) -> None:
    target = values.dtype.kind == "i", values.itemsize, _written(values)
    _run(lib.nf_integer_decode, _isa(isa), type_, codes.size, codes.itemsize, _read(codes), *target)


def decode_wide(type_: Any, codes: Array) -> Array:
    """Two words for each value, the lower first."""
    words = np.empty((*codes.shape, 2), np.uint64)
    _run(lib.nf_integer_decode_wide, type_, codes.size, codes.itemsize, _read(codes), _written(words))
    return words


def calculate(type_: Any, op: str, *arrays: Array, isa: str | None = None) -> None:
    """nf_integer_calculate: one or two arrays of codes in; codes, carry and overflow (bool) out."""
    *inputs, out, carry, overflow = arrays
    first, second = inputs[0], inputs[1] if len(inputs) == 2 else None
    sinks = _written(out), _written(carry, "uint8_t *"), _written(overflow, "uint8_t *")
    number = getattr(lib, f"NF_INTEGER_{op.upper()}")
    _run(
        lib.nf_integer_calculate, _isa(isa), type_, number, out.size, out.itemsize, _read(first), _read(second), *sinks
    )


def compare(type_: Any, a: Array, b: Array, out: Array, isa: str | None = None) -> None:
    sources = _read(a), _read(b)
    _run(lib.nf_integer_compare, _isa(isa), type_, out.size, a.itemsize, *sources, _written(out, "int8_t *"))


def pack(width: int, order: str, codes: Array) -> Array:
    """The bytes of a dense stream of codes."""
    octets = np.empty(lib.nf_integer_packed_bytes(width, codes.size), np.uint8)
    _run(
        lib.nf_integer_pack,
        width,
        _order(order),
        codes.size,
        codes.itemsize,
        _read(codes),
        _written(octets, "uint8_t *"),
    )
    return octets


def unpack(width: int, order: str, octets: Array, codes: Array) -> None:
    source = codes.size, ffi.cast("uint8_t *", ffi.from_buffer(octets))
    status = lib.nf_integer_unpack(width, _order(order), *source, codes.itemsize, _written(codes))
    if status:
        raise NumfmtError(status)


def packed_bytes(width: int, count: int) -> int:
    """The bytes of a stream of so many codes."""
    return int(lib.nf_integer_packed_bytes(width, count))


def _isa(name: str | None) -> int:
    return int(ISAS[ISA if name is None else name])


def _overflow(name: str) -> int:
    return int(getattr(lib, f"NF_INTEGER_{name.upper()}"))


def _order(name: str) -> int:
    return int(getattr(lib, f"NF_{name.upper()}"))


def _read(array: Array | None) -> Any:
    return ffi.NULL if array is None else ffi.cast("void *", ffi.from_buffer(array))


def _written(array: Array, type_: str = "void *") -> Any:
    return ffi.cast(type_, ffi.from_buffer(array, require_writable=True))


def _run(function: Any, *arguments: Any) -> None:
    """A call whose last argument is its nf_result."""
    result = ffi.new("nf_result *")
    status = function(*arguments, result)
    if status:
        raise NumfmtError(status, result.index if status in (CODE_TOO_WIDE, OUT_OF_RANGE) else None)
