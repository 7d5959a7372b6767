# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers over arrays, as C runs them."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from numfmt import _bind, _bind_quantize, arguments, codec, floats, formats, inttypes, sources, threads
from numfmt._bind_quantize import Counts, Ends, Granules
from numfmt.formats import Format
from numfmt.modes import Env
from numfmt.quantize import parameters as parameters_module
from numfmt.quantize.parameters import Parameters
from numfmt.quantize.quantized import Quantized
from numfmt.sources import Source
from numfmt.values import Array as FormatArray

if TYPE_CHECKING:
    from numfmt.codec import Path
    from numfmt.quantize.affine import Affine

Array = np.ndarray[Any, np.dtype[Any]]
_ROUNDINGS = {
    "half_even": "ties_even",
    "half_away": "ties_away",
    "half_up": "ties_up",
    "ceil": "toward_positive",
    "floor": "toward_negative",
    "trunc": "toward_zero",
    "stochastic": "stochastic_a",
}
_SINGLE, _WIDE = formats.format("binary32"), formats.format("binary128")


class Options(NamedTuple):
    """The arguments of encode and decode that say how, not what."""

    random_bits: Any
    out: Array | None
    path: Path
    threads: int | None


def check(affine: Affine) -> None:
    """ValueError for an arithmetic that is no format, or that C would refuse."""
    for name in ("arithmetic", "range_arithmetic"):
        value = getattr(affine, name)
        if value is None or value == "exact":
            continue
        if not isinstance(value, str):
            raise ValueError(f"{name} is {value!r}: must be 'exact' or a format's name")
        fmt = formats.format(value)
        if not (fmt.is_signed and fmt.has_zero):
            raise ValueError(f"{name} is {value!r}: must be a format with a sign and zero")
        try:
            floats.float_for(fmt, None)
        except ValueError:
            raise ValueError(f"{name} is {value!r}: must be a format whose values float64 holds") from None


@functools.lru_cache(maxsize=256)
def handle(affine: Affine, x: Format, arithmetic: str) -> Any:
    """The quantizer as C takes it."""
    low, high = affine.qmin, affine.qmax
    nan = (
        {"raise": low, "zero": low, "qmin": low, "qmax": high}[affine.nan]
        if isinstance(affine.nan, str)
        else affine.nan
    )
    fields = {
        "low": low,
        "high": high,
        "nan_code": nan,
        "code_bytes": affine.dtype.itemsize,
        "rounding": _bind.enum_value("ROUND", _ROUNDINGS[affine.rounding]),
        "random_bits_count": affine.random_bits_count,
        "divide": _bind_quantize.DIVIDES[affine.divide],
        "order": _bind_quantize.ORDERS[affine.zp_add],
        "nan_to_zero_point": affine.nan == "zero",
    }
    scale = formats.format(affine.scale_dtype.name)
    step = None if arithmetic == "exact" else formats.struct(formats.format(arithmetic))
    return _bind_quantize.quantizer((formats.struct(x), formats.struct(scale), step), fields)


def encode(affine: Affine, x: Any, p: Parameters, options: Options) -> Quantized:
    """What ``Affine.encode`` returns."""
    source = _read(x, options.path)
    values, fmt = source.array, source.format or _WIDE
    granules = granules_of(affine, p, values.shape)
    random = _random(affine, options.random_bits, values.shape)
    codes = arguments.output(options.out, values.shape, affine.dtype, (values,))
    how, ends = handle(affine, fmt, affine.arithmetic), Ends(values, codes, random)
    generic = _is_generic(options.path)
    parts = _parts(options, values.size, how)
    if random is not None or fmt.width != 8 * values.itemsize:
        parts = 1  # C may refuse an element
    run = functools.partial(_bind_quantize.encode, how, granules, ends, generic=generic)
    counts = _total(arguments.call("x", fmt, threads.spread, run, values.size, parts))
    if counts.nan and affine.nan == "raise":
        raise ValueError(
            f"x: element {counts.first_nan} is NaN: nan='raise' allows none (zero, qmin, qmax or a code do)"
        )
    if options.out is not None and codes is not options.out:
        options.out[...] = codes
        codes = options.out
    return Quantized(codes, p, affine, counts.below, counts.above, counts.inexact, counts.nan)


