# SPDX-License-Identifier: BSD-3-Clause
"""Dynamic quantization: scale and zero point from the very values that are quantized, at run time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from numfmt import codec
from numfmt.quantize.affine import Affine
from numfmt.quantize.inputs import floats_of
from numfmt.quantize.parameters import Parameters
from numfmt.quantize.quantized import Quantized
from numfmt.quantize.spreading import largest

DynamicPreset = Literal["onnx", "onnxruntime"]
DynamicZeroRange = Literal["raise", "one", "reciprocal"]
Per = Literal["tensor", "token"]

_UINT8 = Affine(bits=8, signed=False, scheme="affine", zero_range="one")
#: What all-zero values get: onnxruntime's scale is 1, that of onnx's ReferenceEvaluator 1 / 255.
_ZERO_RANGES: dict[DynamicPreset, DynamicZeroRange] = {"onnxruntime": "one", "onnx": "reciprocal"}


def dynamic(
    x: Any,
    preset: DynamicPreset | Affine = "onnxruntime",
    *,
    per: Per = "tensor",
    zero_range: DynamicZeroRange | None = None,
) -> Quantized:
    """``x`` in codes whose scale and zero point its least and largest values decide.

    x
        As for ``Affine.encode``.
    preset
        ``"onnxruntime"`` or ``"onnx"``: DynamicQuantizeLinear, uint8, equal to onnxruntime and to onnx's
        ReferenceEvaluator in every bit; or an Affine, which has ``minmax`` calibrated to each ``x``.
    per
        ``"tensor"``: one scale; ``"token"``: one for each vector along the last dimension.
    zero_range
        The scale of nothing but zeros, whose zero point is 0 in any case: ``"one"``, 1; ``"reciprocal"``,
        1 / (qmax - qmin); ``"raise"``, an error: by ONNX's formula it is 0, and the codes 0 / 0.  None: what the
        preset's library does; an Affine's own rule.

    Raises ValueError for a NaN unless an Affine allows it, for an Inf.
    """
    if isinstance(preset, Affine):
        affine, rule = preset, zero_range or preset.zero_range
    elif preset in _ZERO_RANGES:
        affine, rule = _UINT8, zero_range or _ZERO_RANGES[preset]
    else:
        raise ValueError(f"preset is {preset!r}: must be an Affine or one of {', '.join(_ZERO_RANGES)}")
    for name, value, allowed in (("per", per, get_args(Per)), ("zero_range", rule, get_args(DynamicZeroRange))):
        if value not in allowed:
            raise ValueError(f"{name} is {value!r}: must be one of {', '.join(allowed)}")
    affine = replace(affine, zero_range="raise" if rule == "raise" else "one")
    if per == "token":
        shape = np.shape(x)
        if not shape:
            raise ValueError("per is 'token' and x a scalar: it has no last dimension")
        affine = replace(affine, axis=-1, group=max(shape[-1], 1), tile=None)
    p = affine.calibrate(x)
    return affine.encode(x, _with_reciprocals(affine, x, p) if rule == "reciprocal" else p)


def _with_reciprocals(affine: Affine, x: Any, p: Parameters) -> Parameters:
    """1 / (qmax - qmin) where there is nothing but zeros."""
    zero = largest(affine.granularity, np.nan_to_num(np.abs(floats_of("x", x)), nan=0)) == 0
    if not zero.any():
        return p
    least = codec.quantize_to(
        Fraction(1, affine.qmax - affine.qmin), "binary64" if affine.arithmetic == "exact" else affine.arithmetic
    )
    zero_point = None if affine.scheme == "symmetric" else p.zero_point
    return affine.parameters(scale=np.where(zero, least, p.scale), zero_point=zero_point)
