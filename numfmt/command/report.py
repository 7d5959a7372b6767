# SPDX-License-Identifier: BSD-3-Clause
"""What ``nfmt check`` prints: the lines that are not right, and the tally."""

from __future__ import annotations

from dataclasses import dataclass, field

from numfmt.checking import Judged
from numfmt.command.parser import UsageError
from numfmt.jobs import Job
from numfmt.vecio.layout import shown


@dataclass
class Report:
    """Prints what is not right, line by line, and counts.

    Vectors are right, wrong, unknown, or have other operands than those that they are compared with.  Malformed and
    extra lines are no vectors.
    """

    path: str
    max_shown: int
    vectors: int = field(default=0, init=False)
    wrong: int = field(default=0, init=False)
    unknown: int = field(default=0, init=False)
    malformed: int = field(default=0, init=False)
    elsewhere: int = field(default=0, init=False)
    extra: int = field(default=0, init=False)
    _printed: int = field(default=0, init=False)

    def add(self, judged: Judged) -> None:
        """Counts the lines of a block and prints those that are not right."""
        self.vectors += judged.vectors
        self.wrong += len(judged.wrong)
        self.unknown += len(judged.unknown)
        self.malformed += len(judged.malformed)
        self.elsewhere += len(judged.elsewhere)
        self.extra += len(judged.extra)
        notes = [(one.number, f"{one.line}  expected {one.expected}") for one in judged.wrong]
        notes += [(number, f"{line}  unknown: x or z in its result or flags") for number, line in judged.unknown]
        notes += [(number, f"{shown(line)!r} is malformed: {text}") for number, line, text in judged.malformed]
        notes += [(number, f"{line}  operands differ: {text}") for number, line, text in judged.elsewhere]
        notes += [(number, f"{line}  is one too many") for number, line in judged.extra]
        for number, note in sorted(notes)[: self.max_shown - self._printed]:
            print(f"{self.path}:{number}: {note}")
            self._printed += 1

    def summary(self, title: str, *remarks: str) -> int:
        """Prints the tally; the exit status.

        title
            What the vectors are of.
        remarks
            What else is not right; "" is nothing.
        """
        bad = self.wrong + self.unknown + self.malformed + self.elsewhere + self.extra
        said = [remark for remark in remarks if remark]
        if self.vectors == bad == len(said) == 0:
            raise UsageError(f"{self.path}: no vectors in it")
        if bad > self._printed:
            print(f"... and {bad - self._printed} more")
        for remark in said:
            print(f"{self.path}: {remark}")
        counts = (
            (self.malformed, "malformed lines"),
            (self.extra, "lines too many"),
            (self.elsewhere, "with other operands"),
            (self.unknown, "unknown"),
        )
        others = "".join(f", {count} {name}" for count, name in counts if count)
        print(f"{self.path}: {self.vectors} vectors of {title}{others}, {self.wrong} wrong")
        return 1 if bad or said else 0


def title(job: Job) -> str:
    """The job in a few words."""
    if job.op.name == "convert":
        return f"{job.operands[0].type} to {job.result.type}"
    return f"{job.op.name} {job.formats}" + (f" to {job.result}" if job.result.type else "")