def _parts(options: Options, size: int, how: Any) -> int:
    """How many threads share the work."""
    is_fast = options.path == "auto" and _bind_quantize.is_fast(how)
    return threads.number(options.threads, size, is_fast=is_fast)


def _is_generic(path: Path) -> bool:
    if path not in ("auto", "generic"):
        raise ValueError(f"path is {path!r}: must be 'auto' or 'generic'")
    return path == "generic"


def _total(counts: list[Counts]) -> Counts:
    """Of parts in order."""
    if len(counts) == 1:
        return counts[0]
    first = next((each.first_nan for each in counts if each.nan), 0)
    below, above, inexact, nan = (sum(each[k] for each in counts) for k in range(4))
    return Counts(below, above, inexact, nan, first)


def _read(x: Any, path: Path) -> Source:
    """The exact values of x as codes of a format."""
    is_ours = isinstance(x, FormatArray)
    source = Source(np.asarray(x.codes, order="C"), x.format) if is_ours else sources.read(x, _WIDE)
    fmt = source.format
    if fmt is None:
        codes, flags = codec.encode(x, _WIDE, flags="any")
        if flags:
            raise ValueError("x holds a number that binary128 does not hold exactly: round it to a format first")
        return Source(np.asarray(codes), _WIDE)
    if path == "auto" and fmt != _SINGLE and _is_single(fmt):
        return Source(np.asarray(codec.decode(source.array, fmt, dtype=np.float32)).view(np.uint32), _SINGLE)
    return source


@functools.lru_cache(maxsize=256)
def _is_single(fmt: Format) -> bool:
    """Does float32 hold every value?"""
    try:
        return floats.float_for(fmt, np.float32) == np.float32
    except ValueError:
        return False


def granules_of(affine: Affine, p: Parameters, shape: tuple[int, ...]) -> Granules:
    if not isinstance(p, Parameters):
        raise TypeError(f"p is {type(p).__name__}: must be what parameters() or calibrate() returns")
    wanted = affine.granularity.scale_shape(shape)
    if p.scale.shape != wanted or p.zero_point.shape != wanted:
        raise ValueError(f"p has scales of shape {p.scale.shape}: must be {wanted} for x of shape {shape}")
    if p.zero_point.dtype.kind not in "iu":
        raise TypeError(f"p has zero points of dtype {p.zero_point.dtype}: must be integers")
    dtype = parameters_module.scale_format(affine.arithmetic)[1]
    if p.scale.dtype != dtype:
        raise ValueError(f"p has scales of dtype {p.scale.dtype}: must be {dtype} for arithmetic {affine.arithmetic!r}")
    zeros = np.asarray(p.zero_point, np.int64, order="C") if p.zero_point.any() else None
    return Granules(affine.granularity.sizes(shape), np.asarray(p.scale, order="C"), zeros)


def _random(affine: Affine, random_bits: Any, shape: tuple[int, ...]) -> Array | None:
    if affine.rounding != "stochastic" and random_bits is not None:
        raise ValueError(f"random_bits is given, but rounding is {affine.rounding!r}: only 'stochastic' uses it")
    if affine.rounding != "stochastic":
        return None
    env = Env(rounding="stochastic_a", random_bits_count=affine.random_bits_count)
    return arguments.random(random_bits, env, shape)


