# SPDX-License-Identifier: BSD-3-Clause
"""A rational model of P3109 v4.0 Project (4.7.3: RoundToPrecision, Saturate, Encode), no kin of the oracle it checks.

It is the appendix of the project's format facts, which was compared with every row of the 504 published value tables;
only layout and names were changed. X is a Fraction or "nan", "inf", "-inf"; the result is the code point.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

HALF = Fraction(1, 2)


def _floor(q: Fraction) -> int:
    return q.numerator // q.denominator


def _log2(x: Fraction) -> int:
    fl = x.numerator.bit_length() - x.denominator.bit_length()
    return fl - 1 if Fraction(2) ** fl > x else fl


@lru_cache(maxsize=4096)
def _pow2(exponent: int) -> Fraction:
    return Fraction(2) ** exponent


@dataclass(frozen=True)
class Binary:
    """Binary{k}p{p}{s|u}{e|f}."""

    k: int
    p: int
    signed: bool
    extended: bool

    @cached_property
    def bias(self) -> int:
        return int(2 ** (self.k - self.p - 1 if self.signed else self.k - self.p))

    @cached_property
    def nan(self) -> int:
        return int(2 ** (self.k - 1) if self.signed else 2**self.k - 1)

    @cached_property
    def pos_inf(self) -> int:
        return int(2 ** (self.k - 1) - 1 if self.signed else 2**self.k - 2)

    @cached_property
    def neg_inf(self) -> int:
        return int(2**self.k - 1)

    @cached_property
    def max_code(self) -> int:
        return self.pos_inf - self.extended

    def decode(self, code: int) -> Fraction:
        """Value of a nonnegative finite code."""
        e, t = divmod(code, 2 ** (self.p - 1))
        frac = Fraction(t, 2 ** (self.p - 1))
        return frac * _pow2(1 - self.bias) if e == 0 else (1 + frac) * _pow2(e - self.bias)

    def encode(self, v: Fraction) -> int:
        """Code of a value of the format."""
        if v == 0:
            return 0
        c = abs(v)
        e = max(_log2(c), 1 - self.bias)
        s = c / _pow2(e) * 2 ** (self.p - 1)
        if s.denominator != 1:
            raise ValueError(v)
        t = s.numerator % 2 ** (self.p - 1)
        r = t if s < 2 ** (self.p - 1) else t + (e + self.bias) * 2 ** (self.p - 1)
        return int(r + (2 ** (self.k - 1) if v < 0 else 0))


@lru_cache(maxsize=64)
def _scaled(fmt: Binary, x: Fraction) -> tuple[int, int, Fraction, bool]:
    """Q, floor of S~, nu and CodeIsEven."""
    q = max(_log2(abs(x)), 1 - fmt.bias) - fmt.p + 1
    s = abs(x) / _pow2(q)
    fs = _floor(s)
    return q, fs, s - fs, fs % 2 == 0 if fmt.p > 1 else fs == 0 or (q + fmt.bias) % 2 == 0


def _stochastic_away(nu: Fraction, rounding: str, n: int, r: int) -> bool:
    if rounding == "StochasticA":
        return _floor(nu * (1 << n)) + r >= 1 << n
    if rounding == "StochasticB":
        return _floor(nu * (2 << n)) + 2 * r + 1 >= 2 << n
    z = nu * (1 << n)
    f = _floor(z)
    nearest = f if z < f + HALF or (z == f + HALF and f % 2 == 0) else f + 1
    return nearest + r >= 1 << n


def round_to_precision(fmt: Binary, x: Fraction, rounding: str, n: int = 0, r: int = 0) -> Fraction:
    """4.7.4."""
    if x == 0:
        return x
    q, fs, nu, even = _scaled(fmt, x)
    away = {
        "TowardZero": False,
        "TowardPositive": nu > 0 and x > 0,
        "TowardNegative": nu > 0 and x < 0,
        "TiesToAway": nu >= HALF,
        "TiesToEven": nu > HALF or (nu == HALF and not even),
        "ToOdd": nu > 0 and even,
    }
    go = away[rounding] if rounding in away else _stochastic_away(nu, rounding, n, r)
    z = (fs + 1 if go else fs) * _pow2(q)
    return z if x > 0 else -z


@lru_cache(maxsize=1024)
def saturate(fmt: Binary, v: Fraction | str, rounding: str, saturation: str) -> int:
    """4.7.5 and Encode; NaN stays NaN."""
    if v == "nan":
        return fmt.nan
    hi = fmt.max_code
    top = fmt.decode(hi)
    lo = fmt.encode(-top) if fmt.signed else 0
    if not isinstance(v, str) and (-top if fmt.signed else 0) <= v <= top:
        return fmt.encode(v)
    above = v == "inf" if isinstance(v, str) else v > top
    pos_inf = fmt.pos_inf if fmt.extended else hi
    if saturation == "SatFinite":
        return hi if above else lo
    if saturation == "SatPropagate":
        if not isinstance(v, str):
            return hi if above else lo
        return pos_inf if above else fmt.neg_inf if fmt.signed and fmt.extended else lo
    if above and not isinstance(v, str):
        stays = rounding in ("TowardZero", "TowardNegative")
        return hi if stays or (rounding == "ToOdd" and not fmt.signed and fmt.extended) else pos_inf
    if above:
        return pos_inf
    if not isinstance(v, str) and rounding in ("TowardZero", "TowardPositive"):
        return lo
    if not fmt.signed:
        return fmt.nan
    return fmt.neg_inf if fmt.extended else lo
