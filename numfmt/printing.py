# SPDX-License-Identifier: BSD-3-Clause
"""The text of codes, the inverse of ``text.parse``: shortest decimal, exact decimal, C99 hexadecimal.

Shortest is what Python's ``repr`` of a float is, for every format: the fewest digits that round back to the code
(Steele and White, PLDI 1990), of those the nearest to the value.
"""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, get_args

from numfmt import _bind, codes
from numfmt.modes import Env, Flags
from numfmt.parts import power_of_5
from numfmt.text import parse

if TYPE_CHECKING:
    from decimal import Context, Decimal

    from numfmt.formats import Format

Style = Literal["shortest", "exact", "hex"]
STYLES: tuple[Style, ...] = get_args(Style)

#: Python writes integers of so many bits whatever its limit on digits is set to (640 at least).
_BITS_AT_ONCE = 1900
#: Tells a result beyond max from max by its flag, in every format.
_BEYOND = Env(overflow="infinity")


def to_string(fmt: Format, code: Any, style: Style = "shortest") -> str:
    """The text of one code; see ``Format.to_string``."""
    if style not in STYLES:
        raise ValueError(f"style is {style!r}: must be one of {', '.join(STYLES)}")
    code = codes.checked(fmt, code)
    parts = codes.parts(fmt, code)
    kind = int(parts["kind"])
    sign = "-" if parts["sign"] else ""
    if kind in (_bind.KIND_QUIET_NAN, _bind.KIND_SIGNALING_NAN):
        return _nan(fmt, code, sign, signaling=kind == _bind.KIND_SIGNALING_NAN)
    if kind == _bind.KIND_INF:
        text = "inf"
    elif kind == _bind.KIND_ZERO:
        text = {"shortest": "0.0", "exact": "0", "hex": "0x0p+0"}[style]
    else:
        text = _finite(fmt, *_odd(parts), style)
    return sign + text + ("" if codes.canonical(fmt, code) == code else _behind(fmt, code))


def _odd(parts: Any) -> tuple[int, int]:
    """A finite magnitude as (odd integer, exponent of two)."""
    sig = int(parts["sig_hi"]) << 64 | int(parts["sig_lo"])
    low = (sig & -sig).bit_length() - 1
    return sig >> low, int(parts["exp"]) + low


def _finite(fmt: Format, sig: int, exp: int, style: Style) -> str:
    if style == "hex":
        return hexadecimal(sig, exp)
    if style == "exact":
        return exact_decimal(sig, exp)
    return _like_repr(*_shortest(fmt, sig, exp))


def _behind(fmt: Format, code: int) -> str:
    """The code itself, for one that its value does not reach."""
    return f"[{code:#0{2 - (-fmt.width // 4)}x}]"


def _nan(fmt: Format, code: int, sign: str, *, signaling: bool) -> str:
    """``nan`` for the canonical one, else sign and payload if they name the code, else the code itself."""
    if code == fmt.nan_code:
        return "nan"
    payload = code & ((1 << (fmt.precision - 1 - fmt.has_quiet_bit)) - 1)
    word = sign + ("snan" if signaling else "nan")
    for text in (f"{word}({payload:#x})",) if signaling else (word, f"{word}({payload:#x})"):
        with contextlib.suppress(ValueError):
            if parse(text, fmt) == code:
                return text
    return word + _behind(fmt, code)


