# SPDX-License-Identifier: BSD-3-Clause
"""Integer codes and fixed-point types."""

from numfmt.integers.fixed import Fixed
from numfmt.integers.requantization import quantize_multiplier, requantize

__all__ = ["Fixed", "quantize_multiplier", "requantize"]
