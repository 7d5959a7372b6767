# SPDX-License-Identifier: BSD-3-Clause
"""Products of quantized tensors: exact sums of integer products, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from numfmt import codec, formats, inttypes, operations
from numfmt.inttypes import IntType
from numfmt.quantize.affine import Affine
from numfmt.quantize.parameters import Parameters
from numfmt.quantize.quantized import Quantized
from numfmt.quantize.spreading import spread

Array = np.ndarray[Any, np.dtype[Any]]
Order = Literal["exact", "scales_first", "cast_first"]
SumOverflow = Literal["error", "wrap", "saturate"]

_WIDE = formats.format("binary128")
#: Integers below these powers of two are exact in numpy's floats, whose products are far faster than those of integers.
_BY_FLOATS = ((24, np.float32), (53, np.float64))


@dataclass(frozen=True, eq=False)
class Product:
    """What ``matmul`` and ``dot`` deliver.

    sums
        The sums of (qa - za) (qb - zb): int64, or the accumulator's dtype.
    scale_a, scale_b
        The operands' scales, in shapes that broadcast to that of ``sums``.
    arithmetic
        In which ``values`` rounds unless told otherwise: that of the operands.
    """

    sums: Array
    scale_a: Array = field(repr=False)
    scale_b: Array = field(repr=False)
    arithmetic: str

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001 - numpy's protocol
        """The sums."""
        return np.array(self.sums, dtype=dtype, copy=copy)

    def values(self, order: Order = "exact", arithmetic: str | None = None) -> Any:
        """sums * scale_a * scale_b as float32 or float64.

        order
            ``"exact"``: the exact product, rounded once to ``arithmetic``; ``"scales_first"``: scale_a * scale_b is
            rounded, and its exact product with the sum rounded again; ``"cast_first"``: the sum is rounded, too,
            before they are multiplied, as ONNX's MatMulInteger, Cast, Mul do.
        arithmetic
            The format of every rounding, ties to even.

        Raises ValueError for another order, for arithmetic "exact" (``exact`` has those values).
        """
        if order not in get_args(Order):
            raise ValueError(f"order is {order!r}: must be one of {', '.join(get_args(Order))}")
        name = self.arithmetic if arithmetic is None else arithmetic
        if name == "exact":
            raise ValueError("arithmetic is 'exact': .exact has the exact products, arithmetic='binary32' rounded ones")
        work = formats.format(name)
        sums, fmt = np.asarray(codec.encode(self.sums, _WIDE)), _WIDE
        between = _WIDE if order == "exact" else work
        scale = operations.mul(_codes(self.scale_a), _codes(self.scale_b), _WIDE, to=between)
        if order == "cast_first":
            sums, fmt = np.asarray(codec.convert(sums, _WIDE, work)), work
        return codec.decode(operations.mul(sums, scale, (fmt, between), to=work), work)

    def requantized(self, affine: Affine, p: Parameters) -> Quantized:
        """The values in codes of another quantizer, as ONNX's QLinearMatMul computes them.

        m = scale_a * scale_b / p.scale, t = sums * m, code = clip(round(t) + zero point): the sum, m's two steps and t
        are rounded to ``affine.arithmetic``, ties to even.  In the result ``inexact`` counts the t that are clipped or
        no integers.  ``numfmt.integers.requantize`` multiplies by integers instead.

        Raises ValueError for arithmetic "exact" and for parameters whose shape does not fit that of ``sums``, TypeError
        for what is no Affine or no Parameters.
        """
        for name, value, kind in (("affine", affine, Affine), ("p", p, Parameters)):
            if not isinstance(value, kind):
                raise TypeError(f"{name} is {type(value).__name__}: must be a numfmt.quantize.{kind.__name__}")
        if affine.arithmetic == "exact":
            raise ValueError("affine has arithmetic 'exact': a multiplier has to be rounded to a format")
        work = formats.format(affine.arithmetic)
        scale = operations.mul(_codes(self.scale_a), _codes(self.scale_b), _WIDE, to=work)
        target = _codes(spread(affine.granularity, p.scale, self.sums.shape))
        multiplier = operations.div(scale, target, (work, _WIDE), to=work)
        steps = operations.mul(codec.encode(self.sums, work), multiplier, work)
        zero_point = p.zero_point if affine.scheme == "affine" else None
        unit = affine.parameters(scale=np.ones(p.scale.shape), zero_point=zero_point)
        return replace(affine.encode(np.asarray(codec.decode(steps, work)), unit), parameters=p)

    @property
    def exact(self) -> Any:
        """sums * scale_a * scale_b as Fractions."""
        scale_a, scale_b = (np.broadcast_to(one, self.sums.shape) for one in (self.scale_a, self.scale_b))
        found = np.empty(self.sums.shape, object)
        for index, total in np.ndenumerate(self.sums):
            found[index] = int(total) * Fraction(float(scale_a[index])) * Fraction(float(scale_b[index]))
        return found[()]


def matmul(
    a: Quantized, b: Quantized, *, accumulator: IntType | str = "int64", overflow: SumOverflow = "error"
) -> Product:
    """The matrix product of two quantized tensors, its sums exact.

    a, b
        Of shapes (m, k) and (k, n), or (k,) for a row or a column; larger stacks broadcast as in numpy.  Their scales
        and zero points may differ from row to row of a and from column to column of b, not along k.
    accumulator
        The integer type of the sums, ``"int32"`` or another of up to 64 bits.
    overflow
        What a sum beyond the accumulator is: ``"error"``, a ValueError that names it; ``"wrap"``, modulo 2^width, which
        is what adding in that width step by step gives in any order; ``"saturate"``, the type's nearest value, once
        the exact sum is known.

    Raises TypeError for operands that no ``encode`` of an Affine delivered, ValueError for shapes that do not fit and
    for scales that differ along k.
    """
    for name, operand in (("a", a), ("b", b)):
        if not isinstance(operand, Quantized):
            raise TypeError(f"{name} is {type(operand).__name__}: must be a numfmt.quantize.Quantized")
        if operand.codes.ndim == 0:
            raise ValueError(f"{name} is a scalar: matmul takes none")
    if a.codes.shape[-1] != b.codes.shape[-2 if b.codes.ndim > 1 else -1]:
        raise ValueError(f"a and b have shapes {a.codes.shape} and {b.codes.shape}: their inner dimensions differ")
    x, scale_a = _operand("a", a, -1)
    y, scale_b = _operand("b", b, -2 if b.codes.ndim > 1 else -1)
    sums = _bounded(exact_matmul(x, y), inttypes.int_type(accumulator), overflow)
    if a.codes.ndim == 1 or b.codes.ndim == 1:  # the dimension of the other that takes no part is not in the result
        scale_a, scale_b = scale_a[..., 0], scale_b[..., 0, :] if b.codes.ndim > 1 else scale_b[..., 0]
    return Product(sums, scale_a, scale_b, a.affine.arithmetic)


def dot(
    a: Quantized, b: Quantized, *, accumulator: IntType | str = "int64", overflow: SumOverflow = "error"
) -> Product:
    """The scalar product of two quantized vectors, exact; arguments as for ``matmul``."""
    for name, operand in (("a", a), ("b", b)):
        if isinstance(operand, Quantized) and operand.codes.ndim != 1:
            raise ValueError(f"{name} has shape {operand.codes.shape}: dot takes two vectors")
    return matmul(a, b, accumulator=accumulator, overflow=overflow)


def exact_matmul(x: Array, y: Array) -> Array:
    """The matrix product of integers: int64 where a bound says that it holds every partial sum, else Python's ints."""
    bound = max(x.shape[-1], 1) * _largest(x) * _largest(y)
    for bits, dtype in _BY_FLOATS:
        if bound <= 1 << bits:
            return np.asarray(np.matmul(x.astype(dtype), y.astype(dtype))).astype(np.int64)
    if bound < 1 << 63:
        return np.asarray(np.matmul(x.astype(np.int64), y.astype(np.int64)))
    return np.asarray(np.matmul(x.astype(object), y.astype(object)), object)


