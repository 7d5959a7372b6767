# SPDX-License-Identifier: BSD-3-Clause
"""The command line, ``nfmt``: its subcommands are the modules of ``numfmt.command``."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit status: 0, 1 (vectors are wrong) or 2 (one line on standard error)."""
    try:
        from numfmt.command import entry  # here, so that an interrupt meanwhile is silent too

        return entry.run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
