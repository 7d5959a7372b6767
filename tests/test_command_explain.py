# SPDX-License-Identifier: BSD-3-Clause
"""nfmt explain: the environment and random bits in its text, and what it says of arguments that are wrong."""

from __future__ import annotations

from commandline import Nfmt, nfmt_fixture

__all__ = ["nfmt_fixture"]


def test_environment_and_random_bits(nfmt: Nfmt) -> None:
    plain = nfmt.lines("explain add e4m3fn 3C 1D --plain")
    assert not any(line.startswith(("  env", "  random")) for line in plain)
    case = "explain add e4m3fn 3C 1D 5 --rounding stochastic_a --random-bits-count 6 --daz"
    lines = nfmt.lines(f"{case} --plain")
    assert "  random   05" in lines
    assert "  env      rounding stochastic_a, daz, random_bits_count 6" in lines
    assert "rounding stochastic_a, daz" in "\n".join(nfmt.lines(case))


def test_refusals_name_the_argument(nfmt: Nfmt) -> None:
    for got in ("q", "1FF", "3C:q", "3C:40"):
        assert nfmt.refused("explain add e4m3fn 3C 1D --got", got).startswith("nfmt: --got")
    assert "--got 2: the result of lt" in nfmt.refused("explain lt e4m3fn 3C 1D --got 2")
    assert "operand a takes integers: got =3.5" in nfmt.refused("explain from_int int32 --to binary32 =3.5")
