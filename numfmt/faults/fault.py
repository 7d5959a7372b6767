# SPDX-License-Identifier: BSD-3-Clause
"""A fault: another behaviour that a device under test may have, as a function of what the library delivers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numfmt.faults.block import Array, Block, Change, Outcomes
from numfmt.jobs import Job


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row of the table.

    name
        Its identifier.
    cause
        The likely bug, in one line.
    clause
        The document that says otherwise.
    breadth
        How much it says about a vector: 1, it happens in one corner; 2, in one kind of vectors; 3, all over the place.
    applies
        Can it make a difference for this operation, these formats, this environment?
    change
        What it does to a block of vectors of a job that it applies to.
    """

    name: str
    cause: str
    clause: str
    breadth: int
    applies: Callable[[Job], bool]
    change: Callable[[Block], Change]

    def on(self, block: Block) -> Outcomes:
        """Results, codes, and flags of every vector of a block."""
        change = self.change(block)
        results, flags = block.results.copy(), block.flags.copy()
        results[change.rows], flags[change.rows] = change.results, change.flags
        return results, flags

    def differs(self, block: Block) -> tuple[Array, Array]:
        """Where results and where flags differ from the right ones: two arrays of bool."""
        results, flags = self.on(block)
        return results != block.results, flags != block.flags

    def outcomes(self, job: Job, codes: Sequence[Array], random: Array | None = None) -> Outcomes:
        """As ``Job.outcomes``, with the fault.  Several faults of the same vectors share a Block: see ``on``."""
        results, flags = self.on(Block(job, codes, random))
        return job.result.words(results), flags
