"""Journal: how far a write of files has come, on disk, so that a write that was stopped can go on from there.

The first line says what is written where, as JSON; each further line is one step: the number of the source, the number of the first
line of it that is not written, and how many lines were written and refused so far. A step is noted after the server has acknowledged
it. A line that broke off is left out when the journal is read, so that at worst a batch is sent twice: its lines carry their
timestamps, which makes that harmless. The file is not synced: after a loss of power it may be some steps behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from influxctl.core.errors import Conflict, InfluxctlError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """Sources before `source` are written whole, of this one the lines before `line`."""

    source: int = 0
    line: int = 1
    written: int = 0
    rejected: int = 0


class Journal:
    """One journal, open and locked. `base` is the time that lines without one get, plus their number."""

    def __init__(self, path: Path, what: Mapping[str, object], *, resume: bool) -> None:
        """`what` identifies the write. With `resume` an older journal is gone on with; another `what` in it is an error."""
        import fcntl

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self.step = Step()
        self.resumed = False
        self.base = time.time_ns()
        self._file = open(path, "a+b", opener=lambda name, flags: os.open(name, flags, 0o600))  # noqa: SIM115 - closed by close()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise Conflict("another process is at the same write now", hint="wait for it, or stop it") from None
        try:
            if resume:
                self._read(what)
            if not self.resumed:
                self._file.truncate(0)
                head = {"version": VERSION, "base": self.base, "what": dict(what)}
                self._file.write(json.dumps(head, sort_keys=True).encode() + b"\n")
                self._file.flush()
        except BaseException:
            self._file.close()
            raise

    def _read(self, what: Mapping[str, object]) -> None:
        self._file.seek(0)
        head, _, steps = self._file.read().partition(b"\n")
        if not head:
            return
        try:
            document = json.loads(head)
            same = document["version"] == VERSION and document["what"] == json.loads(json.dumps(dict(what)))
            base = int(document["base"])
        except (ValueError, KeyError, TypeError):
            raise InfluxctlError(f"the journal {self.path} is damaged", hint="write without --resume") from None
        if not same:
            raise Conflict("the files have changed since the write was stopped", hint="write them without --resume")
        self.base, self.resumed = base, True
        whole = steps.rpartition(b"\n")[0].splitlines()
        for line in reversed(whole):
            with contextlib.suppress(ValueError, TypeError):
                self.step = Step(*map(int, line.split()))
                return

    def note(self, step: Step) -> None:
        """This much is written."""
        self._file.write(b"%d %d %d %d\n" % (step.source, step.line, step.written, step.rejected))
        self._file.flush()
        self.step = step

    def close(self, *, done: bool) -> None:
        """Give it back; when all is `done` it is removed."""
        if done:
            self.path.unlink(missing_ok=True)
        self._file.close()
