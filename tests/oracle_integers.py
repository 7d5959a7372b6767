# SPDX-License-Identifier: BSD-3-Clause
"""What integer codes are, in Python ints, from the definitions: positional weights for values, the adders of a textbook
for arithmetic.  A kind is (name, width, bias).
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    name: str
    width: int
    bias: int = 0


def kinds(width: int) -> list[Kind]:
    """Every kind of a width, offset binary with the biases that differ most."""
    half = 1 << (width - 1)
    biases = sorted({0, half - 1, half, 2 * half - 1})
    plain = [Kind(name, width) for name in ("sign_magnitude", "ones_complement", "twos_complement", "unsigned")]
    return plain + [Kind("offset_binary", width, bias) for bias in biases]


def value(kind: Kind, code: int) -> int:
    """The weights of the bits, summed; the highest bit's is negative, or the sign."""
    name, width, bias = kind
    top, rest = divmod(code, 1 << (width - 1))
    if name == "sign_magnitude":
        return -rest if top else rest
    if name == "ones_complement":
        return rest - top * ((1 << (width - 1)) - 1)
    if name == "twos_complement":
        return rest - top * (1 << (width - 1))
    return code - bias


def limits(kind: Kind) -> tuple[int, int]:
    """The lowest and the highest value."""
    name, width, bias = kind
    half = 1 << (width - 1)
    return {
        "sign_magnitude": (1 - half, half - 1),
        "ones_complement": (1 - half, half - 1),
        "twos_complement": (-half, half - 1),
        "offset_binary": (-bias, 2 * half - 1 - bias),
        "unsigned": (0, 2 * half - 1),
    }[name]


def encode(kind: Kind, x: int, overflow: str = "error", *, narrow: bool = False) -> int | None:
    """The code; None for an error."""
    low, high = limits(kind)
    low += narrow
    if not low <= x <= high:
        if overflow == "error":
            return None
        if overflow == "wrap":
            return _wrap(kind, x)
        x = min(max(x, low), high)
    return _in_range(kind, x)


def _in_range(kind: Kind, x: int) -> int:
    name, width, bias = kind
    if name == "sign_magnitude":
        return abs(x) + (1 << (width - 1) if x < 0 else 0)
    if name == "ones_complement":
        return int("".join("10"[int(bit)] for bit in f"{-x:0{width}b}"), 2) if x < 0 else x
    return x + bias if name == "offset_binary" or x >= 0 else x + (1 << width)


def _wrap(kind: Kind, x: int) -> int:
    """Sign-magnitude can give -0; ones' complement never does."""
    name, width, _ = kind
    if name == "sign_magnitude":
        return abs(x) % (1 << (width - 1)) + (1 << (width - 1) if x < 0 else 0)
    count = (1 << width) - (name == "ones_complement")
    low, _ = limits(kind)
    return _in_range(kind, (x - low) % count + low)


class Sum(NamedTuple):
    code: int
    carry: int
    overflow: int


def calculate(kind: Kind, op: str, a: int, b: int = 0) -> Sum:
    """Of codes; ``op`` is "add", "sub" or "negate"."""
    x, y = value(kind, a), value(kind, b)
    exact = {"add": x + y, "sub": x - y, "negate": -x}[op]
    low, high = limits(kind)
    code, carry = _ADDERS[kind.name](kind, op, a, b)
    return Sum(code, carry, int(not low <= exact <= high))


def compare(kind: Kind, a: int, b: int) -> int:
    x, y = value(kind, a), value(kind, b)
    return (x > y) - (x < y)


def _sign_magnitude(kind: Kind, op: str, a: int, b: int) -> tuple[int, int]:
    half = 1 << (kind.width - 1)
    if op == "negate":
        return a + half if a < half else a - half, 0
    (a_sign, x), (b_sign, y) = divmod(a, half), divmod(b, half)
    b_sign ^= op == "sub"
    if a_sign == b_sign:
        carry, size = divmod(x + y, half)
        return a_sign * half + size, carry
    if x == y:
        return 0, 0
    return (a_sign if x > y else b_sign) * half + abs(x - y), 0


def _ones_complement(kind: Kind, op: str, a: int, b: int) -> tuple[int, int]:
    ones = (1 << kind.width) - 1
    if op == "negate":
        return ones - a, 0
    carry, rest = divmod(a + (ones - b if op == "sub" else b), ones + 1)
    return rest + carry, carry


def _modular(kind: Kind, op: str, a: int, b: int) -> tuple[int, int]:
    """Two's complement and unsigned; with a bias also offset binary."""
    size = 1 << kind.width
    if op == "negate":
        a, b = kind.bias, a
    carry, rest = divmod(a + b if op == "add" else a + (size - 1 - b) + 1, size)
    return (rest - kind.bias if op == "add" else rest + kind.bias) % size, carry


_ADDERS = {
    "sign_magnitude": _sign_magnitude,
    "ones_complement": _ones_complement,
    "twos_complement": _modular,
    "offset_binary": _modular,
    "unsigned": _modular,
}


def pack(width: int, codes: list[int], order: str) -> list[int]:
    """The bytes of a stream of bits, written out as text."""
    if order == "low_first":
        bits = "".join(f"{code:0{width}b}"[::-1] for code in codes)
        bits += "0" * (-len(bits) % 8)
        return [int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8)]
    bits = "".join(f"{code:0{width}b}" for code in codes)
    bits += "0" * (-len(bits) % 8)
    return [int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)]
