# SPDX-License-Identifier: BSD-3-Clause
"""What a quantization costs and loses: bits per element with scales, errors, counts."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from numfmt import codec, formats, operations, reductions
from numfmt.formats import Format
from numfmt.modes import Flags
from numfmt.quantize import inputs, outcomes
from numfmt.quantize.sizes import Size

Array = np.ndarray[Any, np.dtype[Any]]

_DOUBLE = formats.format("binary64")
_WIDE = formats.format("binary128")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Size, errors and counts of quantized elements.

    Errors are over the elements that are finite before and after: value - x, exact or rounded to binary128; their
    squares, ratios and magnitudes are summed exactly, so that no order of the elements changes a bit.

    size, source_bits
        What the codes take, and the bits of an element of x.
    max_abs_error, worst
        The largest magnitude of an error, and where it first is (an index into x flattened; None for no elements).
    rmse
        The root of the mean squared error.
    sqnr_db
        10 log10 (sum of x^2 / sum of squared errors): inf without error, nan if x is all zeros as well.
    max_relative_error, mean_relative_error
        Of error / x, each rounded to binary64, where x is not 0.
    below, above
        Elements beyond the ends of what the codes reach.
    inexact
        Elements whose value is not x's.
    nan, infinite
        Elements left out of the errors: NaN before or after; infinite before or after.
    """

    size: Size
    source_bits: int
    max_abs_error: float
    worst: int | None
    rmse: float
    sqnr_db: float
    max_relative_error: float
    mean_relative_error: float
    below: int
    above: int
    inexact: int
    nan: int
    infinite: int

    @property
    def saturated(self) -> int:
        """``below + above``."""
        return self.below + self.above

    @property
    def bits_per_weight(self) -> Fraction:
        """Bits per element with scales and zero points."""
        return self.size.bits_per_element

    def rows(self) -> list[tuple[str, str]]:
        """Label and text of every number."""
        size = self.size
        before = Fraction(size.elements * self.source_bits, 8)
        saved = f", {100 * (1 - float(size.bits / (8 * before))):.2f} % saved" if before else ""
        return [
            ("elements", str(size.elements)),
            ("bits per weight", _short(size.bits_per_element)),
            ("of these codes", str(size.code_bits)),
            ("scales", f"{size.scales} of {size.scale_bits} bits" if size.scales else "none"),
            ("zero points", f"{size.zero_points} of {size.zero_point_bits} bits" if size.zero_points else "none"),
            ("bytes", f"{size.bytes} (from {math.ceil(before)}{saved})"),
            ("max abs error", f"{self.max_abs_error:.6g}" + ("" if self.worst is None else f" at {self.worst}")),
            ("RMSE", f"{self.rmse:.6g}"),
            ("SQNR", f"{self.sqnr_db:.2f} dB"),
            ("max relative error", f"{100 * self.max_relative_error:.6g} %"),
            ("mean relative error", f"{100 * self.mean_relative_error:.6g} %"),
            ("saturated", f"{self.saturated} ({self.below} below, {self.above} above)"),
            ("inexact", str(self.inexact)),
            ("NaN", str(self.nan)),
            ("infinite", str(self.infinite)),
        ]

    def text(self) -> str:
        """A table for people."""
        rows = self.rows()
        width = max(len(label) for label, _ in rows)
        return "\n".join(f"{label:<{width}}  {text}" for label, text in rows)

    def as_dict(self) -> dict[str, Any]:
        """Every number; the exact bits per element as text, too."""
        exact = self.bits_per_weight
        return {
            **asdict(self),
            "saturated": self.saturated,
            "bytes": self.size.bytes,
            "bits_per_weight": float(exact),
            "bits_per_weight_exact": str(exact),
        }

    def json(self) -> str:
        """``as_dict`` as JSON text; inf and nan as the words ``"inf"`` and ``"nan"``, which JSON does not have."""
        found = {name: value if _is_json(value) else str(value) for name, value in self.as_dict().items()}
        return json.dumps(found, indent=2)


def report(
    x: Any,
    q: Any,
    fmt: Format | str | None = None,
    *,
    scale_bits: int = 32,
    zero_point_bits: int | None = None,
) -> Report:
    """What became of ``x``.

    x
        The values before: what ``numfmt.encode`` takes.
    q
        What ``encode`` of an ``Affine``, a ``Scaled`` or a ``UniformGrid`` delivered for them; or codes of ``fmt``.
    fmt
        The format, or its name, of plain codes; only with those.
    scale_bits, zero_point_bits
        What one scale and one zero point take; None: a zero point takes as many bits as a code, or none where the
        scheme is symmetric.

    Raises TypeError for a q that is nothing of this kind, ValueError for shapes that differ.
    """
    given, source = inputs.codes_of(x)
    made = outcomes.made(q, fmt)
    if made.values.shape != given.shape:
        raise ValueError(f"x has shape {given.shape} and q {made.values.shape}: they must be the same")
    below, above = made.saturated or _beyond(given, source, made.format)
    zero_bits = made.zero_point_bits if zero_point_bits is None else zero_point_bits
    return Report(
        size=Size(
            elements=given.size,
            code_bits=made.code_bits,
            scales=made.scales,
            scale_bits=scale_bits,
            zero_points=made.zero_points if zero_bits else 0,
            zero_point_bits=zero_bits,
        ),
        source_bits=source.width,
        below=below,
        above=above,
        **_errors(given.ravel(), source, made.values.ravel(), made.format),
    )


