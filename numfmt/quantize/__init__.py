# SPDX-License-Identifier: BSD-3-Clause
"""Quantizers: values to integer or float codes with scales, and what that costs."""

from numfmt.quantize.affine import Affine
from numfmt.quantize.parameters import Parameters
from numfmt.quantize.quantized import Quantized

__all__ = ["Affine", "Parameters", "Quantized"]
