# SPDX-License-Identifier: BSD-3-Clause
"""Decoding for the value-table oracle: codes to exact values by the prose of SEMANTICS 1, vectorised.

Only formats whose values float64 holds exactly, of at most 32 bits and without an explicit leading bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ZERO, FINITE, INF, QNAN, SNAN = range(5)


class FormatLike(Protocol):
    """The descriptor of SEMANTICS 1; any object with these attributes."""

    @property
    def width(self) -> int: ...
    @property
    def precision(self) -> int: ...
    @property
    def bias(self) -> int: ...
    @property
    def is_signed(self) -> bool: ...
    @property
    def has_inf(self) -> bool: ...
    @property
    def has_zero(self) -> bool: ...
    @property
    def has_neg_zero(self) -> bool: ...
    @property
    def exp0(self) -> str: ...
    @property
    def n_high_nans(self) -> int | str: ...
    @property
    def has_quiet_bit(self) -> bool: ...
    @property
    def explicit_leading_bit(self) -> bool: ...


class Special:
    """Where a format's special codes lie (SEMANTICS 1); `max` counts without the sign bit."""

    def __init__(self, fmt: FormatLike) -> None:
        if fmt.explicit_leading_bit:
            raise ValueError("formats with an explicit leading bit are not tabulated")
        self.sign = 2 ** (fmt.width - 1) if fmt.is_signed else 0
        self.codes = 2**fmt.width // (2 if fmt.is_signed else 1)
        self.fractions = 2 ** (fmt.precision - 1)
        nans = self.fractions - 1 if fmt.n_high_nans == "all" else int(fmt.n_high_nans)
        self.max = self.codes - 1 - nans - int(fmt.has_inf)
        self.inf = self.max + 1
        self.has_nan = nans > 0 or (fmt.is_signed and not fmt.has_neg_zero)
        self.nan = self.sign if nans == 0 else self.codes - 1
        if fmt.has_quiet_bit:
            self.nan = self.inf + self.fractions // 2


def magnitudes(fmt: FormatLike, codes: Ints) -> Floats:
    """What the codes (sign removed) are worth as ordinary numbers, special codes and the zero of E8M0 not excepted.

    SEMANTICS 1: hidden bit 1 and exponent field - bias; field 0 without hidden bit at exponent 1 - bias, unless
    `exp0` is "normal" (hidden bit there too) or "zero" (worth 0). Raises ValueError if float64 cannot hold a value.
    """
    fractions = 2 ** (fmt.precision - 1)
    field, sig = codes // fractions, codes % fractions
    hidden = (field != 0) | (fmt.exp0 == "normal")
    sig = np.where(hidden, sig + fractions, 0 if fmt.exp0 == "zero" else sig)
    exponent = np.where(hidden, field, 1) - fmt.bias - (fmt.precision - 1)
    with np.errstate(over="ignore"):
        values: Floats = np.ldexp(sig.astype(np.float64), exponent.astype(np.int32))
    if not np.array_equal(np.ldexp(values, -exponent.astype(np.int32)), sig.astype(np.float64)):
        raise ValueError("a value of the format is not exact in float64")
    return values


@dataclass(frozen=True)
class Source:
    """Exact operands: `magnitude` is 0 for NaN; `payload` are the `payload_bits` fraction bits below the quiet bit."""

    kind: NDArray[np.uint8]
    sign: Bools
    magnitude: Floats
    payload: Ints
    payload_bits: int
    subnormal: Bools
    width: int
    has_quiet_bit: bool
    has_neg_zero: bool

    @classmethod
    def from_codes(cls, fmt: FormatLike, codes: Any) -> Source:
        """Decode codes of a format of at most 32 bits (SEMANTICS 1); a signalling NaN needs a quiet bit (1, 4)."""
        special, code = Special(fmt), np.asarray(codes).astype(np.int64)
        if fmt.width > 32 or np.any(code < 0) or np.any(code >= 2**fmt.width):
            raise ValueError("codes of at most 32 bits, and none above the width")
        mag = code % special.codes
        sign = code >= special.codes
        nan = mag > special.max + int(fmt.has_inf)
        if fmt.is_signed and not fmt.has_neg_zero:
            nan |= code == special.sign
        inf = (mag == special.inf) & fmt.has_inf
        special_code = nan | inf
        value = magnitudes(fmt, np.where(special_code, 0, mag))
        zero = ~special_code & ((value == 0.0) | ((mag == 0) & fmt.has_zero))
        kind = np.select([nan, inf, zero], [QNAN, INF, ZERO], FINITE).astype(np.uint8)
        quiet_unit = special.fractions // 2 if fmt.has_quiet_bit else 1
        fraction = mag % special.fractions
        kind[nan & (fraction < quiet_unit) & fmt.has_quiet_bit] = SNAN
        value = np.where(inf, np.inf, np.where(nan | zero, 0.0, value))
        subnormal = (kind == FINITE) & (mag < special.fractions) & (fmt.exp0 == "subnormal")
        return cls(
            kind=kind,
            sign=sign & ~(zero & (not fmt.has_neg_zero)),
            magnitude=value,
            payload=np.where(nan, fraction % quiet_unit, 0),
            payload_bits=max(fmt.precision - 2, 0),
            subnormal=subnormal,
            width=fmt.width,
            has_quiet_bit=fmt.has_quiet_bit,
            has_neg_zero=fmt.has_neg_zero,
        )

    @classmethod
    def from_values(cls, values: Any) -> Source:
        """float64 operands, which are binary64 codes (DESIGN 6): NaNs keep sign, quietness and payload."""
        value = np.asarray(values, dtype=np.float64)
        magnitude = np.abs(value)
        nan = np.isnan(value)
        fraction = (value.view(np.uint64) % np.uint64(2**52)).astype(np.int64)
        quiet = fraction >= 2**51
        kind = np.select([nan & quiet, nan, np.isinf(value), value == 0.0], [QNAN, SNAN, INF, ZERO], FINITE)
        return cls(
            kind=kind.astype(np.uint8),
            sign=np.signbit(value),
            magnitude=np.where(nan, 0.0, magnitude),
            payload=np.where(nan, fraction % 2**51, 0),
            payload_bits=51,
            subnormal=(magnitude > 0.0) & (magnitude < 2.0**-1022),
            width=64,
            has_quiet_bit=True,
            has_neg_zero=True,
        )
