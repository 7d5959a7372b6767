# SPDX-License-Identifier: BSD-3-Clause
"""The files of ``vectors/ops/``: golden results of every operation, computed by the rational oracle.

Operands: all combinations of the special values, results at every kind of boundary, and some at random, seeded with
the file's name.  Nothing of the library is imported.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import boundaries
import oracle
from oracle_exact import is_nan
from oracle_format import layout
from oracle_ops import OPS, OpRow, Type, int_type, result
from specs import BY_NAME, Spec

FORMATS = [BY_NAME[name] for name in ("binary16", "bfloat16", "float8_e4m3fn", "float8_e5m2")]
MIXED = ("float8_e4m3fn", "float8_e5m2", "binary32", "bfloat16")
SCALES = "int32"
INTEGERS = "int8"
#: Ties to even is in a file of every operation; these besides for the operations of arithmetic.
OTHER = (
    oracle.Env(rounding="toward_positive"),
    oracle.Env(rounding="toward_zero"),
    oracle.Env(rounding="to_odd"),
)
ARITHMETIC = ("add", "mul", "div", "fma", "sqrt")
#: Where the rules of tininess part: sums are exact there, quotients and roots of one format never fall there.
TININESS = ("mul", "fma")


@dataclass(frozen=True)
class OpFile:
    """One file: an operation, names of the operands' types and of the result's, an environment, operands."""

    op: str
    types: tuple[str, ...]
    to: str | None
    env: oracle.Env
    operands: tuple[tuple[int, ...], ...]

    @property
    def name(self) -> str:
        words = [*dict.fromkeys(name for name in (*self.types, self.to or "") if name), self.env.rounding]
        words = [word for word in words if word != "ties_even" and word not in (SCALES, INTEGERS)]
        return f"ops/{self.op}/{'.'.join([*words, 'before'] if self.env.tininess == 'before' else words)}.tf"

    @property
    def arguments(self) -> str:
        floats = self.types[:1] if self.op == "scaleb" or len(set(self.types)) == 1 else self.types
        words = [self.op, ",".join(floats), *(["--to", self.to] if self.to else []), "--rounding", self.env.rounding]
        return " ".join([*words, "--tininess", "before"] if self.env.tininess == "before" else words)

    def text(self) -> str:
        types = [type_of(name) for name in self.types]
        to = type_of(self.to) if self.to else None
        digits = digits_of(to) if to else 1
        lines = [f"# numfmt-vectors 1 {self.arguments}"]
        for operands in self.operands:
            codes = [f"{code:0{digits_of(kind)}X}" for kind, code in zip(types, operands, strict=True)]
            code, flags = result(self.op, types, to, operands, self.env)
            lines.append(" ".join([*codes, f"{code:0{digits}X}", f"{flags:02X}"]))
        return "\n".join(lines) + "\n"


def type_of(name: str) -> Type:
    return int_type(name) if name.startswith(("int", "uint")) else BY_NAME[name].params


def digits_of(kind: Type) -> int:
    return -(-kind.width // 4)


def specials(spec: Spec, *, short: bool = False) -> list[int]:
    """Zeros, ends of the subnormals and normals, ones, infinities, and NaNs of each kind, in both signs."""
    fmt, lay = spec.params, layout(spec.params)
    normal = 1 << lay.frac_bits
    one = lay.value_ordinal(boundaries.ONE)
    numbers = [0, 1, one, lay.max_ordinal] if short else [0, 1, normal - 1, normal, one, one + 1, lay.max_ordinal]
    above = range(lay.max_ordinal + 1, lay.top_ordinal + 1)
    chosen = [above[0], *([above[1], above[-1]] if len(above) > 1 else [])]
    if fmt.has_quiet_bit:
        chosen += [lay.max_ordinal + 1 | 1 << fmt.precision - 2]
    both = [lay.code(sign, ordinal) for ordinal in [*numbers, *dict.fromkeys(chosen)] for sign in (0, 1)]
    return both if not short else [code for at, code in enumerate(both) if at % 2 == 0 or at in (1, 5, 9)]


def at_random(types: Sequence[Type], rng: random.Random, count: int) -> list[tuple[int, ...]]:
    return [tuple(rng.getrandbits(kind.width) for kind in types) for _ in range(count)]


def close_pairs(spec: Spec, rng: random.Random, count: int) -> list[tuple[int, ...]]:
    """Equal, opposite and neighbouring codes."""
    width = spec.params.width
    found: list[tuple[int, ...]] = []
    for _ in range(count):
        a = rng.getrandbits(width)
        found.append((a, (a + rng.choice([-1, 0, 0, 1]) ^ rng.choice([0, 1 << width - 1])) % (1 << width)))
    return found


def special_triples(specs: Sequence[Spec]) -> list[tuple[int, ...]]:
    """Zeros, ones, infinities (or the ends) and NaNs in every combination: all signs of the addend, one of a factor."""
    columns: list[list[int]] = []
    for spec, signs in zip(specs, ("+-+", "-+-", ""), strict=True):
        lay = layout(spec.params)
        one = lay.value_ordinal(boundaries.ONE)
        end = lay.max_ordinal + spec.params.has_inf
        both = [lay.code(sign, ordinal) for ordinal in (0, end, one) for sign in (0, 1)]
        chosen = [both[2 * at + (sign == "-")] for at, sign in enumerate(signs)] or both[:-1]
        nans = [lay.top_ordinal, *([lay.max_ordinal + 2] if spec.params.has_quiet_bit else [])]
        columns.append([*chosen, *nans])
    return list(itertools.product(*columns))


def unary_operands(op: str, spec: Spec, rng: random.Random) -> list[tuple[int, ...]]:
    """Every code of 8 bits; else the specials, integers and halves, boundaries, some at random."""
    fmt = spec.params
    if fmt.width <= 8:
        return [(code,) for code in range(1 << fmt.width)]
    codes: list[tuple[int, ...]] = [(code,) for code in specials(spec)]
    codes += [(code,) for k in range(1, 40) for code in boundaries.around(fmt, boundaries.ONE * k / 4)[1:]]
    if op in boundaries.SOLVERS:
        codes += boundaries.operands_at_boundaries(op, fmt, fmt, 0, 100)
    return codes + at_random([fmt], rng, 100)


def operands_of(op: str, spec: Spec, name: str) -> tuple[tuple[int, ...], ...]:
    rng, fmt = random.Random(name), spec.params
    match OPS[op].operands:
        case "f":
            found = unary_operands(op, spec, rng)
        case "i":
            kind = int_type(SCALES)
            ends = {kind.code(sign * (1 << k) + d) for k in range(kind.width) for sign in (1, -1) for d in (-1, 0, 1)}
            found = [(code,) for code in sorted(ends)] + at_random([kind], rng, 60)
        case "fi":
            steps = [0, 1, -1, 2, -5, 10, -14, 24, -24, 40, -40, 300, -300, 2**31 - 1, -(2**31)]
            found = [(code, step % (1 << 32)) for code in specials(spec) for step in steps]
        case "ff":
            found = list(itertools.product(specials(spec, short=op not in ("add", "mul", "div")), repeat=2))
            found += close_pairs(spec, rng, 30) + at_random([fmt, fmt], rng, 40)
        case _:
            found = special_triples([spec] * 3) + at_random([fmt] * 3, rng, 40)
            found += boundaries.below_normals(fmt) if op == "fma" else []
    if op in boundaries.SOLVERS and OPS[op].operands != "f":
        found += boundaries.operands_at_boundaries(op, fmt, fmt, 0, 90)
    return tuple(dict.fromkeys(found))[:400]


def types_of(row: OpRow, spec: Spec) -> tuple[tuple[str, ...], str | None]:
    """Names of the operands' types and of the result's."""
    types = tuple(spec.name if kind == "f" else SCALES for kind in row.operands)
    return types, {"float": spec.name, "int": INTEGERS}.get(row.result)


def mixed() -> OpFile:
    """E4M3FN * E5M2 + binary32 to bfloat16."""
    *names, to = MIXED
    rng = random.Random("mixed fma")
    specs = [BY_NAME[name] for name in names]
    found = special_triples(specs)
    while len(found) < 400:
        a, b = (rng.getrandbits(8) for _ in range(2))
        values = [oracle.decode(spec.params, code) for spec, code in zip(specs, (a, b), strict=False)]
        if any(is_nan(value) or value.kind == "inf" for value in values):
            continue
        product = oracle.value_of(specs[0].params, a) * oracle.value_of(specs[1].params, b)
        target = rng.choice(boundaries.targets(BY_NAME[to].params, rng, 40)) if rng.random() < 0.3 else (
            product * (1 + boundaries.ONE * rng.choice([1, 3, -1, -257, 511]) / (1 << rng.randint(0, 24))))  # fmt: skip
        found += [(a, b, c) for c in boundaries.around(specs[2].params, target - product)]
    return OpFile("fma", tuple(names), to, oracle.Env(), tuple(dict.fromkeys(found))[:400])


def environments(op: str) -> list[oracle.Env]:
    """Those of an operation's files besides the default."""
    tininess = [oracle.Env(tininess="before")] if op in TININESS else []
    return [*tininess, *(OTHER if op in ARITHMETIC else ())]


def op_files() -> Iterator[OpFile]:
    for op, row in OPS.items():
        if op == "convert":
            continue  # vectors/<format>/
        for spec in FORMATS:
            types, to = types_of(row, spec)
            file = OpFile(op, types, to, oracle.Env(), ())
            operands = operands_of(op, spec, file.name)
            yield OpFile(op, types, to, oracle.Env(), operands)
            for env in environments(op):
                yield OpFile(op, types, to, env, operands)
    yield mixed()
