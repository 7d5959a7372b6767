# SPDX-License-Identifier: BSD-3-Clause
"""Affine quantizers between buffers that begin or end at a page nobody may touch:  python guard_pages_affine.py

A read or write beyond any of them ends the process.  Prints the number of calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import affine_kernels
import numpy as np
from guard_pages import Guarded

from numfmt import _bind, _bind_quantize
from numfmt._bind_quantize import Ends, Granules
from numfmt.quantize import Affine

Array = np.ndarray[Any, np.dtype[Any]]
SIZES = [*range(71), 127, 128, 129, 255, 256, 257, 300, 1023, 1024, 1025, 2100]
Sizes = tuple[int, int, int, int]
#: Of ``nf_affine_shape`` for so many elements: one scale, one for each, for three, for each of a row of five.
SHAPES: list[Callable[[int], Sizes]] = [
    lambda n: (1, 1, n, n),
    lambda n: (1, 1, n, 1),
    lambda n: (1, 1, n, 3 if n % 3 == 0 else 1),
    lambda n: (1, n // 5, 5, 1) if n % 5 == 0 else (1, 1, n, n),
]


class Place:
    """Operands, scales, zero points and results, each between guards of its own."""

    def __init__(self) -> None:
        self._blocks = [Guarded() for _ in range(4)]

    def arrays(self, wanted: list[tuple[int, Any]], *, at_end: bool) -> list[Array]:
        return [
            block.array(size, dtype, at_end=at_end) for block, (size, dtype) in zip(self._blocks, wanted, strict=True)
        ]


def check(place: Place, affine: Affine, size: int, sizes: Sizes) -> int:
    """Every instruction set; how many calls."""
    how, calls = affine_kernels.handle(affine), 0
    scales = sizes[0] * (sizes[2] // sizes[3]) if size else 0
    values = affine_kernels.operands(size, 0.1, size)
    for at_end in (True, False):
        x, scale, zero, out = place.arrays(
            [(size, np.float32), (scales, np.float32), (scales, np.int64), (size, affine.dtype)], at_end=at_end
        )
        x[:], scale[:], zero[:] = values, np.linspace(0.1, 2, scales), np.arange(scales) % 100
        granules, wanted = Granules(sizes, scale, zero), np.empty(size, affine.dtype)
        _bind_quantize.encode(how, granules, Ends(x, wanted), (0, size), generic=True)
        decoded = np.empty(size, np.float32)
        _bind_quantize.decode(how, granules, Ends(wanted, decoded), (0, size), generic=True)
        for isa in affine_kernels.fast_isas(affine):
            _bind.ISA = isa
            out[:] = affine_kernels.UNTOUCHED
            _bind_quantize.encode(how, granules, Ends(x, out), (0, size), generic=False)
            if not np.array_equal(out, wanted):
                raise AssertionError((isa, affine, size, sizes, at_end))
            _bind_quantize.decode(how, granules, Ends(out, x), (0, size), generic=False)
            if x.tobytes() != decoded.tobytes():
                raise AssertionError((isa, affine, size, sizes, at_end, "decoded"))
            x[:] = values
            calls += 2
    return calls


def main(arguments: list[str]) -> None:
    place, calls = Place(), 0
    rules: list[dict[str, Any]] = [{}, {"bits": 16, "signed": False}, {"divide": "recip", "zp_add": "fused"}]
    for number, rule in enumerate(rules):
        affine = Affine(scheme="affine", nan="zero", **rule)
        for size in SIZES if "--full" in arguments else SIZES[number::3]:
            for shape in SHAPES:
                calls += check(place, affine, size, shape(size))
    print(calls)


if __name__ == "__main__":
    main(sys.argv[1:])