def hexadecimal(sig: int, exp: int) -> str:
    """sig * 2**exp, sig odd, as C99's %a writes it with the leading digit 1."""
    fraction = sig.bit_length() - 1
    digits = -(-fraction // 4)
    rest = (sig ^ 1 << fraction) << (4 * digits - fraction)
    return f"0x1{f'.{rest:0{digits}x}' if digits else ''}p{exp + fraction:+d}"


def exact_decimal(sig: int, exp: int) -> str:
    """sig * 2**exp in full: every digit, no exponent."""
    if exp >= 0:
        return _digits(sig, 2, exp)
    digits = _digits(sig, 5, -exp).rjust(1 - exp, "0")
    return f"{digits[:exp]}.{digits[exp:]}"


def number(value: Fraction | float) -> str:
    """An exact number: every decimal digit where those end, else numerator/denominator."""
    if isinstance(value, float):
        return "-0" if value == 0 else str(value)
    sign, size, rest = "-" if value < 0 else "", abs(value.numerator), value.denominator
    twos = (rest & -rest).bit_length() - 1
    rest >>= twos
    if rest == 1 and size:
        low = (size & -size).bit_length() - 1
        return sign + exact_decimal(size >> low, low - twos)
    fives = round(math.log(rest, 5))
    if rest != power_of_5(fives):
        return f"{sign}{_digits(size, 2, 0)}/{_digits(value.denominator, 2, 0)}"
    places = max(twos, fives)
    digits = _digits(size * power_of_5(places - fives) << (places - twos), 2, 0).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _digits(sig: int, base: Literal[2, 5], power: int) -> str:
    """sig * base**power in decimal, of any length: Python's limit on digits does not bite."""
    if sig.bit_length() + 3 * power < _BITS_AT_ONCE:
        return str(sig * base**power)
    import decimal

    count = int((sig.bit_length() + power * math.log2(base)) * 0.30103) + 20
    context = decimal.Context(
        prec=count, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX, traps=[decimal.Inexact, decimal.InvalidOperation]
    )
    return str(context.multiply(decimal.Decimal(sig), _power(decimal.Decimal(base), power, context)))


def _power(base: Decimal, power: int, context: Context) -> Decimal:
    """By squaring: decimal's own power promises less than exactness."""
    result = base if power else base / base
    for bit in bin(power)[3:]:
        result = context.multiply(result, result)
        if bit == "1":
            result = context.multiply(result, base)
    return result


def _shortest(fmt: Format, sig: int, exp: int) -> tuple[str, int]:
    """(digits, exp10): 0.digits * 10**exp10 is the shortest decimal that rounds to sig * 2**exp, sig odd."""
    interval = _interval(fmt, sig, exp)
    # in units of 10**unit the value is a number of count or count + 1 digits, enough to tell it from its neighbours
    count = fmt.precision * 30103 // 100_000 + 4
    unit = math.floor((exp + sig.bit_length() - 1) * 0.30103) - count + 1
    scale = power_of_5(abs(unit))
    up, down = (1, scale) if unit >= 0 else (scale, 1)
    shift = interval[3] - unit
    up, down = (up << shift, down) if shift >= 0 else (up, down << -shift)
    whole, rest = divmod(interval[1] * up, down)
    first, last = _ends(fmt, interval, up, down)
    step, found = 1, 0
    while step <= whole:
        near = whole // step * step
        twice = 2 * (whole - near)
        far = near + step
        if (2 * rest > down) if step == 1 else (twice >= step and not _is_even_tie(near, step, twice, rest)):
            near, far = far, near
        best = next((candidate for candidate in (near, far) if first <= candidate <= last), 0)
        if not best:
            break
        found, step = best, 10 * step
    digits = str(found)
    return digits.rstrip("0"), len(digits) + unit


def _is_even_tie(near: int, step: int, twice: int, rest: int) -> bool:
    return twice == step and rest == 0 and near // step % 2 == 0


def _interval(fmt: Format, sig: int, exp: int) -> tuple[int, int, int, int]:
    """(low, value, high, quarter): what rounds to sig * 2**exp lies between low and high, in units of 2**quarter.

    The unit is a quarter of the value's ulp.  Above, the grid goes on as if the exponent had no end; so it does
    below the smallest value of a format without zero.
    """
    top = exp + sig.bit_length() - 1
    ulp = max(top, fmt.emin) - fmt.precision + 1
    value = sig << (exp - ulp + 2)
    power_of_two = sig == 1 and (top > fmt.emin or not fmt.has_zero)
    low = value - (1 if power_of_two else 2)
    if fmt.exp0 != "subnormal" and fmt.has_zero and Fraction(2) ** exp * sig == fmt.min_positive:
        low = value // 2  # zero is next
    return low, value, value + 2, ulp - 2


def _ends(fmt: Format, interval: tuple[int, int, int, int], up: int, down: int) -> tuple[int, int]:
    """The first and last integer multiple of the unit inside the interval; an end itself if it rounds inwards."""
    low, value, high, quarter = interval
    (first, above), (last, below) = divmod(low * up, down), divmod(high * up, down)
    if above or not _rounds_to(fmt, low, value, quarter):
        first += 1
    if not below and not _rounds_to(fmt, high, value, quarter):
        last -= 1
    return first, last


def _rounds_to(fmt: Format, end: int, value: int, quarter: int) -> bool:
    """Does the end go to the value's code?  Both in units of 2**quarter; a tie's direction is the library's to say."""
    unit = Fraction(2) ** quarter
    code, flags = codes.rounded(end * unit, fmt, _BEYOND)
    return code == codes.rounded(value * unit, fmt)[0] and Flags.OVERFLOW not in flags


def _like_repr(digits: str, point: int) -> str:
    """0.digits * 10**point as Python writes floats: positional from 1e-4 to below 1e16."""
    if -4 < point <= 16:
        digits = "0" * (1 - point) + digits if point <= 0 else digits
        point = max(point, 1)
        return f"{digits[:point].ljust(point, '0')}.{digits[point:] or '0'}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}e{point - 1:+03d}"
