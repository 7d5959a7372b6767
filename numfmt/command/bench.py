# SPDX-License-Identifier: BSD-3-Clause
"""``nfmt bench``: what conversions and arithmetic cost on this machine, beside the peers that are installed."""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from numfmt import benchmark, info, threads, timing
from numfmt.benchmark import CASES, PEERS, Case, Data
from numfmt.command.parser import UsageError
from numfmt.timing import Row, Time

_SIZES = (1_000, 1_000_000, 10_000_000)
_MOST = 10**9
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"))
_NOTES = """\
Times of one call: the fastest round, and the median.  numfmt and its peers take turns, each on one thread of the same
core; with out= each writes into an array that is there, else it allocates one.
A peer's column: its fastest round, and how many times as fast numfmt is; copyto's: numfmt's bytes per second as a share
of those of numpy.copyto of float32; verifloat computes the OR of all flags in every case.
Of a row's variants the slowest is shown and named.  "/ plain": the time as a multiple of that of the case without the
last part of its name, such as ", flags"."""


def add(commands: Any) -> None:
    """The subcommand's arguments."""
    parser = commands.add_parser(
        "bench",
        help="speed on this machine, beside numpy, ml_dtypes, VeriFloat and torch",
        description="Measures conversions and arithmetic in this process, pinned to one core where the system can do "
        "that, in turns with numpy, ml_dtypes, VeriFloat and torch as far as they are installed; two threads where the "
        "row says so.  NUMFMT_ISA chooses numfmt's kernels.  At the default sizes it takes minutes.",
    )
    parser.add_argument(
        "-n", dest="sizes", action="append", type=_size, metavar="N",
        help="elements of an array, such as 1e6; repeatable (default 1e3, 1e6 and 1e7)",
    )  # fmt: skip
    parser.add_argument(
        "--repeat", type=_count, metavar="R",
        help="rounds (default 25; 7 above 2e6 elements; fewer, but 3, for cases that take more than 4 s)",
    )  # fmt: skip
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="cases whose name contains NAME, in any case; repeatable"
    )
    parser.add_argument(
        "--peers", type=_names, default=PEERS, metavar="NAMES",
        help=f"of {','.join(PEERS)} these only; none: none of them (default all)",
    )  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true", help="2 rounds of 1e3 elements if -n and --repeat say nothing else"
    )
    style = parser.add_mutually_exclusive_group()
    style.add_argument("--json", action="store_true", help="everything, in nanoseconds, as JSON")
    style.add_argument("--markdown", action="store_true", help="tables in Markdown")
    parser.set_defaults(run=_bench)


def _size(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (1 <= value <= _MOST and value == int(value)):
        raise argparse.ArgumentTypeError(f"{text.strip()} is no size: must be an integer from 1 to {_MOST:.0e}")
    return int(value)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text.strip()} is no count: must be a positive integer")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    names = () if text == "none" else tuple(text.split(","))
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"{name!r} is no peer: must be of {', '.join(PEERS)}, or none")
    return tuple(name for name in PEERS if name in names)


def _bench(options: argparse.Namespace) -> int:
    cases = _chosen(options.only)
    sizes = sorted(set(options.sizes or (_SIZES[:1] if options.quick else _SIZES)))
    rounds = options.repeat or (2 if options.quick else None)
    peers = benchmark.installed(options.peers)
    facts = _facts(peers)
    if options.json:
        rows = [_described(row) for _, group in _groups(cases, sizes, peers, rounds) for row in group]
        print(json.dumps({"machine": facts, "rows": rows}, indent=2))
        return 0
    show = _markdown if options.markdown else _table
    print(*_heading(facts), *(() if options.markdown else ("", _NOTES)), sep="\n")
    for title, group in _groups(cases, sizes, peers, rounds):
        show(title, group)
        sys.stdout.flush()
    if options.markdown:
        print("", _NOTES, sep="\n")
    return 0


def _chosen(wanted: Sequence[str] | None) -> list[Case]:
    for name in wanted or ():
        if not any(name.lower() in known.lower() for known in CASES):
            raise UsageError(f"--only {name}: no case has that in its name; the cases are {'; '.join(CASES)}")
    return [case for name, case in CASES.items() if not wanted or any(w.lower() in name.lower() for w in wanted)]


