# SPDX-License-Identifier: BSD-3-Clause
"""Makes ``vectors/`` and its MANIFEST.toml: golden conversions of binary32, computed by the rational oracle.

The files of the other operations, ``vectors/ops/``, are `make_op_vectors`'s.

    python tests/make_vectors.py [FOLDER]

Nothing of the library is imported: these files can convict it.  The same program makes the same bytes anywhere.
"""

from __future__ import annotations

import hashlib
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import oracle
from make_op_vectors import OpFile, op_files
from specs import BY_NAME, SPECS, Spec

SRC = BY_NAME["binary32"]
#: Every 4-, 6- and 8-bit format (UE4M3 fills 7 of 8), bfloat16 and binary16.
DESTINATIONS = [spec for spec in SPECS if spec.params.width <= 8 or spec.name in ("bfloat16", "binary16")]
ROUNDINGS = ("ties_even", "ties_away", "toward_zero", "toward_positive", "toward_negative", "to_odd")
POLICIES = ("ieee", "saturate", "propagate", "infinity", "sat_none")
#: Of a 16-bit format's boundaries so many at either end, and one in STRIDE between.
ENDS, STRIDE = 24, 331
SPECIAL = (0, 1, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF)


@dataclass(frozen=True)
class File:
    """One file: a destination, an environment, operands as binary32 codes."""

    dst: Spec
    env: oracle.Env
    operands: tuple[int, ...]

    @property
    def name(self) -> str:
        words = [self.env.rounding, self.env.overflow or "", "" if self.env.tininess == "after" else "before"]
        return f"{self.dst.name}/{'.'.join(word for word in words if word)}.tf"

    @property
    def arguments(self) -> str:
        words = ["convert", SRC.name, "--to", self.dst.name, "--rounding", self.env.rounding]
        words += ["--overflow", self.env.overflow] if self.env.overflow else []
        words += ["--tininess", "before"] if self.env.tininess == "before" else []
        return " ".join(words)

    def text(self) -> str:
        digits = -(-self.dst.params.width // 4)
        lines = [f"# numfmt-vectors 1 {self.arguments}"]
        for operand in self.operands:
            code, flags = outcome(self.dst, operand, self.env)
            lines.append(f"{operand:08X} {code:0{digits}X} {flags:02X}")
        return "\n".join(lines) + "\n"


_cases: dict[tuple[str, int], oracle.Case] = {}


def outcome(dst: Spec, operand: int, env: oracle.Env) -> tuple[int, int]:
    """A case is bracketed once for all environments."""
    if (dst.name, operand) not in _cases:
        _cases[dst.name, operand] = oracle.Case(dst.params, oracle.decode(SRC.params, operand))
    return _cases[dst.name, operand].outcome(env)


def around(values: list[Fraction]) -> tuple[int, ...]:
    """The binary32 codes at and next to these positive values, in both signs, and the special codes."""
    toward_zero = oracle.Env(rounding="toward_zero", overflow="saturate")
    below = [oracle.encode(SRC.params, value, toward_zero)[0] for value in values]
    positive = sorted({code + step for code in below for step in (-1, 0, 1)} | set(SPECIAL))
    return tuple(sign | code for code in positive if 0 <= code < 1 << 31 for sign in (0, 1 << 31))


def files() -> Iterator[File]:
    for dst in DESTINATIONS:
        every = sorted(set(oracle.boundary_values(dst.params)))
        chosen = every if dst.params.width <= 8 else every[:ENDS] + every[ENDS:-ENDS:STRIDE] + every[-ENDS:]
        slices = sorted(set(oracle.tininess_slices(dst.params)))
        ends = sorted({*every[:3], *slices, *every[-8:]})
        for rounding in ROUNDINGS:
            yield File(dst, oracle.Env(rounding=rounding), around(sorted({*chosen, *slices})))
            yield File(dst, oracle.Env(rounding=rounding, tininess="before"), around(ends))
        for rounding in ("ties_even", "toward_zero"):
            for policy in POLICIES:
                yield File(dst, oracle.Env(rounding=rounding, overflow=policy), around(ends))


def entry(file: File, text: str) -> str:
    """The file's table in MANIFEST.toml."""
    env = {"rounding": file.env.rounding, "tininess": file.env.tininess}
    env |= {"overflow": file.env.overflow} if file.env.overflow else {}
    inline = ", ".join(f'{key} = "{value}"' for key, value in env.items())
    return (
        f'\n[[file]]\nname = "{file.name}"\nop = "convert"\nformats = ["{SRC.name}", "{file.dst.name}"]\n'
        f"env = {{ {inline} }}\ncount = {len(file.operands)}\n"
        f'sha256 = "{hashlib.sha256(text.encode()).hexdigest()}"\n'
    )


def op_entry(file: OpFile, text: str) -> str:
    """The same for an operation: formats are the operands', `to` the result's if that is a number."""
    formats = ", ".join(f'"{name}"' for name in file.types)
    to = f'to = "{file.to}"\n' if file.to else ""
    return (
        f'\n[[file]]\nname = "{file.name}"\nop = "{file.op}"\nformats = [{formats}]\n{to}'
        f'env = {{ rounding = "{file.env.rounding}", tininess = "{file.env.tininess}" }}\n'
        f'count = {len(file.operands)}\nsha256 = "{hashlib.sha256(text.encode()).hexdigest()}"\n'
    )


def main(folder: Path) -> None:
    manifest = 'generator = "python tests/make_vectors.py"\n'
    manifest += 'seed = "of an operation: its file\'s name; no operand of a conversion is random"\n'
    every: Iterator[File | OpFile] = itertools.chain(files(), op_files())
    for file in every:
        text = file.text()
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
        manifest += op_entry(file, text) if isinstance(file, OpFile) else entry(file, text)
    (folder / "MANIFEST.toml").write_text(manifest, encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "vectors"))
