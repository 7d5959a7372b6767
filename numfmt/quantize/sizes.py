# SPDX-License-Identifier: BSD-3-Clause
"""What quantized elements take, with the scales and zero points that go with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True)
class Size:
    """What quantized elements take, packed without gaps."""

    elements: int
    code_bits: int
    scales: int = 0
    scale_bits: int = 32
    zero_points: int = 0
    zero_point_bits: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) is not int or value < 0:
                raise ValueError(f"{name} is {value!r}: must be an integer, 0 or more")

    @property
    def bits(self) -> int:
        """Of all elements, scales and zero points."""
        overhead = self.scales * self.scale_bits + self.zero_points * self.zero_point_bits
        return self.elements * self.code_bits + overhead

    @property
    def bytes(self) -> int:
        """The bits in whole bytes."""
        return -(-self.bits // 8)

    @property
    def bits_per_element(self) -> Fraction:
        """Scales and zero points shared out; 0 for no elements."""
        return Fraction(self.bits, self.elements) if self.elements else Fraction(0)