def _groups(
    cases: Sequence[Case], sizes: Sequence[int], peers: Mapping[str, ModuleType | None], rounds: int | None
) -> Iterable[tuple[str, list[Row]]]:
    """Title and rows for each size, and for single numbers, as they are measured."""
    for n in sizes:
        data = Data(n, peers)
        rows = [timing.measure(case, data, rounds) for case in cases if not case.is_scalar and timing.applies(case, n)]
        if rows:
            yield f"{n:,} elements", rows
    rows = [timing.measure(case, Data(1, peers), rounds) for case in cases if case.is_scalar]
    if rows:
        yield "one number", rows


def _facts(peers: Mapping[str, ModuleType | None]) -> dict[str, Any]:
    """What the numbers depend on."""
    with timing.pinned() as core:
        pass
    build = info.build_info()
    return {
        "numfmt": build["version"],
        "kernels": build["kernels"],
        "processor": _processor(),
        "cores": threads.cores(),
        "pinned_to": core,
        "python": platform.python_version(),
        "peers": {name: None if module is None else str(module.__version__) for name, module in peers.items()},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _heading(facts: Mapping[str, Any]) -> list[str]:
    pinned = "not pinned" if facts["pinned_to"] is None else f"pinned to core {facts['pinned_to']}"
    peers = [f"{name} {version or 'not installed'}" for name, version in facts["peers"].items()]
    build = f"numfmt {facts['numfmt']} (kernels: {', '.join(facts['kernels'])}), Python {facts['python']}"
    machine = f"{facts['processor']}, cores: {facts['cores']}, {pinned}"
    return [f"{build}; {machine}", f"peers: {', '.join(peers) or 'none'}"]


def _described(row: Row) -> dict[str, Any]:
    """A row, ready for JSON."""
    variants = {name: _nanoseconds(time) for name, time in row.variants.items()}
    return {
        "case": row.case.name,
        "n": row.n,
        "rounds": row.rounds,
        **_nanoseconds(row.time),
        "bytes_per_second": round(row.bytes_per_second) or None,
        "peers": {name: _nanoseconds(time) | {"ratio": row.ratio(name)} for name, time in row.peers.items()},
        "base": None if row.base is None else {"case": row.case.base, **_nanoseconds(row.base), "ratio": row.slowdown},
        "slowest_variant": row.slowest or None,
        "variants": variants if len(variants) > 1 else {},
    }


def _nanoseconds(time: Time) -> dict[str, float]:
    return {"min_ns": round(time.minimum * 1e9, 1), "median_ns": round(time.median * 1e9, 1)}


def _columns(rows: Sequence[Row]) -> list[str]:
    """Titles; a column that no row fills is left out."""
    peers = [name for name in ("copyto", *PEERS) if any(name in row.peers for row in rows)]
    per_element = ["ns/element", "GB/s"] if any(row.case.moved for row in rows) else []
    plain = ["/ plain"] if any(row.base for row in rows) else []
    return ["case", "min", "median", *per_element, *plain, *peers]


def _cells(row: Row, columns: Sequence[str]) -> list[str]:
    known = {
        "case": row.case.name + (f" ({row.slowest})" if row.slowest else ""),
        "min": _duration(row.time.minimum),
        "median": _duration(row.time.median),
        "ns/element": _three(row.time.minimum / row.n * 1e9),
        "GB/s": _three(row.bytes_per_second / 1e9),
        "/ plain": "" if row.slowdown is None else f"{row.slowdown:.2f}",
    }
    for name, time in row.peers.items():
        ratio = row.ratio(name)
        known[name] = f"{ratio:.0%}" if name == "copyto" else f"{_duration(time.minimum)} {_three(ratio)}x"
    return [known.get(title, "") for title in columns]


def _duration(seconds: float) -> str:
    size, unit = next((each for each in _UNITS if seconds >= each[0] * 0.9995), _UNITS[-1])
    return f"{_three(seconds / size)} {unit}"


def _three(value: float) -> str:
    """Two or three digits, no exponent."""
    digits = 3 if value < 0.0995 else 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}"


def _table(title: str, rows: Sequence[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    columns = _columns(rows)
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name == "case" else "right", no_wrap=name != "case")
    for row in rows:
        table.add_row(*_cells(row, columns))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _markdown(title: str, rows: Sequence[Row]) -> None:
    columns = _columns(rows)
    print("", f"**{title}**", "", sep="\n")
    print("|", " | ".join(columns), "|")
    print("|", " | ".join(["---"] + ["---:"] * (len(columns) - 1)), "|")
    for row in rows:
        print("|", " | ".join(_cells(row, columns)), "|")
