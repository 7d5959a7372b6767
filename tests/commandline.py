# SPDX-License-Identifier: BSD-3-Clause
"""The command nfmt, called in this process."""

from __future__ import annotations

import io

import pytest

from numfmt.__main__ import main


class Nfmt:
    """Runs the command: exit status, standard output, standard error."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch

    def __call__(self, line: str, *more: object, stdin: str = "") -> tuple[int, str, str]:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            status = main([*line.split(), *map(str, more)])
        except SystemExit as leaving:  # argparse's --help
            status = int(leaving.code or 0)
        captured = self.capsys.readouterr()
        return status, captured.out, captured.err

    def lines(self, line: str, *more: object) -> list[str]:
        """What a command that goes well prints."""
        status, out, err = self(line, *more)
        assert (status, err) == (0, "")
        return out.splitlines()

    def refused(self, line: str, *more: object) -> str:
        """The one line on standard error of a command that ends with exit status 2."""
        status, out, err = self(line, *more)
        assert (status, out) == (2, ""), err
        assert err.startswith("nfmt: ") and err.endswith("\n") and err.count("\n") == 1
        return err


@pytest.fixture(name="nfmt")
def nfmt_fixture(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Nfmt:
    return Nfmt(capsys, monkeypatch)
