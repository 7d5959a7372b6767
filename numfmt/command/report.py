# SPDX-License-Identifier: BSD-3-Clause
"""What ``nfmt check`` prints: the lines that are not right, what they have in common, and the tally."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from numfmt.checking import Judged
from numfmt.command.parser import UsageError
from numfmt.evidence import Evidence
from numfmt.jobs import Job
from numfmt.vecio.layout import shown

#: Jobs of one file whose mismatches are looked into.
_JOBS = 8


@dataclass(frozen=True)
class Note:
    """A line that is not right: its number, the line, what it is, and what to say of it."""

    number: int
    line: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.line}{' ' if self.kind == 'malformed' else '  '}{self.text}"


@dataclass(kw_only=True)
class Report:
    """Says what is not right, line by line, and counts.

    Vectors are right, wrong, unknown, or have other operands than those that they are compared with.  Malformed and
    extra lines are no vectors.

    path
        The file's name.
    max_shown
        So many lines are shown.
    explain
        So many mismatches of each job are explained.
    brief
        Only the lines and the tally.
    as_json
        Nothing is printed but, in the end, one JSON document.
    """

    path: str
    max_shown: int = 20
    explain: int = 1
    brief: bool = False
    as_json: bool = False
    vectors: int = field(default=0, init=False)
    wrong: int = field(default=0, init=False)
    flags_only: int = field(default=0, init=False)
    unknown: int = field(default=0, init=False)
    malformed: int = field(default=0, init=False)
    elsewhere: int = field(default=0, init=False)
    extra: int = field(default=0, init=False)
    _remarks: list[str] = field(default_factory=list, init=False)
    _notes: list[Note] = field(default_factory=list, init=False)
    _evidence: dict[Job, Evidence] = field(default_factory=dict, init=False)

    @property
    def right(self) -> int:
        return self.vectors - self.wrong - self.unknown - self.elsewhere

    @property
    def bad(self) -> int:
        """Lines that are not right."""
        return self.wrong + self.unknown + self.malformed + self.elsewhere + self.extra

    def add(self, judged: Judged) -> None:
        """Counts the lines of a block and shows those that are not right."""
        self.vectors += judged.vectors
        self.wrong += len(judged.wrong)
        self.flags_only += sum(one.flags_only for one in judged.wrong)
        self.unknown += len(judged.unknown)
        self.malformed += len(judged.malformed)
        self.elsewhere += len(judged.elsewhere)
        self.extra += len(judged.extra)
        room = self.max_shown - len(self._notes)
        for note in sorted(_notes(judged), key=lambda one: one.number)[:room] if room else ():
            self._notes.append(note)
            self._say(f"{self.path}:{note.number}: {note}")
        for trial in () if self.brief else judged.trials:
            if trial.job not in self._evidence and (len(self._evidence) == _JOBS or not trial.wrong.any()):
                continue
            self._evidence.setdefault(trial.job, Evidence(trial.job, self.explain)).add(trial)

    def remark(self, text: str) -> None:
        """Something else about the file."""
        self._remarks.append(text)
        self._say(f"{self.path}: {text}")

    def _say(self, text: str) -> None:
        if not self.as_json:
            print(text)

    def summary(self, of: str, *faults: str) -> int:
        """Says what the mismatches have in common, and the tally; the exit status.

        of
            What the vectors are of.
        faults
            What else is not right; "" is nothing.
        """
        said = [fault for fault in faults if fault]
        if self.vectors == self.bad == len(said) == 0:
            raise UsageError(f"{self.path}: no vectors in it")
        if self.bad > len(self._notes):
            self._say(f"... and {self.bad - len(self._notes)} more")
        for fault in said:
            self.remark(fault)
        status = 1 if self.bad or said else 0
        if self.as_json:
            print(json.dumps(self._as_dict(of, status), indent=2))
            return status
        for job, evidence in self._evidence.items():
            self._say_evidence(evidence, f"{job.title}: " if len(self._evidence) > 1 else "")
        print(f"{self.path}: {self.vectors} vectors of {of}{self._others()}, {self.wrong} wrong{self._flags_only()}")
        return status

    def _others(self) -> str:
        counts = (
            (self.malformed, "malformed lines"),
            (self.extra, "lines too many"),
            (self.elsewhere, "with other operands"),
            (self.unknown, "unknown"),
        )
        return "".join(f", {count} {name}" for count, name in counts if count)

    def _flags_only(self) -> str:
        return f" ({self.flags_only} only in flags)" if self.flags_only else ""

    def _say_evidence(self, evidence: Evidence, heading: str) -> None:
        from numfmt.command.explain import plain

        print(heading + "\n".join(evidence.lines("line")))
        for number, found in evidence.explained():
            print(f"{self.path}:{number}, explained\n{_indented(plain(found))}")

    def _as_dict(self, of: str, status: int) -> dict[str, Any]:
        names = ("vectors", "right", "wrong", "unknown", "elsewhere", "malformed", "extra")
        counts = {name: getattr(self, name) for name in names}
        groups = [{"of": job.title} | evidence.as_dict() for job, evidence in self._evidence.items()]
        return {
            "file": self.path,
            "of": of,
            "status": status,
            "counts": counts | {"wrong_flags_only": self.flags_only},
            "remarks": self._remarks,
            "lines": [asdict(note) for note in self._notes],
            "mismatches": groups,
        }


def _notes(judged: Judged) -> list[Note]:
    notes = [Note(one.number, one.line, "wrong", f"expected {one.expected}") for one in judged.wrong]
    notes += [Note(*one, "unknown", "unknown: x or z in its result or flags") for one in judged.unknown]
    notes += [
        Note(number, repr(shown(line)), "malformed", f"is malformed: {text}") for number, line, text in judged.malformed
    ]
    notes += [Note(number, line, "elsewhere", f"operands differ: {text}") for number, line, text in judged.elsewhere]
    return notes + [Note(*one, "extra", "is one too many") for one in judged.extra]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
