# SPDX-License-Identifier: BSD-3-Clause
"""The parts of the command ``nfmt``, one module per group; ``numfmt.__main__`` puts them together."""
