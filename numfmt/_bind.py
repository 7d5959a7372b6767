# SPDX-License-Identifier: BSD-3-Clause
"""The boundary to C: the only importer of ``ffi`` and ``lib``.

Arrays come in C-contiguous and of the right dtype, structs are built from plain values, and a status becomes
an exception.  Nothing here knows about shapes, names or defaults.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

try:
    from numfmt._numfmt import ffi, lib
except ImportError as error:
    raise ImportError(
        "numfmt's extension module _numfmt is missing or does not load: this looks like the source checkout without "
        f"a build. Run 'pip install .' and use the installed package from the 'nfmt' command ({error})"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Array = np.ndarray[Any, np.dtype[Any]]

#: One exact value, as ``nf_parts`` in numfmt.h.
PARTS = np.dtype(
    [
        ("sig_hi", np.uint64),
        ("sig_lo", np.uint64),
        ("exp", np.int32),
        ("kind", np.uint8),
        ("sign", np.uint8),
        ("sticky", np.uint8),
        ("has_payload", np.uint8),
    ]
)
KIND_ZERO: int = lib.NF_KIND_ZERO
KIND_FINITE: int = lib.NF_KIND_FINITE
KIND_INF: int = lib.NF_KIND_INF
KIND_QUIET_NAN: int = lib.NF_KIND_QUIET_NAN
KIND_SIGNALING_NAN: int = lib.NF_KIND_SIGNALING_NAN
HIGH_NANS_ALL: int = lib.NF_HIGH_NANS_ALL

_EXP0 = {"subnormal": lib.NF_EXP0_SUBNORMAL, "normal": lib.NF_EXP0_NORMAL, "zero": lib.NF_EXP0_ZERO}
_EXP0_NAMES = {value: name for name, value in _EXP0.items()}
_RESULTS = {getattr(lib, f"NF_RESULT_{name.upper()}"): name for name in ("float", "int", "bool", "class")}


class NumfmtError(ValueError):
    """A call that C refused; ``status`` is its nf_status and ``index`` the element it is about, if any."""

    def __init__(self, status: int, index: int | None = None) -> None:
        self.status = status
        self.index = index
        super().__init__(ffi.string(lib.nf_status_text(status)).decode())


ISAS = {name: getattr(lib, f"NF_ISA_{name.upper()}") for name in ("generic", "portable", "avx2", "avx512", "neon")}


def isas() -> list[str]:
    """The instruction sets that this machine runs, from generic to the best."""
    return [name for name, isa in ISAS.items() if lib.nf_isa_runs(isa)]


def _isa() -> str:
    """What the variable NUMFMT_ISA names, or the best there is."""
    name = os.environ.get("NUMFMT_ISA", "auto")
    if name not in ("auto", *isas()):
        raise ImportError(f"NUMFMT_ISA is {name!r}: on this machine it must be auto or one of {', '.join(isas())}")
    return isas()[-1] if name == "auto" else name


#: The code that conversions of arrays run.
ISA = _isa()

#: Statuses that are about one element of an array.
CODE_TOO_WIDE: int = lib.NF_ERR_CODE
RANDOM_TOO_WIDE: int = lib.NF_ERR_RANDOM_BITS
#: The peer that an environment names has no such cast.
NO_SUCH_CAST: int = lib.NF_ERR_COMPAT_CAST
_PER_ELEMENT = (CODE_TOO_WIDE, RANDOM_TOO_WIDE, lib.NF_ERR_NAN, lib.NF_ERR_PARTS)


def enum_value(prefix: str, name: str) -> int:
    """The value of the C enumerator ``NF_{prefix}_{NAME}``."""
    return int(getattr(lib, f"NF_{prefix}_{name.upper()}"))


def version() -> str:
    return str(ffi.string(lib.nf_version()).decode())


def format_struct(fields: Mapping[str, Any]) -> Any:
    """An ``nf_format`` from a descriptor's fields; out-of-range integers raise OverflowError."""
    high = fields["n_high_nans"]
    exact = dict(fields, exp0=_EXP0[fields["exp0"]], n_high_nans=HIGH_NANS_ALL if high == "all" else high)
    return ffi.new("nf_format *", exact)