def decode(affine: Affine, codes: Any, p: Parameters | None, options: Options) -> Any:
    """What ``Affine.decode`` returns."""
    array, granules = _codes(affine, codes, p)
    if affine.arithmetic == "exact":
        if options.out is not None:
            raise ValueError("out is given, but arithmetic is 'exact': values may need Fractions")
        return _exact(affine, array, granules)
    fmt = formats.format(affine.arithmetic)
    target = floats.float_for(fmt, None)
    is_native = formats.format(target.name) == fmt
    values = arguments.output(options.out, array.shape, target, (array,))
    out = values.view(fmt.dtype) if is_native else np.empty(array.shape, fmt.dtype)
    _run_decode(affine, affine.arithmetic, granules, Ends(array, out), options)
    if not is_native:
        values[...] = codec.decode(out, fmt, dtype=target)
    if options.out is None:
        return values[()]
    if values is not options.out:
        options.out[...] = values
    return options.out


def exact(affine: Affine, codes: Any, p: Parameters | None) -> Any:
    """What ``Affine.exact`` returns."""
    array, granules = _codes(affine, codes, p)
    return _exact(affine, array, granules)


def _exact(affine: Affine, codes: Array, granules: Granules) -> Any:
    values = np.empty(codes.shape, np.float64)
    ends = Ends(codes, values.view(np.uint64))
    if not _run_decode(affine, "binary64", granules, ends, Options(None, None, "auto", None)):
        return values[()]
    _, _, row, run = granules.sizes
    block = granules.sizes[1] * row
    known: dict[tuple[int, int], Fraction] = {}
    products = np.empty(codes.size, object)
    for index, code in enumerate(codes.ravel().tolist()):
        scale = index // block * (row // run) + index % row // run
        if (scale, code) not in known:
            zero = 0 if granules.zero_point is None else int(granules.zero_point.flat[scale])
            known[scale, code] = (code - zero) * Fraction(float(granules.scale.flat[scale]))
        products[index] = known[scale, code]
    return products.reshape(codes.shape)[()]


def _run_decode(affine: Affine, arithmetic: str, granules: Granules, ends: Ends, options: Options) -> int:
    """The OR of the flags."""
    how, generic = handle(affine, _SINGLE, arithmetic), _is_generic(options.path)
    is_dense = affine.qmax - affine.qmin + 1 == 1 << 8 * affine.dtype.itemsize
    # a part must not write to the caller's array where C may refuse an element of another
    parts = _parts(options, ends.values.size, how) if is_dense or options.out is None else 1
    run = functools.partial(_bind_quantize.decode, how, granules, ends, generic=generic)
    flags = 0
    try:
        for each in threads.spread(run, ends.values.size, parts):
            flags |= each
    except _bind.NumfmtError as error:
        if error.index is None:
            raise
        codes = ends.values.ravel()
        index = int(np.argmax((codes < affine.qmin) | (codes > affine.qmax)))  # error.index is of one part
        raise ValueError(_not_a_code(affine, index, codes[index])) from None
    return flags


def _codes(affine: Affine, codes: Any, p: Parameters | None) -> tuple[Array, Granules]:
    if isinstance(codes, Quantized):
        codes, p = codes.codes, codes.parameters if p is None else p
    elif hasattr(codes, "codes"):
        raise TypeError(f"codes is {type(codes).__name__}: must be integers or a numfmt.quantize.Quantized")
    if p is None:
        raise ValueError("p is missing: must be the parameters of the codes, which are no Quantized")
    elements, array = inttypes.integers("codes", codes)
    values = np.array(elements, object).reshape(np.shape(codes)) if array is None else array
    if values.dtype != affine.dtype:
        wrong = (values < affine.qmin) | (values > affine.qmax)
        if np.any(wrong):
            index = int(np.argmax(wrong))
            raise ValueError(_not_a_code(affine, index, values.ravel()[index]))
    return np.asarray(values, affine.dtype, order="C"), granules_of(affine, p, values.shape)


def _not_a_code(affine: Affine, index: int, code: Any) -> str:
    return f"codes: element {index} is {code}: must be {affine.qmin} to {affine.qmax}"
