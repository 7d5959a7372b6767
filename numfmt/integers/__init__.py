# SPDX-License-Identifier: BSD-3-Clause
"""Integer codes (sign-magnitude, ones' complement, two's complement, offset binary, unsigned) and fixed-point types.

>>> from numfmt.integers import TwosComplement
>>> TwosComplement(8).encode([-5, 5]).tolist()
[251, 5]
"""

from numfmt.integers.fixed import Fixed
from numfmt.integers.fixed_calls import apply_fixed
from numfmt.integers.kinds import (
    Calculated,
    IntegerCode,
    OffsetBinary,
    OnesComplement,
    SignMagnitude,
    TwosComplement,
    Unsigned,
)
from numfmt.integers.names import KINDS, integer_code
from numfmt.integers.requantization import quantize_multiplier, requantize

__all__ = [
    "KINDS",
    "Calculated",
    "Fixed",
    "IntegerCode",
    "OffsetBinary",
    "OnesComplement",
    "SignMagnitude",
    "TwosComplement",
    "Unsigned",
    "apply_fixed",
    "integer_code",
    "quantize_multiplier",
    "requantize",
]