def _beyond(given: Array, source: Format, fmt: Format) -> tuple[int, int]:
    """Elements that overflow when they are rounded to ``fmt``, ties to even."""
    flags = codec.convert(given, source, fmt, flags=True)[1]
    high = (np.asarray(flags) & Flags.OVERFLOW) != 0
    negative = operations.is_sign_minus(given, source)
    return int(np.count_nonzero(high & negative)), int(np.count_nonzero(high & ~negative))


class _Kinds(NamedTuple):
    """Which elements are what."""

    nan: Array
    finite: Array
    nonzero: Array


def _kinds(codes: Array, fmt: Format) -> _Kinds:
    if fmt == _WIDE or fmt.width > 64:
        zero = operations.is_zero(codes, fmt)
        return _Kinds(operations.is_nan(codes, fmt), operations.is_finite(codes, fmt), ~zero)
    values = inputs.floats(codes, fmt)
    return _Kinds(np.isnan(values), np.isfinite(values), values != 0)


def _errors(x: Array, source: Format, values: Array, fmt: Format) -> dict[str, Any]:
    """Errors and counts of one-dimensional arrays of codes."""
    before, after = _kinds(x, source), _kinds(values, fmt)
    nan, finite = before.nan | after.nan, before.finite & after.finite
    infinite = np.flatnonzero(~finite & ~nan)
    changed = operations.ne(values[infinite], x[infinite], (fmt, source))
    where, nonzero = np.flatnonzero(finite), before.nonzero
    if where.size < x.size:
        x, values, nonzero = x[where], values[where], nonzero[where]
    error, wide = _differences(values, fmt, x, source)
    sizes = np.abs(inputs.floats(error if wide == _DOUBLE else codec.convert(error, wide, _DOUBLE), _DOUBLE))
    worst = int(np.argmax(sizes)) if sizes.size else None
    return {
        "inexact": int(np.count_nonzero(_kinds(error, wide).nonzero) + np.count_nonzero(changed)),
        "nan": int(np.count_nonzero(nan)),
        "infinite": infinite.size,
        "max_abs_error": 0.0 if worst is None else float(sizes[worst]),
        "worst": None if worst is None else int(where[worst]),
        **_means(x[nonzero], source, error, error[nonzero], wide),
    }


def _differences(values: Array, fmt: Format, x: Array, source: Format) -> tuple[Array, Format]:
    """values - x in binary64 where that is exact, else in binary128."""
    found, flags = operations.sub(values, x, (fmt, source), to=_DOUBLE, flags="any")
    if Flags.INEXACT not in flags:
        return found, _DOUBLE
    return operations.sub(values, x, (fmt, source), to=_WIDE), _WIDE


def _means(x: Array, source: Format, error: Array, of_nonzero: Array, wide: Format) -> dict[str, float]:
    """Root mean square, ratio to the signal, and errors relative to the x that are not zero."""
    squares = reductions.dot(error, error, wide, to=_WIDE)
    signal = reductions.dot(x, x, source, to=_WIDE)
    relative = np.abs(inputs.floats(operations.div(of_nonzero, x, (wide, source), to=_DOUBLE), _DOUBLE))
    total = reductions.sum(relative.view(np.uint64), _DOUBLE, to=_WIDE)
    return {
        "rmse": _number(operations.sqrt(_mean(squares, error.size), _WIDE, to=_DOUBLE)),
        "sqnr_db": _decibels(squares, signal),
        "max_relative_error": float(relative.max(initial=0)),
        "mean_relative_error": _number(codec.convert(_mean(total, x.size), _WIDE, _DOUBLE)),
    }


def _mean(total: Any, count: int) -> Any:
    return operations.div(total, codec.encode(max(count, 1), _WIDE), _WIDE)


def _number(code: Any) -> float:
    return float(codec.decode(code, _DOUBLE))


def _decibels(noise: Any, signal: Any) -> float:
    """10 log10 of an exact ratio rounded to binary64; the logarithm is the C library's."""
    ratio = _number(operations.div(signal, noise, _WIDE, to=_DOUBLE))
    return 10 * math.log10(ratio) if 0 < ratio < math.inf else -math.inf if ratio == 0 else ratio


def _short(value: Fraction) -> str:
    return f"{float(value):.6g}"


def _is_json(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
