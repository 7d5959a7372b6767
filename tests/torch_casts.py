# SPDX-License-Identifier: BSD-3-Clause
"""Casts by torch in a process of its own, whose environment says for which instruction set.

Run as a program: every FOLDER/SOURCE.FORMAT.npy holds operands (codes; integers if the source is an integer type),
and SOURCE.FORMAT.out.npy receives the codes that torch makes of them.  Prints torch's version and capability.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

NAMES = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}


def cast(operands: Any, source: str, fmt: str) -> Any:
    import torch

    def codes_type(name: str) -> Any:
        size = np.dtype(f"i{getattr(torch, NAMES.get(name, name)).itemsize}")
        return torch.uint8 if size.itemsize == 1 else getattr(torch, str(size))

    tensor = torch.from_numpy(operands)
    if "int" not in source:
        tensor = tensor.view(codes_type(source)).view(getattr(torch, NAMES.get(source, source)))
    codes = tensor.to(getattr(torch, NAMES.get(fmt, fmt))).view(codes_type(fmt)).numpy()
    return codes.view(f"u{codes.itemsize}")


def main(folder: Path) -> None:
    import torch

    torch.set_num_threads(1)  # shares of an array end inside a vector: there, too, the scalar code takes over
    for path in sorted(folder.glob("*.npy")):
        source, fmt = path.name.split(".")[:2]
        np.save(folder / f"{source}.{fmt}.out.npy", cast(np.load(path), source, fmt))
    print(torch.__version__.partition("+")[0], torch.backends.cpu.get_cpu_capability())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
