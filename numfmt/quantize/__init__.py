# SPDX-License-Identifier: BSD-3-Clause
"""Quantizers: values to integer or float codes with scales, and what that costs.

``Affine`` (integer codes; ``preset`` makes one that equals a library's), ``Scaled`` (codes of a float format) and
``UniformGrid`` (points at equal distances) each have ``encode`` and ``decode``; the first two find scales with
``calibrate``, ``Calibrator`` does so from batches, ``dynamic`` from the values that are encoded.  ``dot`` and
``matmul`` multiply what ``Affine.encode`` delivers; ``report`` and ``plot`` say what any of them lost.

>>> from numfmt import quantize
>>> affine = quantize.Affine(bits=4, axis=-1, group=2)
>>> p = affine.calibrate([[0.7, -0.2, 1.4, 0.3]])
>>> affine.encode([[0.7, -0.2, 1.4, 0.3]], p).codes.tolist()
[[7, -2, 7, 2]]
"""

import typing as _typing

from numfmt.quantize.affine import Affine
from numfmt.quantize.parameters import Parameters
from numfmt.quantize.quantized import Quantized

if _typing.TYPE_CHECKING:
    from numfmt.quantize.accuracy import Report, report
    from numfmt.quantize.calibration import Calibrator
    from numfmt.quantize.grids import UniformGrid
    from numfmt.quantize.plotting import plot
    from numfmt.quantize.presets import preset
    from numfmt.quantize.products import Product, dot, matmul
    from numfmt.quantize.runtime import dynamic
    from numfmt.quantize.scaling import Scaled
    from numfmt.quantize.sizes import Size

__all__ = [
    "Affine",
    "Calibrator",
    "Parameters",
    "Product",
    "Quantized",
    "Report",
    "Scaled",
    "Size",
    "UniformGrid",
    "dot",
    "dynamic",
    "matmul",
    "plot",
    "preset",
    "report",
]

_LATE = {
    "Calibrator": "calibration",
    "Product": "products",
    "Report": "accuracy",
    "Scaled": "scaling",
    "Size": "sizes",
    "UniformGrid": "grids",
    "dot": "products",
    "dynamic": "runtime",
    "matmul": "products",
    "plot": "plotting",
    "preset": "presets",
    "report": "accuracy",
}

if not _typing.TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The public names whose modules are imported when they are first used."""
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(f"numfmt.quantize.{_LATE[name]}"), name)

    def __dir__() -> list[str]:
        """What ``help`` and completion show: those names too."""
        return sorted({*globals(), *_LATE})
