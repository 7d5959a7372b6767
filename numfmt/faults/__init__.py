# SPDX-License-Identifier: BSD-3-Clause
"""Other behaviours that a device under test may have: one table, for coverage and for naming the cause of a mismatch.

Each row says when it can make a difference and computes, through the library, what a device with that fault delivers:
for another environment, for an exact result that was changed before rounding, for a chain of operations.
"""

from __future__ import annotations

from numfmt.faults import bits, flags, integers, nans, orders, ranges, rounding, sums
from numfmt.faults.block import Block, Change
from numfmt.faults.fault import Fault
from numfmt.jobs import Job

__all__ = ["BY_NAME", "FAULTS", "Block", "Change", "Fault", "applicable"]

#: The table, in the order in which faults that explain the same are named.
FAULTS: tuple[Fault, ...] = (
    *ranges.FAULTS,
    *sums.FAULTS,
    *rounding.FAULTS,
    *nans.FAULTS,
    *orders.FAULTS,
    *bits.FAULTS,
    *integers.FAULTS,
    *flags.FAULTS,
)
BY_NAME: dict[str, Fault] = {fault.name: fault for fault in FAULTS}


def applicable(job: Job) -> list[Fault]:
    """The faults that can make a difference for a job."""
    return [fault for fault in FAULTS if fault.applies(job)]
