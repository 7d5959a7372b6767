# SPDX-License-Identifier: BSD-3-Clause
"""How the command ends when its streams close or a signal comes: the exit status, and nothing left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("a POSIX shell and /dev", allow_module_level=True)

NFMT = [sys.executable, "-P", "-m", "numfmt"]


def shell(line: str, where: Path) -> tuple[int, str, str]:
    """A command line in which ``nfmt`` is the command."""
    whole = f'nfmt() {{ "{sys.executable}" -P -m numfmt "$@"; }}; {line}'
    done = subprocess.run(["bash", "-c", whole], capture_output=True, text=True, cwd=where, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(name="wrong", scope="module")
def wrong_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a file of many wrong vectors."""
    where = tmp_path_factory.mktemp("wrong")
    assert shell("nfmt gen mul binary16 -n 20000 --style random | sed 's/ 00$/ 01/' > bad.tf", where)[0] == 0
    return where


@pytest.mark.parametrize(
    "line",
    [
        "nfmt check mul binary16 bad.tf --brief --max-shown 99999",
        pytest.param("nfmt ver mul binary16 --errors 0 < bad.tf", marks=pytest.mark.full),
        pytest.param("nfmt coverage mul binary16 bad.tf --missed --require 100", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("reader", ["head -1", pytest.param("true", marks=pytest.mark.full)])
def test_a_closed_pipe_does_not_hide_wrong_vectors(wrong: Path, line: str, reader: str) -> None:
    status, _, err = shell(f"{line} | {reader}; exit ${{PIPESTATUS[0]}}", wrong)
    assert status == 1
    assert "Traceback" not in err and "Broken" not in err


@pytest.mark.full
def test_closed_streams(wrong: Path) -> None:
    for line in ("check mul binary16 bad.tf", "formats", "gen mul binary16 -n 3"):
        assert shell(f"nfmt {line} >&-", wrong) == (2, "", "nfmt: standard output is closed\n")
    for line in ("check mul binary16 -", "ver mul binary16"):
        assert shell(f"nfmt {line} <&-", wrong) == (2, "", "nfmt: standard input is closed\n")
    assert shell("nfmt gen mul binary16 -n 3 -o v >&-", wrong) == (0, "", "")
    status, out, _ = shell("nfmt ver mul binary16 2>&-", wrong)
    assert (status, out) == (0, "In 0 tests, no errors found in mul binary16 --to binary16.\n")


@pytest.mark.full
def test_device_as_output(tmp_path: Path) -> None:
    status, piped, _ = shell("nfmt gen mul binary16 -n 3 -o /dev/stdout | cat", tmp_path)
    assert (status, len(piped.splitlines())) == (0, 4)
    assert shell("(echo x; nfmt gen mul binary16 -n 3 -o /dev/stdout) > v", tmp_path) == (0, "", "")
    assert (tmp_path / "v").read_text() == f"x\n{piped}"
    assert [one.name for one in tmp_path.iterdir()] == ["v"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_nothing(tmp_path: Path, number: signal.Signals) -> None:
    line = [*NFMT, "gen", "mul", "binary32", "--style", "random", "-n", "20000000", "-o", "v"]
    running = subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if running.poll() is not None or any(path.stat().st_size for path in tmp_path.iterdir()):
            break
        time.sleep(0.05)
    running.send_signal(number)
    assert (running.communicate()[1], running.returncode) == ("", 128 + number)
    assert list(tmp_path.iterdir()) == []


def test_random_numbers_are_loaded_before_a_file_is_open() -> None:
    """Initialising numpy.random swallows the SystemExit of a signal's handler."""
    program = "import sys, numfmt.command.vectors; print('numpy.random' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, check=True).stdout == b"True\n"


def test_interrupt_while_subcommands_load() -> None:
    """An interrupt that comes with the imports is as silent as any other."""
    program = """if True:
        import sys
        from numfmt.__main__ import main
        class Interrupted:
            def find_spec(self, name, *_):
                if name == "numfmt.command.bench":
                    raise KeyboardInterrupt
        sys.meta_path.insert(0, Interrupted())
        sys.exit(main(["formats"]))"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