def _largest(x: Array) -> int:
    return max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0


def _bounded(sums: Array, kind: IntType, overflow: SumOverflow) -> Array:
    """The sums in the accumulator's dtype."""
    if overflow not in get_args(SumOverflow):
        raise ValueError(f"overflow is {overflow!r}: must be one of {', '.join(get_args(SumOverflow))}")
    low, high = kind.values[0], kind.values[-1]
    if sums.size and (int(sums.min()) < low or int(sums.max()) > high):
        if overflow == "error":
            flat = sums.ravel().tolist()
            index = next(i for i, total in enumerate(flat) if not low <= total <= high)
            raise ValueError(f"sum {index} is {flat[index]}: {kind} is {low} to {high}")
        wide = sums.astype(object)
        sums = np.clip(wide, low, high) if overflow == "saturate" else (wide - low) % (high - low + 1) + low
    return np.asarray(sums, kind.dtype)


def _codes(scale: Array) -> Array:
    return np.asarray(codec.encode(scale, _WIDE))


def _operand(name: str, q: Quantized, inner: int) -> tuple[Array, Array]:
    """(code - zero point as int64, the scales with length 1 along the inner dimension)."""
    granularity, shape = q.affine.granularity, q.codes.shape
    zero_point = spread(granularity, q.parameters.zero_point.astype(np.int64), shape)
    if not shape[inner]:
        return np.zeros(shape, np.int64), np.ones((1,) * len(shape), q.parameters.scale.dtype)
    scale = spread(granularity, q.parameters.scale, shape)
    first = np.take(scale, [0], axis=inner)
    if (scale != first).any():
        raise ValueError(
            f"{name} has different scales along the dimension that is summed: no sum of integers has its value"
        )
    return q.codes.astype(np.int64) - zero_point, first
