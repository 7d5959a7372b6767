# SPDX-License-Identifier: BSD-3-Clause
"""numfmt: bit-exact encoding, decoding and conversion of number formats.

>>> import numfmt as nf
>>> codes, flags = nf.encode([0.1, 464.0, 1e9], "e4m3fn", flags=True)
>>> [hex(code) for code in codes], nf.decode(codes, "e4m3fn").tolist()
(['0x1d', '0x7e', '0x7e'], [0.1015625, 448.0, 448.0])
"""

from numfmt._bind import version as _version
from numfmt.behaviours import Difference, differences
from numfmt.codec import convert, decode, encode, quantize_to
from numfmt.containers import Container, ContainerError, container
from numfmt.formats import Format, FormatError, FormatInfo, format, list_formats
from numfmt.info import build_info
from numfmt.modes import Env, Flags
from numfmt.stochastic import random_bits
from numfmt.views import Explanation, explain_value

__version__ = _version()

float16 = format("binary16")
float32 = format("binary32")
float64 = format("binary64")
bfloat16 = format("bfloat16")
float8_e3m4 = format("float8_e3m4")
float8_e4m3 = format("float8_e4m3")
float8_e4m3b11fnuz = format("float8_e4m3b11fnuz")
float8_e4m3fn = format("float8_e4m3fn")
float8_e4m3fnuz = format("float8_e4m3fnuz")
float8_e5m2 = format("float8_e5m2")
float8_e5m2fnuz = format("float8_e5m2fnuz")
float8_e8m0fnu = format("float8_e8m0fnu")
float6_e2m3fn = format("float6_e2m3fn")
float6_e3m2fn = format("float6_e3m2fn")
float4_e2m1fn = format("float4_e2m1fn")

__all__ = [
    "Container",
    "ContainerError",
    "Difference",
    "Env",
    "Explanation",
    "Flags",
    "Format",
    "FormatError",
    "FormatInfo",
    "__version__",
    "bfloat16",
    "build_info",
    "container",
    "convert",
    "decode",
    "differences",
    "encode",
    "explain_value",
    "float4_e2m1fn",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "float8_e3m4",
    "float8_e4m3",
    "float8_e4m3b11fnuz",
    "float8_e4m3fn",
    "float8_e4m3fnuz",
    "float8_e5m2",
    "float8_e5m2fnuz",
    "float8_e8m0fnu",
    "float16",
    "float32",
    "float64",
    "format",
    "list_formats",
    "quantize_to",
    "random_bits",
]
