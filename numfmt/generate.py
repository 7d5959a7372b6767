# SPDX-License-Identifier: BSD-3-Clause
"""Operands for conversion vectors, as blocks of codes of the source format, and what those of other operations
are made from.

Only operands are chosen here; results come from the library.  The same arguments give the same operands on
every machine and with every numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from numfmt import _bind
from numfmt.formats import Format, code_array, code_int, struct
from numfmt.modes import Env, env_struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Array = np.ndarray[Any, np.dtype[Any]]

Style = Literal["directed", "random", "exhaustive"]
#: Vectors per block.
BLOCK = 1 << 16
_WORDS = 4
#: Directed operands lie on quarters of the destination's spacing: its values, the midpoints, and halves of those.
_EXTRA_BITS = 2
#: All significands of a binade are taken up to this many bits, patterns above.
_ALL_SIGNIFICANDS = 7
#: Of more binades than this, the lowest, the highest and some between are taken.
_ALL_BINADES = 4096
#: Codes of more than 64 bits are slow to handle: so many points of interest are taken.
_WIDE_POINTS = 4000


class GenerateError(ValueError):
    """Arguments that no vectors can be made from."""


def operands(style: Style, src: Format, dst: Format, count: int | None, seed: int) -> tuple[int, Iterator[Array]]:
    """How many operands there will be, and blocks of them."""
    if style == "exhaustive":
        return _exhaustive(src, count)
    if style == "random":
        total = 10_000 if count is None else count
        return total, _random(src, dst, total, seed)
    points = thinned(_directed(src, dst), count)
    return points.size, (points[start : start + BLOCK] for start in range(0, points.size, BLOCK))


def thinned(points: Array, count: int | None) -> Array:
    """``count`` of the points, evenly spread."""
    if count is None or count >= points.size:
        return points
    return points[np.arange(count) * points.size // max(count, 1)]


def _exhaustive(src: Format, count: int | None) -> tuple[int, Iterator[Array]]:
    if src.width > 32:
        raise GenerateError(f"{src} has 2^{src.width} codes: exhaustive goes up to 2^32")
    total = min(count, 1 << src.width) if count is not None else 1 << src.width
    starts = range(0, total, BLOCK)
    return total, (np.arange(start, min(start + BLOCK, total), dtype=np.uint64).astype(src.dtype) for start in starts)


def _random(src: Format, dst: Format, total: int, seed: int) -> Iterator[Array]:
    """Random codes, by turns of the source and rounded from the destination's range with random bits below."""
    raw = np.random.Philox(key=seed)
    binades = _binades(src, dst)
    for start in range(0, total, BLOCK):
        size = min(BLOCK, total - start)
        words = raw.random_raw(_WORDS * size).reshape(size, _WORDS)
        values = np.zeros(size, _bind.PARTS)
        values["sig_hi"] = words[:, 0] | np.uint64(1 << 63)
        values["sign"] = words[:, 1] & np.uint64(1) if src.is_signed else 0
        values["exp"] = (words[:, 2] % np.uint64(len(binades))).astype(np.int64) + (binades[0] - 127)
        values["kind"] = _bind.KIND_FINITE
        if src.precision > 64:
            values["sig_lo"] = words[:, 3]
        codes = codes_below(src, values)
        codes[::2] = masked(src, words[::2, 3], words[::2, 0])
        yield codes


def masked(src: Format, low: Array, high: Array) -> Array:
    """Codes of ``src`` from random words."""
    if src.width <= 64:
        return (low & np.uint64(src.codes[-1])).astype(src.dtype)
    codes = np.empty(low.shape, src.dtype)
    codes["lo"], codes["hi"] = low, high & np.uint64(src.codes[-1] >> 64)
    return codes


def _binades(src: Format, dst: Format) -> range:
    """Exponents from below the destination's smallest value to beyond its largest, as far as the source goes."""
    low = max(dst.emin - dst.precision - 2, src.emin - src.precision)
    high = min(dst.emax + 2, src.emax)
    return range(min(low, high), high + 1)


def codes_below(src: Format, parts: Array) -> Array:
    """The codes of ``src`` next to exact values, toward zero."""
    codes = np.empty(parts.shape, src.dtype)
    env = env_struct(Env(rounding="toward_zero", overflow="saturate", nan_substitute="zero"))
    _bind.round_parts(struct(src), env, _bind.Arrays(parts, codes))
    return codes


