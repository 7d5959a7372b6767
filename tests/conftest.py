# SPDX-License-Identifier: BSD-3-Clause
"""Tiers, peers, hypothesis profiles, and a session header that says which build is under test.

`--tier=quick` (the default) leaves out what is marked `full` or `soak`, `--tier=full` what is marked `soak`.
A test may also ask for the fixture `tier` and do less.  `@pytest.mark.peer("package")` names a package that the
test compares with: where it is missing the test is left out, and fails under `--require-peers`.  Import a peer
inside the test, not at the top of its module.  What is marked `bench` runs only when `-m` names that mark, and needs
pytest-benchmark.  What is left out is counted in the summary.
"""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from pathlib import Path

import hypothesis
import pytest

TIERS = ("quick", "full", "soak")
LEFT_OUT = pytest.StashKey[Counter[str]]()

# CI repeats the same examples on every run; a person's runs explore.  The kernels have no deadline: a loaded
# machine is not a failure.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None)
for name in ("ci", "dev"):
    hypothesis.settings.register_profile(f"{name}-quick", hypothesis.settings.get_profile(name), max_examples=25)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=20_000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("numfmt")
    group.addoption("--tier", choices=TIERS, default="quick", help="how much to test (default: quick)")
    group.addoption("--require-peers", action="store_true", help="a missing peer package is a failure")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = Counter()
    tier, profile = config.getoption("--tier"), "ci" if os.environ.get("CI") else "dev"
    hypothesis.settings.load_profile("soak" if tier == "soak" else profile if tier == "full" else f"{profile}-quick")


def pytest_report_header(config: pytest.Config) -> list[str]:
    tier = f"tier: {config.getoption('--tier')}, hypothesis profile: {hypothesis.settings.get_current_profile_name()}"
    try:
        import numfmt
    except ImportError as error:
        return [f"numfmt: cannot be imported: {error}", tier]
    facts = ", ".join(f"{name}: {value}" for name, value in numfmt.build_info().items())
    return [f"numfmt: {facts}", f"numfmt: from {Path(numfmt.__file__).parent}", tier]


def missing_peers(item: pytest.Item) -> list[str]:
    names = [name for mark in item.iter_markers("peer") for name in mark.args]
    return [name for name in names if importlib.util.find_spec(name) is None]


def reason_to_leave_out(item: pytest.Item) -> str | None:
    """Why this run has no use for the test, or None."""
    if item.get_closest_marker("bench"):
        if "bench" not in item.config.getoption("-m"):
            return "needs -m bench"
        if not item.config.pluginmanager.has_plugin("benchmark"):
            return "pytest-benchmark is not installed"
    needed = max((TIERS.index(mark) for mark in TIERS if item.get_closest_marker(mark)), default=0)
    if needed > TIERS.index(item.config.getoption("--tier")):
        return f"needs --tier={TIERS[needed]}"
    if not item.config.getoption("--require-peers"):
        for name in missing_peers(item):
            return f"peer {name} is not installed"
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    selected, deselected = [], []
    for item in items:
        reason = reason_to_leave_out(item)
        if reason is None:
            selected.append(item)
        else:
            deselected.append(item)
            config.stash[LEFT_OUT][reason] += 1
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = selected


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in missing_peers(item):
        pytest.fail(f"--require-peers, but the peer {name} is not installed", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in sorted(config.stash[LEFT_OUT].items()):
        terminalreporter.write_line(f"left out: {count} test{'s' * (count != 1)}: {reason}")


@pytest.fixture(scope="session")
def tier(pytestconfig: pytest.Config) -> str:
    """`quick`, `full` or `soak`."""
    return str(pytestconfig.getoption("--tier"))