def _fields(struct: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: bool(getattr(struct, name))
        for name in ("is_signed", "has_inf", "has_zero", "has_neg_zero", "has_quiet_bit", "explicit_leading_bit")
    }
    high = struct.n_high_nans
    fields["n_high_nans"] = "all" if high == HIGH_NANS_ALL else high
    return fields | {
        "width": struct.width,
        "precision": struct.precision,
        "bias": struct.bias,
        "exp0": _EXP0_NAMES[struct.exp0],
    }


def canonical(fields: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The canonical descriptor as a C struct and as fields."""
    struct = format_struct(fields)
    _check(lib.nf_format_canonicalize(struct))
    return struct, _fields(struct)


def find(name: str) -> dict[str, Any]:
    """The descriptor that the library's table, or P3109's naming rule, gives a name."""
    struct = ffi.new("nf_format *")
    if not name.isascii() or "\0" in name:
        raise NumfmtError(lib.NF_ERR_NAME)
    _check(lib.nf_format_find(name.encode(), struct))
    return _fields(struct)


def table() -> Iterator[tuple[str, tuple[str, ...], str, bool]]:
    """Name, aliases, source document and provisional mark of every named format."""
    for index in range(lib.nf_format_count()):
        info = lib.nf_format_at(index)
        name, aliases, source = (ffi.string(text).decode() for text in (info.name, info.aliases, info.source))
        yield name, tuple(aliases.split()), source, bool(info.provisional)


def landmarks(struct: Any) -> dict[str, int | None]:
    """The codes of ``nf_landmarks``; None for what the format lacks."""
    marks = ffi.new("nf_landmarks *")
    _check(lib.nf_format_landmarks(struct, marks))
    needs = {
        "min_normal": lib.NF_HAS_NORMALS,
        "min_subnormal": lib.NF_HAS_SUBNORMALS,
        "max_subnormal": lib.NF_HAS_SUBNORMALS,
        "inf": lib.NF_HAS_INF,
        "nan": lib.NF_HAS_NAN,
    }
    codes: dict[str, int | None] = {}
    for name in ("max", "lowest", "min_positive", *needs):
        code = getattr(marks, name)
        absent = name in needs and not marks.present & needs[name]
        codes[name] = None if absent else code.hi << 64 | code.lo
    return codes


def env_struct(values: Mapping[str, int]) -> Any:
    return ffi.new("nf_env *", values)


class Arrays(NamedTuple):
    """The buffers of one call: C-contiguous, of one shape; ``random`` of uint32, ``flags`` of uint8; and whether the
    OR of the flags is wanted.
    """

    values: Array
    out: Array
    random: Array | None = None
    flags: Array | None = None
    wants_any: bool = True


class Sinks(NamedTuple):
    """As Arrays, for a call with several inputs."""

    out: Array
    random: Array | None = None
    flags: Array | None = None


def convert(src: Any, dst: Any, env: Any, arrays: Arrays, *, generic: bool = False) -> int:
    """nf_convert over whole arrays; the OR of the flags."""
    return _run(lib.nf_convert_by, (ISAS["generic" if generic else ISA], src, dst, env), arrays)


def is_fast(src: Any, dst: Any, env: Any) -> bool:
    """Has ``convert`` more than the generic path for it?"""
    return bool(lib.nf_isa_converts(ISAS[ISA], src, dst, env))


def from_int(dst: Any, env: Any, arrays: Arrays) -> int:
    return _run(lib.nf_from_int, (arrays.values.dtype.kind == "i", dst, env), arrays)


def round_parts(dst: Any, env: Any, arrays: Arrays) -> int:
    return _run(lib.nf_round_parts, (dst, env), arrays)


def unpack(struct: Any, codes: Array) -> Array:
    """The exact values of ``codes`` as a PARTS array of the same shape."""
    parts = np.empty(codes.shape, PARTS)
    result = ffi.new("nf_result *")
    at = _pointer("nf_parts *", parts, writable=True)
    _check(lib.nf_unpack(struct, codes.size, _pointer("void *", codes), at, result), result)
    return parts


def _run(function: Any, head: tuple[Any, ...], arrays: Arrays) -> int:
    """The OR of the flags; 0, unless ``arrays`` asks for it: kernels are faster without."""
    values, out, random, flags, wants_any = arrays
    result = ffi.new("nf_result *") if wants_any or flags is not None else ffi.NULL
    in_type = "nf_parts *" if values.dtype == PARTS else "void *"
    rest = values.size, _pointer(in_type, values), *_sinks(random, out, flags)
    status = function(*head, *rest, result)
    if status and not result:
        result = ffi.new("nf_result *")
        status = function(*head, *rest, result)  # the same again, to learn which element it is
    _check(status, result)
    return int(result.flags) if result else 0


def op_table() -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and columns of every operation."""
    for op in range(lib.nf_op_count()):
        info = lib.nf_op_at(op)
        columns: dict[str, Any] = {
            name: ffi.string(getattr(info, name)).decode() for name in ("name", "operands", "formula", "source")
        }
        marks = {"rounds": bool(info.rounds), "one_format": bool(info.one_format), "flags": info.flags}
        yield op, columns | marks | {"result": _RESULTS[info.result]}


def format_list(structs: Sequence[Any]) -> Any:
    """An array of descriptors."""
    return ffi.new("nf_format[]", [struct[0] for struct in structs])


def int_struct(width: int, *, signed: bool, frac_bits: int = 0) -> Any:
    """An integer or fixed-point type as ``nf_apply`` takes it."""
    return ffi.new("nf_format *", {"width": width, "is_signed": signed, "bias": frac_bits})


def apply(op: int, types: tuple[Any, Any, Any], inputs: Sequence[Array], sinks: Sinks) -> int:
    """nf_apply over whole arrays with ``types``: the operands' list, the result's or None, the environment."""
    out, random, flags = sinks
    return int(_operate(lib.nf_apply, (op, *types), inputs, *_sinks(random, out, flags)).flags)


def unrounded(op: int, types: tuple[Any, Any, Any], inputs: Sequence[Array]) -> Array:
    """nf_unrounded over whole arrays: PARTS; ``types`` as for ``apply``."""
    parts = np.empty(inputs[0].shape, PARTS)
    _operate(lib.nf_unrounded, (op, *types), inputs, _pointer("nf_parts *", parts, writable=True))
    return parts


def _operate(function: Any, head: tuple[Any, ...], inputs: Sequence[Array], *outputs: Any) -> Any:
    op, operands, to, env = head
    result = ffi.new("nf_result *")
    pointers = [_pointer("void *", values) for values in inputs]
    _check(
        function(op, operands, ffi.NULL if to is None else to, env, inputs[0].size, pointers, *outputs, result), result
    )
    return result


def dot(types: tuple[Any, Any, Any], inputs: Sequence[Array], sinks: Sinks) -> int:
    """nf_dot of matrices (rows, inner) and (inner, cols), or row sums of one; ``types`` as for ``apply``."""
    operands, to, env = types
    out, random, flags = sinks
    second = inputs[1] if len(inputs) == 2 else None
    workspace = np.empty(lib.nf_dot_workspace(operands, ffi.NULL if second is None else operands + 1) // 8, np.uint64)
    result = ffi.new("nf_result *")
    sizes = *inputs[0].shape, 1 if second is None else second.shape[1]
    arrays = _pointer("void *", inputs[0]), _pointer("void *", second), *_sinks(random, out, flags)
    room = _pointer("void *", workspace, writable=True), workspace.nbytes
    status = lib.nf_dot(operands, to, env, *sizes, *arrays, *room, result)
    _check(status, result)
    return int(result.flags)


class ScalarCall:
    """One operation on single codes of at most 64 bits, without arrays.

    ``call(a, b)`` is (code, flags), or None where C refuses.  Buffers come from a list and go back to it: taking and
    returning one is atomic, so calls in several threads, or one in the middle of another, never share them.
    """

    __slots__ = ("_cells", "_head", "_sizes")

    def __init__(self, op: int, types: tuple[Any, Any, Any], sizes: Sequence[int]) -> None:
        """``types`` as for ``apply``; ``sizes`` are the bytes of a code of each operand and of the result."""
        operands, to, env = types
        self._head = op, operands, ffi.NULL if to is None else to, env, 1
        self._sizes = tuple(sizes)
        self._cells: list[Any] = []

    def __call__(self, *codes: int) -> tuple[int, int] | None:
        try:
            cell = self._cells.pop()
        except IndexError:
            cell = self._new_cell()
        inputs, pointers, out, target, result = cell
        if len(codes) == 2:
            inputs[0][0], inputs[1][0] = codes
        else:
            for buffer, code in zip(inputs, codes, strict=True):
                buffer[0] = code
        status = lib.nf_apply(*self._head, pointers, ffi.NULL, target, ffi.NULL, result)
        done = None if status else (out[0], result.flags)
        self._cells.append(cell)
        return done

    def _new_cell(self) -> tuple[Any, ...]:
        buffers = [ffi.new(f"uint{8 * size}_t[1]") for size in self._sizes]
        *inputs, out = buffers
        pointers = ffi.new("void *[]", inputs)
        return inputs, pointers, out, ffi.cast("void *", out), ffi.new("nf_result *")


#: No flags, and no result.
_NOWHERE = ffi.NULL, ffi.NULL


class ArrayCall:
    """nf_convert from one format to another, over arrays of at least one dimension that C reads and writes in place.

    ``call(values, out, random)`` says whether C did it, ``flagged`` gives the OR of the flags too, or None: where C
    refuses, nothing is written.
    """

    __slots__ = ("_head", "is_fast")

    def __init__(self, src: Any, dst: Any, env: Any) -> None:
        self._head, self.is_fast = (src, dst, env), is_fast(src, dst, env)

    def __call__(self, values: Array, out: Array, random: Array | None = None, sinks: Any = _NOWHERE) -> bool:
        words = ffi.NULL if random is None else ffi.from_buffer("uint32_t[]", random)
        buffers = ffi.from_buffer(values), words, ffi.from_buffer(out)
        return not lib.nf_convert_by(ISAS[ISA], *self._head, values.size, *buffers, *sinks)

    def flagged(self, values: Array, out: Array, random: Array | None, flags: Array | None) -> int | None:
        octets = ffi.NULL if flags is None else ffi.from_buffer("uint8_t[]", flags)
        result = ffi.new("nf_result *")
        return result.flags if self(values, out, random, (octets, result)) else None


class FloatCall:
    """The code of a Python float in a format of at most 64 bits, without arrays; None where C refuses.

    Buffers are kept as in ScalarCall.
    """

    __slots__ = ("_cells", "_head", "_size")

    def __init__(self, dst: Any, env: Any, size: int) -> None:
        """``size``: bytes of a code."""
        source = ffi.new("nf_format *")
        _check(lib.nf_format_find(b"binary64", source))
        self._head = lib.NF_ISA_GENERIC, source, dst, env, 1
        self._size = size
        self._cells: list[Any] = []

    def __call__(self, x: float) -> int | None:
        try:
            cell = self._cells.pop()
        except IndexError:
            cell = ffi.new("double[1]"), ffi.new(f"uint{8 * self._size}_t[1]")
        value, out = cell
        value[0] = x
        status = lib.nf_convert_by(*self._head, value, ffi.NULL, out, ffi.NULL, ffi.NULL)
        code = None if status else out[0]
        self._cells.append(cell)
        return code


def _pointer(type_: str, array: Array | None, *, writable: bool = False) -> Any:
    """A pointer to the array's memory, which the caller keeps alive; NULL for None."""
    if array is None:
        return ffi.NULL
    return ffi.cast(type_, ffi.from_buffer(array, require_writable=writable))


def _sinks(random: Array | None, out: Array, flags: Array | None) -> tuple[Any, Any, Any]:
    """The random bits, and where C writes: the end of most calls, but for the result."""
    random_bits = _pointer("uint32_t *", random)
    return random_bits, _pointer("void *", out, writable=True), _pointer("uint8_t *", flags, writable=True)


def _check(status: int, result: Any = None) -> None:
    if status:
        per_element = result is not None and status in _PER_ELEMENT
        raise NumfmtError(status, result.index if per_element else None)