def _directed(src: Format, dst: Format) -> Array:
    """Both signs of every point of interest and its two neighbours, and the special codes of ``src``."""
    points = _points(src, dst)
    if src.width > 64:
        below = {code_int(code) for code in codes_below(src, thinned(points, _WIDE_POINTS))}
        near = {code + step for code in below for step in (-1, 0, 1)}
        return with_signs(src, [*sorted(code for code in near if 0 <= code <= src.max_code), *special_codes(src)])
    narrow = codes_below(src, points).astype(np.uint64)
    magnitudes = np.concatenate([narrow, narrow + np.uint64(1), narrow[narrow > 0] - np.uint64(1)])
    magnitudes = np.unique(magnitudes[magnitudes <= np.uint64(src.max_code)])
    return np.concatenate([with_signs(src, magnitudes), with_signs(src, special_codes(src))])


def with_signs(src: Format, magnitudes: Array | Sequence[int]) -> Array:
    """Codes of both signs, one after the other."""
    sign = 1 << (src.width - 1)
    if src.width > 64:
        signed = [code | s for code in magnitudes for s in ((0, sign) if src.is_signed else (0,))]
        return code_array(src, [int(code) for code in signed])
    narrow = np.asarray(magnitudes, np.uint64)
    both = [narrow] + ([narrow | np.uint64(sign)] if src.is_signed else [])
    return np.stack(both, axis=1).ravel().astype(src.dtype)


def _points(src: Format, dst: Format) -> Array:
    """Positive values at quarters of the destination's spacing, from next to 0 to beyond its largest value."""
    bits = dst.precision + _EXTRA_BITS
    lead = 1 << (bits - 1)
    significands = _significands(bits)
    low = [lead >> shift for shift in range(bits)] + [s - lead for s in significands]
    near = sorted({n + step for n in low for step in (-1, 0, 1) if n + step > 0})
    binades = [exp for exp in _binades(src, dst) if exp >= dst.emin]
    if len(binades) > _ALL_BINADES:
        ends = _ALL_BINADES // 4
        binades = binades[:ends] + binades[ends : -ends : len(binades) // (2 * ends)] + binades[-ends:]
    return np.concatenate(
        [parts(near, [dst.emin - (bits - 1)]), parts(significands, [e - (bits - 1) for e in binades])]
    )


def parts(sigs: Sequence[int], exps: Sequence[int]) -> Array:
    """Every significand with every exponent."""
    made = np.zeros((len(exps), len(sigs)), _bind.PARTS)
    made["sig_hi"] = [sig >> 64 for sig in sigs]
    made["sig_lo"] = [sig & (2**64 - 1) for sig in sigs]
    made["exp"] = np.array(exps, np.int32).reshape(-1, 1)
    made["kind"] = _bind.KIND_FINITE
    return made.ravel()


def _significands(bits: int) -> list[int]:
    """Significands of ``bits`` bits: all of them, or the ends, single bits and runs of ones."""
    lead = 1 << (bits - 1)
    if bits <= _ALL_SIGNIFICANDS:
        return list(range(lead, 2 * lead))
    ends = [lead + n for n in range(9)] + [2 * lead - n for n in range(1, 13)]
    patterns = [lead | 1 << n for n in range(bits - 1)] + [2 * lead - (1 << n) for n in range(bits - 1)]
    return sorted({*ends, *patterns})


def special_codes(src: Format) -> list[int]:
    """Codes without sign: zero, the ends of every range, infinity, and NaNs: first, last, single fraction bits."""
    magnitudes = {0, 1, src.min_positive_code, src.max_code, src.max_code - 1}
    if src.min_normal_code is not None:
        magnitudes |= {src.min_normal_code - 1, src.min_normal_code}
    top = (1 << (src.width - src.is_signed)) - 1
    specials = range(src.max_code + 1, top + 1)
    magnitudes |= {*specials[:3], *specials[-2:]}
    if src.inf_code is not None:
        payloads = (src.inf_code | 1 << bit for bit in range(src.precision - 1))
        magnitudes |= {code for code in payloads if code <= top}
    if src.explicit_leading_bit and src.inf_code is not None:  # pseudo-denormal, unnormal, pseudo-Inf, pseudo-NaN
        lead = 1 << (src.precision - 1)
        magnitudes |= {lead, lead + 1, 2 * lead, 3 * lead - 1, src.inf_code - lead, src.inf_code - lead + 1}
    return sorted(code for code in magnitudes if code >= 0)
