# SPDX-License-Identifier: BSD-3-Clause
"""The kinds of integer code."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, get_args

import numpy as np

from numfmt import _bind_integers, arguments
from numfmt._bind import NumfmtError
from numfmt.integers import reading

if TYPE_CHECKING:
    from numfmt.integers.explanation import IntegerExplanation

Array = np.ndarray[Any, np.dtype[Any]]
#: What encode does with a value out of range.
IntegerOverflow = Literal["error", "saturate", "wrap"]
OVERFLOWS: tuple[IntegerOverflow, ...] = get_args(IntegerOverflow)
#: Which bits of a byte hold the first code.
BitOrder = Literal["low_first", "high_first"]
ORDERS: tuple[BitOrder, ...] = get_args(BitOrder)


class Calculated(NamedTuple):
    """Of a sum, difference or negation, in the operands' shape, scalars for scalars: codes of ``code_dtype``; where a
    carry came out (bool); where the exact result is out of range (bool).
    """

    codes: Any
    carry: Any
    overflow: Any


@dataclass(frozen=True)
class IntegerCode:
    """Integers in codes of ``width`` bits, 1 to 64; the base of the kinds.

    Codes are bit patterns, 0 to ``2**width - 1``, in arrays of ``code_dtype``; values are integers, ``min`` to ``max``,
    in arrays of ``dtype``.  ``encode`` makes codes of values; everything else takes codes.  Raises ValueError for a
    width out of range, TypeError for one that is no integer.
    """

    width: int

    kind: ClassVar[str] = ""
    #: Names of the code's fields, from the highest bit.
    fields: ClassVar[tuple[str, ...]] = ("digits",)

    def __post_init__(self) -> None:
        if not self.kind:
            raise TypeError("IntegerCode is the base of SignMagnitude, OnesComplement, TwosComplement, OffsetBinary, "
                            "Unsigned")  # fmt: skip
        _need_integer(self, "width", self.width, 1, 64)

    def __str__(self) -> str:
        return f"{self.kind}:{self.width}"

    @property
    def min(self) -> int:
        """The lowest value."""
        return -self.max

    @property
    def max(self) -> int:
        """The highest value."""
        return (1 << (self.width - 1)) - 1

    @property
    def zeros(self) -> tuple[int, ...]:
        """The codes of 0, +0 first."""
        return (0,)

    @property
    def code_dtype(self) -> np.dtype[Any]:
        """The smallest unsigned dtype that holds the codes."""
        return reading.code_dtype(self.width)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The smallest dtype that holds the values; object, for Python ints, where 64 bits do not."""
        for size in (1, 2, 4, 8):
            info = np.iinfo(f"{'i' if self._is_signed else 'u'}{size}")
            if info.min <= self.min and self.max <= info.max:
                return info.dtype
        return np.dtype(object)

    def encode(
        self, x: Any, overflow: IntegerOverflow = "error", *, narrow: bool = False, out: Array | None = None
    ) -> Any:
        """The codes of integers; +0 for 0.

        x
            An array of any integer dtype, or nested sequences of Python ints of any size.
        overflow
            What becomes of a value out of range.  "error": ValueError, and nothing is written.  "saturate": the nearest
            value in range.  "wrap": modulo 2**width; ones' complement: modulo 2**width - 1; sign-magnitude: the sign
            and the low width - 1 bits of the magnitude.
        narrow
            The lowest value of two's complement is out of range, so that the range is symmetric; not with "wrap".
        out
            An array of x's shape and ``code_dtype`` to receive the codes.

        Returns codes of ``code_dtype`` and x's shape, a scalar for a scalar.  Floats are a TypeError: ``nf.to_int``
        says how they are rounded.
        """
        if overflow not in OVERFLOWS:
            raise ValueError(f"overflow is {overflow!r}: must be one of {', '.join(OVERFLOWS)}")
        if narrow and (self.kind != "twos_complement" or overflow == "wrap"):
            raise ValueError(f"narrow is True for {self} with overflow={overflow!r}: must be False, but for two's "
                             "complement with error or saturate")  # fmt: skip
        values, shape = reading.values_of("x", x)
        codes = arguments.output(out, shape, self.code_dtype, [values])
        type_ = self._struct(narrow=bool(narrow))
        try:
            if values.shape == shape:
                run = functools.partial(_bind_integers.encode, type_, overflow)
                reading.in_parts(run, [values, codes], alone=codes is out)
            else:
                _bind_integers.encode_wide(type_, overflow, values, codes)
        except NumfmtError as error:
            if error.index is None:
                raise
            value = reading.shown(reading.number_at(values, shape, error.index))
            limits = f"{self.min + bool(narrow)} to {self.max}"
            raise ValueError(f"x: element {error.index} is {value}: {self} takes {limits}") from None
        return _delivered(codes, out)

    def decode(self, codes: Any, *, out: Array | None = None) -> Any:
        """The values of codes: ``dtype`` and the shape of the codes, a scalar for a scalar.

        codes
            An array of any integer dtype, or nested sequences of ints, 0 to 2**width - 1; else ValueError.
        out
            An array of the codes' shape and ``dtype`` to receive the values.
        """
        array = self._codes("codes", codes)
        values = arguments.output(out, array.shape, self.dtype, [array])
        if values.dtype == object:
            words = self._call("codes", array, _bind_integers.decode_wide, self._struct(), array)
            flat = [reading.number_at(words, array.shape, index) for index in range(array.size)]
            values[...] = np.array(flat, object).reshape(array.shape)
        else:
            run = functools.partial(_bind_integers.decode, self._struct())
            self._call("codes", array, reading.in_parts, run, [array, values], alone=values is out)
        return _delivered(values, out)

    def add(self, a: Any, b: Any) -> Calculated:
        """a + b on codes, as hardware adds them; shapes broadcast.

        Two's complement, unsigned: modulo 2**width; carry: out of the adder.  Ones' complement: the carry is added at
        the low end (5 + -5 is -0).  Sign-magnitude: magnitudes are added, modulo 2**(width - 1) (carry: out of that
        adder), or the smaller subtracted from the larger (equal ones give +0; -0 + -0 is -0).  Offset binary: a + b -
        bias modulo 2**width; carry: of a + b.  overflow: the exact result is out of range.
        """
        return self._calculate("add", a=a, b=b)

    def sub(self, a: Any, b: Any) -> Calculated:
        """a - b on codes, as ``add``.  Two's complement, unsigned: a + ~b + 1, so carry says that there was no borrow;
        offset binary: a - b + bias, carry as well; ones' complement: a + ~b; sign-magnitude: a + -b.
        """
        return self._calculate("sub", a=a, b=b)

    def negate(self, a: Any) -> Calculated:
        """-a on codes: two's complement, unsigned, offset binary: 0 - a as ``sub`` has it; ones' complement: ~a;
        sign-magnitude: the sign bit inverted (both without carry or overflow).
        """
        return self._calculate("negate", a=a)

    def compare(self, a: Any, b: Any) -> Any:
        """-1, 0 or 1 (int8) as the value of code a is below, equal to or above that of b; both zeros are equal."""
        inputs = self._inputs(a=a, b=b)
        out = np.empty(inputs[0].shape, np.int8)
        run = functools.partial(_bind_integers.compare, self._struct())
        self._call("ab", inputs, reading.in_parts, run, [*inputs, out])
        return out[()]

    def pack(self, codes: Any, order: BitOrder = "low_first") -> Array:
        """Codes without gaps, in C order, as bytes (uint8, one dimension).

        order
            "low_first": the first code takes the lowest bits of the first byte, its own lowest bit first (ONNX INT4,
            ggml).  "high_first": the highest ones, its own highest bit first (bitsandbytes' NF4).
            Bits left over in the last byte are 0.
        """
        array = self._codes("codes", codes)
        octets: Array = self._call("codes", array, _bind_integers.pack, self.width, _order(order), array)
        return octets

    def unpack(self, octets: Any, count: int, order: BitOrder = "low_first") -> Array:
        """The first ``count`` codes (one dimension) of what ``pack`` made: an array of uint8, or bytes, of exactly the
        bytes that they need; bits left over in the last one are not read.
        """
        if isinstance(octets, bytes | bytearray | memoryview):
            octets = np.frombuffer(octets, np.uint8)
        if not isinstance(octets, np.ndarray) or octets.dtype != np.uint8 or octets.ndim != 1:
            got = f"{octets.dtype} of shape {octets.shape}" if isinstance(octets, np.ndarray) else type(octets).__name__
            raise TypeError(f"octets is {got}: must be bytes or a uint8 array of one dimension")
        _need_integer(self, "count", count, 0, np.iinfo(np.intp).max // 8)
        needed = _bind_integers.packed_bytes(self.width, count)
        if octets.size != needed:
            raise ValueError(f"octets has {octets.size} bytes: {count} codes of {self} take {needed}")
        codes = np.empty(count, self.code_dtype)
        _bind_integers.unpack(self.width, _order(order), np.ascontiguousarray(octets), codes)
        return codes

    def explain(self, x: Any = None, *, code: int | None = None) -> IntegerExplanation:
        """How one integer becomes its code, step by step: the divisions that give its digits, padding, inversion, + 1;
        what every overflow policy makes of it.  Or, with ``code``, what a code stands for.

        An integer out of range has no code, but outcomes.  Raises TypeError for what is not one integer, ValueError for
        a code with bits above the width.
        """
        from numfmt.integers.explanation import explain

        return explain(self, x, code)

    def hex(self, code: int) -> str:
        """A code in upper-case hexadecimal, every digit of the width.  Raises ValueError for what is no code."""
        self._check(code)
        return f"{code:0{-(-self.width // 4)}X}"

    def _check(self, code: int) -> None:
        if not 0 <= code < 1 << self.width:
            raise ValueError(f"code is {code:#x}: {self} takes codes 0 to {(1 << self.width) - 1:#x}")

    @property
    def _is_signed(self) -> bool:
        return True

    @property
    def _bias(self) -> int:
        return 0

    def _struct(self, *, narrow: bool = False) -> Any:
        return _struct(self.kind, self.width, self._bias, narrow)

    def _codes(self, name: str, codes: Any) -> Array:
        return reading.codes_of(name, codes, self.width, str(self))

    def _inputs(self, **operands: Any) -> list[Array]:
        """Codes of one shape; of a scalar shape too."""
        arrays = [self._codes(name, codes) for name, codes in operands.items()]
        try:
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
        except ValueError:
            shapes = " and ".join(f"{name} {array.shape}" for name, array in zip(operands, arrays, strict=True))
            raise ValueError(f"the shapes do not broadcast: {shapes}") from None
        return [np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(shape) for array in arrays]

    def _calculate(self, op: str, **operands: Any) -> Calculated:
        inputs = self._inputs(**operands)
        shape = inputs[0].shape
        outputs = np.empty(shape, self.code_dtype), np.empty(shape, bool), np.empty(shape, bool)
        run = functools.partial(_bind_integers.calculate, self._struct(), op)
        self._call("ab", inputs, reading.in_parts, run, [*inputs, *outputs])
        return Calculated(*(array[()] for array in outputs))

    def _call(self, names: str, inputs: Array | list[Array], function: Any, *arguments_: Any, **options: Any) -> Any:
        """A call to C; a refusal about one code names it."""
        try:
            return function(*arguments_, **options)
        except NumfmtError as error:
            if error.index is None:
                raise
            top = (1 << self.width) - 1
            pairs = zip(names, inputs, strict=False) if isinstance(inputs, list) else [(names, inputs)]
            found = ((name, int(array.reshape(-1)[error.index])) for name, array in pairs)
            name, code = next((name, code) for name, code in found if code > top)
            raise ValueError(f"{name}: element {error.index} is {code}: {self} takes codes 0 to {hex(top)}") from None


@dataclass(frozen=True)
class SignMagnitude(IntegerCode):
    """A sign bit and width - 1 bits of magnitude, -(2**(width - 1) - 1) to 2**(width - 1) - 1; 0 has two codes."""

    kind = "sign_magnitude"
    fields = ("sign", "magnitude")

    @property
    def zeros(self) -> tuple[int, ...]:
        return 0, 1 << (self.width - 1)


@dataclass(frozen=True)
class OnesComplement(IntegerCode):
    """A negative value is its magnitude (below 2**(width - 1)) with every bit inverted; 0 is all zeros and all ones."""

    kind = "ones_complement"
    fields = ("sign", "digits")

    @property
    def zeros(self) -> tuple[int, ...]:
        return 0, (1 << self.width) - 1


@dataclass(frozen=True)
class TwosComplement(IntegerCode):
    """The value modulo 2**width: -2**(width - 1) to 2**(width - 1) - 1."""

    kind = "twos_complement"
    fields = ("sign", "digits")

    @property
    def min(self) -> int:
        return -(1 << (self.width - 1))


@dataclass(frozen=True)
class OffsetBinary(IntegerCode):
    """The value plus ``bias``, excess-bias: 0 <= bias < 2**width, 2**(width - 1) unless given; -bias and up."""

    bias: int | None = None

    kind = "offset_binary"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bias is None:
            object.__setattr__(self, "bias", 1 << (self.width - 1))
        _need_integer(self, "bias", self.bias, 0, (1 << self.width) - 1)

    def __str__(self) -> str:
        return f"{super().__str__()}:{self._bias}"

    @property
    def min(self) -> int:
        return -self._bias

    @property
    def max(self) -> int:
        return (1 << self.width) - 1 - self._bias

    @property
    def zeros(self) -> tuple[int, ...]:
        return (self._bias,)

    @property
    def _is_signed(self) -> bool:
        return self._bias > 0

    @property
    def _bias(self) -> int:
        return self.bias or 0


@dataclass(frozen=True)
class Unsigned(IntegerCode):
    """0 to 2**width - 1, as they are."""

    kind = "unsigned"

    @property
    def min(self) -> int:
        return 0

    @property
    def max(self) -> int:
        return (1 << self.width) - 1

    @property
    def _is_signed(self) -> bool:
        return False


def _need_integer(code: IntegerCode, name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} is {value!r}: must be an integer, {low} to {high}")
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}: {code.kind} takes {low} to {high}")
    if name != "count":
        object.__setattr__(code, name, int(value))


def _order(order: str) -> str:
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}: must be one of {', '.join(ORDERS)}")
    return order


def _delivered(made: Array, out: Array | None) -> Any:
    """What a call with this ``out`` argument returns."""
    if out is None:
        return made[()]
    if made is not out:
        out[...] = made
    return out


@functools.lru_cache(maxsize=256)
def _struct(kind: str, width: int, bias: int, narrow: bool) -> Any:  # noqa: FBT001 - a key of the cache
    return _bind_integers.struct(kind, width, bias, narrow=narrow)
