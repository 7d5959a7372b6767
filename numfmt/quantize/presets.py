# SPDX-License-Identifier: BSD-3-Clause
"""Quantizers with the conventions of other libraries, one row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numfmt.quantize.affine import Affine

_TORCH_RANGES = {"divisor": "half_range", "min_scale": 2.0**-23, "zero_rule": "quotient"}


def preset(
    name: str,
    bits: int = 8,
    *,
    signed: bool = True,
    scheme: str | None = None,
    axis: int | None = None,
    group: int | None = None,
    tile: tuple[int, int] | None = None,
    **changes: Any,
) -> Affine:
    """The quantizer that equals a library's, in every code, decoded value, scale and zero point.

    All round to nearest with ties to even, unless said otherwise, in binary32, and decode (q - z) * s in one rounding.

    name
        ``"onnx"``
            QuantizeLinear of ONNX 1.23.2 (opset 25): x / s, rounded, then the zero point.  The reference evaluator is
            so for |x / s| < 2^31.  What NaN becomes is not specified: it raises.  Float16 tensors with float16 scales
            divide in float16: ``arithmetic="binary16"``.  Ranges as DynamicQuantizeLinear; of {0}: no one answer.
        ``"onnxruntime"``
            QuantizeLinear, DynamicQuantizeLinear, DequantizeLinear of onnxruntime 1.31.1 on x86: as "onnx"; NaN becomes
            the lowest code; a range of {0} gets scale 1.  Float16 tensors too divide in float32.  Float16 tensors,
            2-bit types and the last of an odd number of 4-bit values go through int32, where what is beyond 2^31, Inf
            and NaN overflow; this quantizer clips.
        ``"onnxruntime_static"``
            The same quantizer with the ranges of onnxruntime.quantization's ``compute_scale_zp``: steps in binary64,
            then the scale is rounded to binary32.
        ``"torch"``
            torch.quantize_per_tensor and quantize_per_channel of torch 2.13.0 on x86 to quint8 and qint8, with the
            scales of MinMaxObserver: x times the rounded 1 / s, plus the zero point, then rounded; per tensor product
            and sum are one fused operation, and NaN becomes the highest code; per channel both are rounded, and NaN
            becomes 0.  Symmetric scales are amax / 127.5; no scale is below 2^-23; zero points are qmin -
            round(min / s).
        ``"torch_fake"``
            torch.fake_quantize_per_tensor_affine and _per_channel_affine: x times the rounded 1 / s, rounded, then the
            zero point; NaN becomes the lowest code; ranges as "torch".  Per channel torch goes through int64, where
            what is beyond 2^63 and Inf overflow; this quantizer clips.
        ``"tflite"``
            QUANTIZE of TensorFlow Lite's reference kernels (kernels/internal/reference/quantize.h, AffineQuantize):
            x / s, ties away from zero, then the zero point, as LiteRT 2.3.0 measures with its reference kernels; NaN,
            where C++ defines nothing, raises.  Affine ranges as ChooseQuantizationParams
            (kernels/internal/quantization_util.h), in binary64; symmetric codes of 4 and 8 bits, those of weights, are
            narrow, with scale amax / qmax (tensorflow.org/lite/performance/quantization_spec).  The converters' own
            weights, times 127 / amax or 1 / s, may differ by one.
        ``"tflite_xnnpack"``
            QUANTIZE as LiteRT 2.3.0 runs it by default on x86, by XNNPACK: x times the rounded 1 / s, ties to even,
            then the zero point; NaN becomes the highest code.  Ranges as "tflite".  Not for scales above 2^126.
        ``"tensorrt"``
            IQuantizeLayer of TensorRT 10 (NvInfer.h): signed, symmetric, x / s, rounded, clamped to the whole range;
            scale amax / qmax; NaN, of which nothing is said, raises.
    bits, signed
        onnx and onnxruntime 2, 4, 8, 16; torch 8; torch_fake 1 to 24; tflite 4, 8, 16, and tflite_xnnpack
        8; tensorrt 4, 8, signed.
    scheme
        None: "symmetric" if signed, else "affine".
    axis, group, tile
        As for ``Affine``; torch has no groups and tiles.
    changes
        Any other argument of ``Affine``, which then holds instead.

    Raises ValueError for a name that is not in the list, and for what the library does not have.
    """
    if name not in _PRESETS:
        raise ValueError(f"name is {name!r}: must be one of {', '.join(_PRESETS)}")
    allowed, rules = _PRESETS[name]
    if bits not in allowed:
        raise ValueError(f"bits is {bits}: {name} has {', '.join(map(str, allowed))}")
    if name == "tensorrt" and (not signed or scheme == "affine"):
        raise ValueError(f"signed={signed}, scheme={scheme!r}: tensorrt is signed and symmetric")
    if name == "torch" and (group is not None or tile is not None):
        raise ValueError(f"group={group}, tile={tile}: torch quantizes per tensor or per channel")
    where: dict[str, Any] = {"bits": bits, "signed": signed, "scheme": scheme or ("symmetric" if signed else "affine")}
    where |= {"axis": axis, "group": group, "tile": tile}
    return Affine(**where | rules(where) | changes)


def _onnx(_: dict[str, Any]) -> dict[str, Any]:
    return {}


def _onnxruntime(_: dict[str, Any]) -> dict[str, Any]:
    return {"nan": "qmin", "zero_range": "one"}


def _onnxruntime_static(_: dict[str, Any]) -> dict[str, Any]:
    return {"nan": "qmin", "zero_range": "one", "range_arithmetic": "binary64"}


def _torch(where: dict[str, Any]) -> dict[str, Any]:
    by_tensor = where["axis"] is None
    order = {"zp_add": "fused", "nan": "qmax"} if by_tensor else {"zp_add": "before", "nan": 0}
    return {"divide": "recip"} | order | _TORCH_RANGES


def _torch_fake(_: dict[str, Any]) -> dict[str, Any]:
    return {"divide": "recip", "nan": "qmin"} | _TORCH_RANGES


def _tflite(where: dict[str, Any]) -> dict[str, Any]:
    narrow = where["scheme"] == "symmetric" and where["signed"] and where["bits"] < 16
    return {"rounding": "half_away", "narrow": narrow, "range_arithmetic": "binary64", "zero_rule": "smaller_end"}


def _tflite_xnnpack(where: dict[str, Any]) -> dict[str, Any]:
    return _tflite(where) | {"rounding": "half_even", "divide": "recip", "nan": "qmax"}


_Rules = Callable[[dict[str, Any]], dict[str, Any]]
#: The widths that a library has, and its conventions, where they are not Affine's defaults.
_PRESETS: dict[str, tuple[tuple[int, ...], _Rules]] = {
    "onnx": ((2, 4, 8, 16), _onnx),
    "onnxruntime": ((2, 4, 8, 16), _onnxruntime),
    "onnxruntime_static": ((2, 4, 8, 16), _onnxruntime_static),
    "torch": ((8,), _torch),
    "torch_fake": (tuple(range(1, 25)), _torch_fake),
    "tflite": ((4, 8, 16), _tflite),
    "tflite_xnnpack": ((8,), _tflite_xnnpack),
    "tensorrt": ((4, 8), _onnx),
}
